"""Results as text for a terminal: a line a case, and for one that did not pass all that is needed to see why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from saklar.network_sim.scenario.result import (
    ActEvent,
    AnyEvent,
    CaseResult,
    Check,
    ExpectEvent,
    MessageEvent,
    PartyView,
    RemarkEvent,
    RunResult,
    Verdict,
)

LANE = 20
"""Characters between two lanes of a diagram."""

MOST_EVENTS = 60
"""Of the talk, the last so many are shown."""

WIRE_LINE = 32
"""Bytes in a line."""

ARROW = 6
"""Characters of an arrow that are no text, at least."""

MARK = "!"

_SHOWN = ("39", "70", "24")
"""Elements that an arrow has room for."""


def case_line(case: CaseResult) -> str:
    """A case in a line."""
    took = (
        f"{case.duration_s:.1f} s in {case.elapsed_s * 1000:.0f} ms"
        if case.clock == "virtual"
        else f"{case.duration_s:.2f} s"
    )
    reason = f"  ({case.reason})" if case.reason else f"  {took}" if case.verdict != "skipped" else ""
    hit = f", {faults_in_words(len(case.faults))}" if case.faults else ""
    return f"{case.verdict:<7} {case.id}  {case.name}{reason}{hit}"


def faults_in_words(count: int) -> str:
    """1 fault, 2 faults."""
    return f"{count} fault" if count == 1 else f"{count} faults"


def summary(run: RunResult) -> str:
    """The totals of a run in a line."""
    verdicts: tuple[Verdict, ...] = ("failed", "error", "disturbed", "skipped")
    counts = [f"{run.count(verdict)} {verdict}" for verdict in verdicts if run.count(verdict)]
    passed = f"{run.count('passed')} of {len(run.cases)} cases passed"
    late = ""
    if run.lateness.samples:
        late = (
            f"; the runner itself was late by {run.lateness.p99_ms:.1f} ms (p99), {run.lateness.max_ms:.1f} ms at most"
        )
    cut = "; interrupted" if run.interrupted else ""
    chaos = f"; chaos {run.chaos.seed}: {hits(run)}" if run.chaos is not None else ""
    return f"{passed}{''.join(f', {count}' for count in counts)}, in {run.elapsed_s:.1f} s{late}{chaos}{cut}"


def hits(run: RunResult) -> str:
    """How many faults hit how many of the cases."""
    cases = sum(bool(case.faults) for case in run.cases)
    return f"{faults_in_words(run.faults)} in {cases} case{'' if cases == 1 else 's'}"


def explanation(case: CaseResult) -> str:
    """Why a case did not pass: where, the talk so far, expected against actual, the wire, and how to see it again."""
    return "\n".join(_explain(case)) + "\n"


def _explain(case: CaseResult) -> Iterator[str]:
    yield f"{case.verdict.upper()}  {case.id}  {case.name}"
    if case.row:
        yield "  " + ", ".join(f"{name}={value}" for name, value in case.row.items())
    for failure in case.failures:
        yield f"  {failure.place}: {failure.message}"
        if failure.place.text:
            yield f"      {failure.place.text}"
    if case.faults:
        yield "  chaos:"
        yield from (f"    {fault.at_s:9.3f} {fault}" for fault in case.faults)
    if case.events:
        yield ""
        yield from ("  " + line for line in diagram(case))
    for failure in case.failures:
        event = next((e for e in case.events if e.number == failure.event), None)
        if isinstance(event, ExpectEvent) and event.checks:
            yield ""
            yield from ("  " + line for line in comparison(event.checks))
        message = _message_of(event, case.events)
        if message is not None and message.wire:
            yield ""
            yield f"  on the wire ({message.sender} to {message.receiver}, {message.size} bytes; ** is not shown):"
            yield from ("    " + line for line in wire_lines(message))
    yield ""
    yield f"  seed {case.seed}; again: {case.rerun}"


def _message_of(event: AnyEvent | None, events: Iterable[AnyEvent]) -> MessageEvent | None:
    if isinstance(event, MessageEvent):
        return event
    number = event.message if isinstance(event, ExpectEvent) else 0
    return next((e for e in events if isinstance(e, MessageEvent) and e.number == number), None)


# The talk.


def diagram(case: CaseResult) -> list[str]:
    """The talk as lanes and arrows, top to bottom."""
    lanes = lanes_of(case.parties)
    lines = [f"{'':>9} " + "".join(f"{name[: LANE - 2]:<{LANE}}" for name in lanes).rstrip()]
    drawn = case.drawn
    shown = drawn[-MOST_EVENTS:]
    if len(drawn) > len(shown):
        lines.append(f"{'':>9} ({len(drawn) - len(shown)} earlier events)")
    lines += [_event_line(event, lanes) for event in shown]
    return lines


def lanes_of(parties: Sequence[PartyView]) -> list[str]:
    """The names of the lanes, from left to right."""
    return [party.name for party in parties]


def _event_line(event: AnyEvent, lanes: list[str]) -> str:
    match event:
        case MessageEvent():
            line = _arrow(event, lanes)
        case ExpectEvent():
            line = _note(event.party, f"{'ok' if event.passed else MARK} {event.what}", lanes)
        case ActEvent():
            line = _note(event.subject, f"* {event.subject} {event.verb} {event.note}", lanes)
        case RemarkEvent():
            line = _note("", f"# {event.text}", lanes)
    return f"{event.at_s:9.3f} {line}".rstrip()


def _arrow(event: MessageEvent, lanes: list[str]) -> str:
    """`|-- 0200 ----->|` between two lanes."""
    if event.sender not in lanes or event.receiver not in lanes:
        return f"{event.sender} -> {event.receiver}: {event.mti}"
    start, end = lanes.index(event.sender), lanes.index(event.receiver)
    left, right = min(start, end), max(start, end)
    said = [event.mti or event.title]
    said += [f"{field.path}={field.value}" for field in event.fields if field.path in _SHOWN]
    if event.label:
        said.append(f"({event.label})")
    if event.state in ("dropped", "damaged", "undecodable"):
        said.append(event.state)
    width = (right - left) * LANE - 1
    while len(said) > 1 and len(" ".join(said)) > width - ARROW:
        said.pop()
    text = f" {' '.join(said)} "
    body = text.center(width - 2, "-")
    arrow = f"-{body}>" if start < end else f"<{body}-"
    line = "".join(f"{'|':<{LANE}}" for _ in range(left)) + "|" + arrow
    line += "|" + "".join(f"{'|':>{LANE}}" for _ in range(len(lanes) - 1 - right))
    return line + (f"  {event.note}" if event.note else "")


def _note(party: str, text: str, lanes: list[str]) -> str:
    at = lanes.index(party) * LANE if party in lanes else 0
    return f"{'':<{at}}{text}"


# Expected against actual.


def comparison(checks: Sequence[Check]) -> list[str]:
    """Element by element; what differs is marked."""
    names = [f"{check.path} {check.name}" for check in checks]
    first = max(len("element"), *map(len, names)) + 2
    second = max(len("expected"), *(len(check.expected) for check in checks)) + 2
    lines = [f"  {'element':<{first}}{'expected':<{second}}actual"]
    for check, name in zip(checks, names, strict=True):
        mark = " " if check.passed else MARK
        meaning = f"  {check.meaning}" if check.meaning else ""
        lines.append(f"{mark} {name:<{first}}{check.expected:<{second}}{check.actual or 'absent'}{meaning}")
    return lines


def wire_lines(message: MessageEvent) -> list[str]:
    """The bytes of a message, an element a line."""
    lines = []
    for piece in message.wire:
        pairs = [piece.data[at : at + 2] for at in range(0, len(piece.data), 2)]
        for at in range(0, len(pairs), WIRE_LINE):
            label = piece.path if at == 0 else ""
            lines.append(f"{label:>6}  {' '.join(pairs[at : at + WIRE_LINE])}")
    return lines
