"""A case on the page: why it did not pass, its steps, the talk, and how to play it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from saklar.network_sim.scenario.reports.characters import storable
from saklar.network_sim.scenario.reports.sequence import Diagram
from saklar.network_sim.scenario.result import (
    AnyEvent,
    CaseResult,
    Check,
    ExpectEvent,
    Failure,
    FieldView,
    MessageEvent,
)
from saklar.network_sim.scenario.telling import wire_lines

MOST_EVENTS = 500
"""Of a case, the last so many are shown: a load has more than a page can hold."""

_ORIGINS = {
    "step": "by a step",
    "rule": "by a rule",
    "network": "from the network",
}

_MARKS = {"done": "✓", "wrong": "✗", "later": "·"}


def text(said: str) -> str:
    """Any text as HTML has it, in an element or an attribute."""
    return escape(storable(said))


def case_of(case: CaseResult, number: int, *, is_open: bool, about: str = "") -> str:
    """A case, folded or open.

    Args:
        case: it.
        number: of those on the page.
        is_open: whether it is unfolded.
        about: what tells it from others of its name, beside that.
    """
    return "\n".join(_case(case, number, is_open=is_open, about=about))


def _case(case: CaseResult, number: int, *, is_open: bool, about: str) -> Iterator[str]:
    tags = "".join(f'<span class="tag">{text(tag)}</span>' for tag in case.tags)
    said = f'<span class="about">{text(about)}</span>' if about else ""
    yield (
        f'<details class="case {case.verdict}" id="case-{number}" data-verdict="{case.verdict}" '
        f'data-tags="{text(" ".join(case.tags))}"{" open" if is_open else ""}>'
        f'<summary><span class="badge">{case.verdict}</span><span class="title">{text(case.name)} {tags}{said}</span>'
        f'<span class="line">{text(_line(case))}</span><span class="took">{_took(case)}</span></summary>'
    )
    yield '<div class="body">'
    if case.reason:
        yield f'<div class="why"><p>{text(case.reason)}</p></div>'
    for failure in case.failures:
        yield _failure(failure, case.events)
    if case.faults:
        yield f"<h3>Faults that chaos made</h3>{_faults(case)}"
    if case.row:
        yield _row(case)
    if case.steps:
        yield f"<h3>Steps</h3>{_steps(case)}"
    if case.events:
        yield f"<h3>What happened</h3>{_talk(case)}"
    yield (
        f'<p class="again">Seed {case.seed}, {case.clock} time{text(_started(case))}. '
        f"Play it again: <code>{text(case.rerun)}</code></p></div></details>"
    )


def _took(case: CaseResult) -> str:
    if case.verdict == "skipped":
        return ""
    if case.clock == "virtual":
        return f"{case.duration_s:.1f} s (really {case.elapsed_s * 1000:.0f} ms)"
    return f"{case.duration_s:.2f} s"


def _line(case: CaseResult) -> str:
    """What its id has after its file."""
    return f"line {case.id.removeprefix(f'{case.place.file}:')}"


def _started(case: CaseResult) -> str:
    return f", begun {case.started_at[:23].replace('T', ' ')} UTC" if case.started_at else ""


def _failure(failure: Failure, events: Sequence[AnyEvent]) -> str:
    """Why: in words, and element by element where that is known."""
    event = next((event for event in events if event.number == failure.event), None)
    checks = comparison(event.checks) if isinstance(event, ExpectEvent) and event.checks else ""
    said = f'{text(failure.message)} <span class="where">{text(str(failure.place))}</span>'
    return f'<div class="why"><p>{said}</p>{checks}</div>'


def _faults(case: CaseResult) -> str:
    rows = "".join(
        f'<tr><td class="path">{fault.at_s:.3f}</td><td class="value">{text(str(fault))}</td></tr>'
        for fault in case.faults
    )
    return f"<table>{rows}</table>"


def _row(case: CaseResult) -> str:
    cells = "".join(
        f'<tr><td class="path">{text(name)}</td><td class="value">{text(value)}</td></tr>'
        for name, value in case.row.items()
    )
    return f"<h3>Row of its table</h3><table>{cells}</table>"


def _steps(case: CaseResult) -> str:
    """Its lines, and how far it came."""
    wrong = {(failure.place.file, failure.place.line) for failure in case.failures}
    reached = {(event.place.file, event.place.line) for event in case.events if event.place is not None} - wrong
    last = max((index for index, step in enumerate(case.steps) if (step.file, step.line) in reached), default=-1)
    margin = min((len(step.text) - len(step.text.lstrip()) for step in case.steps if step.column), default=0)
    lines, state = [], "later"
    for index, step in enumerate(case.steps):
        if step.column:  # a line that goes on has the state of the one above
            is_wrong = (step.file, step.line) in wrong
            state = "wrong" if is_wrong else "done" if case.passed or index <= last else "later"
        mark = _MARKS[state] if step.column else ""
        lines.append(
            f'<li class="{state}"><span class="mark">{mark}</span><span class="number">{step.line}</span>'
            f"<span>{text(step.text[margin:])}</span></li>"
        )
    return f'<ol class="steps">{"".join(lines)}</ol>'


def _talk(case: CaseResult) -> str:
    diagram = Diagram.of(case)
    shown = case.events[-MOST_EVENTS:]
    missing = len(case.events) - len(shown)
    earlier = f'<p class="nothing">{missing} earlier events are not shown.</p>' if missing else ""
    head = diagram.head() if diagram.lanes else ""
    return f'<div class="talk">{earlier}{head}{"".join(_event(event, diagram) for event in shown)}</div>'


def _event(event: AnyEvent, diagram: Diagram) -> str:
    strip = diagram.strip(event)
    panel = "".join(_panel(event))
    if not panel:
        return strip
    return f'<details class="{event.kind}"><summary>{strip}</summary><div class="panel">{panel}</div></details>'


def _panel(event: AnyEvent) -> Iterator[str]:
    """What an event unfolds to; nothing for most."""
    if isinstance(event, MessageEvent):
        title = f"{event.mti} {event.title}".strip()
        about = f"{event.sender} to {event.receiver}, {event.state} {_ORIGINS[event.origin]}"
        yield f"<p><strong>{text(title)}</strong> · {text(about)}{_line_of(event)}</p>"
        if event.note:
            yield f"<p>{text(event.note)}</p>"
        yield _fields(event.fields)
        if event.wire:
            yield f"<h3>On the wire: {event.size} bytes; ** is not shown</h3>"
            yield f"<pre>{text(chr(10).join(wire_lines(event)))}</pre>"
    elif isinstance(event, ExpectEvent) and (event.checks or event.problem):
        about = f"waited {event.waited_s:.3f} s{_line_of(event)}"
        yield f"<p><strong>{text(event.party)}: {text(event.what)}</strong> · {about}</p>"
        if event.problem:
            yield f"<p>{text(event.problem)}</p>"
        if event.checks:
            yield comparison(event.checks)


def _line_of(event: AnyEvent) -> str:
    return f" · line {event.place.line}" if event.place is not None else ""


def _fields(fields: Iterable[FieldView]) -> str:
    rows = "".join(
        f'<tr{" class=part" if "." in field.path else ""}><td class="path">{text(field.path)}</td>'
        f'<td class="name">{text(field.name)}</td><td class="value">{text(field.value)}</td>'
        f'<td class="words">{text(field.meaning)}</td></tr>'
        for field in fields
    )
    if not rows:
        return ""
    head = "<tr><th>Element</th><th>Name</th><th>Value</th><th>Meaning</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def comparison(checks: Iterable[Check]) -> str:
    """Expected against actual, element by element; what differs is marked."""
    rows = "".join(
        f'<tr{"" if check.passed else " class=wrong"}><td class="sign">{"✓" if check.passed else "✗"}</td>'
        f'<td class="path">{text(check.path)}</td><td class="name">{text(check.name)}</td>'
        f'<td class="value">{text(check.expected)}</td><td class="value actual">{text(check.actual or "absent")}</td>'
        f'<td class="words">{text(check.meaning)}</td></tr>'
        for check in checks
    )
    head = "<tr><th></th><th>Element</th><th>Name</th><th>Expected</th><th>Actual</th><th>Meaning</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
