"""What a run found: plain data, masked, ready for reports. Nothing here can show a secret, as nothing here has one.

`RunResult.to_dict` is the JSON document of `saklar play --json`; its form is stable: names are added, none is changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal, get_args

Verdict = Literal["passed", "failed", "error", "skipped", "disturbed"]
"""failed: something was not as expected, or a promise was broken. error: the case could not be played (a host that
refuses, a bad value). skipped: an `only when` did not hold, or the run ended before it. disturbed: something was not as
expected, and chaos has hit the connections of the case, which excuses it."""

GOOD: frozenset[Verdict] = frozenset({"passed", "skipped", "disturbed"})
"""Verdicts with which a run passes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a scenario file; `text` is the line. A `column` of 0 is of a line that goes on with the one above."""

    file: str
    line: int
    column: int = 1
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class FieldView:
    """An element, or a part of one, as people may see it.

    Attributes:
        path: "39", "55.9F26"; "mti".
        name: what it is called.
        value: masked.
        meaning: what the value says, in words; "" where nothing is known.
    """

    path: str
    name: str
    value: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class WireView:
    """A piece of a message on the wire: what it is ("header", "mti", "bitmap", an element's number), and its bytes.

    `data` is hex; each byte that people must not see is `**`.
    """

    path: str
    data: str


@dataclass(frozen=True, slots=True)
class PartyView:
    """Somebody who takes part; in the order of the lanes of a sequence diagram."""

    name: str
    role: Literal["acquirer", "issuer", "proxy", "switch", "host"]
    dialect: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened.

    Attributes:
        number: 1, 2, 3 … in the order in which things happened.
        at_s: seconds from the beginning of the case, by the clock that the case was played with.
        place: the step that made it, if one did.
    """

    number: int = 0
    at_s: float = 0.0
    place: Place | None = None


MessageState = Literal["sent", "received", "dropped", "damaged", "undecodable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent(Event):
    """A message on the wire, as the party that we play saw it.

    Attributes:
        sender, receiver: names of `PartyView`s.
        owner: which of the two is ours, and saw it.
        state: "dropped" and "damaged" are what faults did to it.
        origin: "step", "rule" (a party answered by itself), "network" (it came from outside).
        mti, title: its type, and that in words.
        fields: its elements, decoded and masked; empty where it could not be decoded.
        wire: its bytes, masked.
        size: bytes, without framing.
        label: its name in the scenario.
        note: what a fault, a rule, or the decoder says of it.
    """

    sender: str
    receiver: str
    owner: str
    state: MessageState
    origin: Literal["step", "rule", "network"]
    mti: str
    title: str
    fields: tuple[FieldView, ...] = ()
    wire: tuple[WireView, ...] = ()
    size: int = 0
    label: str = ""
    note: str = ""
    kind: Literal["message"] = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActEvent(Event):
    """Something was done to a part of the network, or happened to it: "acq1", "disconnects"."""

    subject: str
    verb: str
    note: str = ""
    kind: Literal["act"] = "act"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was expected: which element, what was expected of it, what it is, and whether that is right.

    `expected` is in words ("00", "one of 00, 10", "as in the request: 000042"), `actual` is masked; "" is absent.
    """

    path: str
    name: str
    expected: str
    actual: str
    passed: bool
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectEvent(Event):
    """An expectation, and how it came out.

    Attributes:
        party: whose it is, or the part of the network that was asked.
        what: in words: "0210 within 31 s".
        passed: whether all is as expected.
        checks: element by element, those that are right as well.
        message: the number of the `MessageEvent` that it is about; 0 for none.
        waited_s: how long it took.
        problem: why it failed, where no single element is to blame.
    """

    party: str
    what: str
    passed: bool
    checks: tuple[Check, ...] = ()
    message: int = 0
    waited_s: float = 0.0
    problem: str = ""
    kind: Literal["expect"] = "expect"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarkEvent(Event):
    """A line for people: a `note`, or a value that was saved."""

    text: str
    kind: Literal["remark"] = "remark"


AnyEvent = MessageEvent | ActEvent | ExpectEvent | RemarkEvent


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a case did not pass: where in the file, what, and (if there is one) the event that says so."""

    place: Place
    message: str
    event: int = 0


@dataclass(frozen=True, slots=True)
class FaultView:
    """A fault with which chaos hit a case.

    Attributes:
        party: whose connection.
        way: "sending" (from it) or "receiving" (to it).
        mti, number: which message: the n-th of that type that the party sent, or received, in the case.
        what: the fault, in the words of the language.
        at_s, event: when, and the number of the `ActEvent` that says so.
    """

    party: str
    way: Literal["sending", "receiving"]
    mti: str
    number: int
    what: str
    at_s: float = 0.0
    event: int = 0

    def __str__(self) -> str:
        return f"{self.party} {self.way} {self.mti} {ordinal(self.number)} {self.what}"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th and so on."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


@dataclass(frozen=True, slots=True)
class ChaosView:
    """The chaos of a run: its seed, of how many of a hundred messages, and which kinds of faults."""

    seed: int
    percent: float
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lateness:
    """How much later than due the runner itself did things (ms): whether the tool was slow, or the host."""

    samples: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case: a scenario, or one row of its table.

    Attributes:
        id: unique in the run: file, line and row, as `saklar play` takes it.
        name: of the scenario, its variables filled in.
        place: its heading.
        row: of its table, by column; empty without one. Secrets are masked.
        verdict: how it came out.
        failures: why not; the first is what ended it.
        reason: why it was skipped.
        parties: who took part, in the order of lanes.
        steps: the lines of its steps, in the order of the file, indented as there.
        events: all that happened, in order.
        clock: "virtual" where time-outs cost nothing, "real" otherwise.
        duration_s: by that clock. `elapsed_s` is what it cost in real time.
        started_at: ISO 8601, UTC.
        seed, rerun: what makes it happen again.
        faults: with which chaos hit it, in order.
    """

    id: str
    name: str
    place: Place
    tags: tuple[str, ...]
    verdict: Verdict
    row: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    reason: str = ""
    parties: tuple[PartyView, ...] = ()
    steps: tuple[Place, ...] = ()
    events: tuple[AnyEvent, ...] = ()
    clock: Literal["virtual", "real"] = "virtual"
    duration_s: float = 0.0
    elapsed_s: float = 0.0
    started_at: str = ""
    seed: int = 0
    rerun: str = ""
    faults: tuple[FaultView, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it passed."""
        return self.verdict == "passed"

    @property
    def drawn(self) -> tuple[AnyEvent, ...]:
        """The events of a sequence diagram: a message between two parties that are both played is there once."""
        ours = {party.name for party in self.parties if party.role not in ("switch", "host")}
        return tuple(
            event
            for event in self.events
            if not (isinstance(event, MessageEvent) and event.owner == event.receiver and event.sender in ours)
        )


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run of `saklar play`: its cases in the order of their files, and what is true of all."""

    cases: tuple[CaseResult, ...]
    seed: int
    started_at: str
    elapsed_s: float
    clock: Literal["virtual", "real", "mixed"] = "virtual"
    parallel: int = 1
    interrupted: bool = False
    lateness: Lateness = Lateness()
    against: str = ""
    chaos: ChaosView | None = None

    def count(self, verdict: Verdict) -> int:
        """How many cases came out so."""
        return sum(case.verdict == verdict for case in self.cases)

    @property
    def passed(self) -> bool:
        """Whether nothing failed and nothing was cut short."""
        return not self.interrupted and all(case.verdict in GOOD for case in self.cases)

    @property
    def faults(self) -> int:
        """With how many chaos hit its cases."""
        return sum(len(case.faults) for case in self.cases)

    def to_dict(self) -> dict[str, Any]:
        """The whole of it as JSON has it."""
        totals = {verdict: self.count(verdict) for verdict in get_args(Verdict)}
        return {"format": "saklar-play-1", "totals": totals, **plain(self)}


def plain(value: Any) -> Any:
    """Dataclasses as dicts, tuples as lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return round(value, 6) if isinstance(value, float) else value
