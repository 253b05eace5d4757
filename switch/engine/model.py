"""The values that the engine works on: links, transactions and their states."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from saklar.codecs import Dialect, Message
from saklar.switch.engine.record import Outcome
from saklar.switch.engine.remembered import Remembered

if TYPE_CHECKING:
    from saklar.switch.engine.crossing import Crossing, Outgoing

Role = Literal["acquirer", "issuer"]

KeyPart = Literal["terminal", "merchant", "acquirer_id", "stan", "transmission", "local_time", "rrn"]
"""What may tell two requests of a link apart."""

DEFAULT_KEY: tuple[KeyPart, ...] = ("terminal", "stan", "transmission", "rrn")


@dataclass(frozen=True)
class PinKey:
    """A PIN key shared with a link's peer: `key` is encrypted under the LMK (for example `U` and 32 hex digits).

    `kind` is ZPK (zone PIN key, between institutions) or TPK (terminal PIN key, an acquirer's side only);
    `block_format` is the payShield code of the PIN block format, 01 for ISO 9564-1 format 0.
    """

    kind: Literal["ZPK", "TPK"]
    key: str = field(repr=False)
    block_format: str = "01"


@dataclass(frozen=True)
class Link:
    """What the engine must know of a link. Times in seconds, `max_frame` in bytes.

    `timeout_s`: of an issuer, how long the switch waits for its answer; of an acquirer, within what time
    it is owed one. `sign_on`: an issuer is sent 0800 and gets no request until it has approved it; an
    acquirer must sign on before it may send any. `echo_interval_s`: how often an idle issuer is asked for
    an echo, 0 for never. `party`: who is at the other end, where one party has several links: what comes from it is
    never sent back to it.

    Of an acquirer. `pin_error_code`: DE 39 where the HSM cannot translate its PIN block. `duplicate_key`: what two
    requests share if one is the other's repeat, besides the link and the class of the message. `partial_approval`:
    whether it can take an approval of a part of the amount. `timeout_code`: DE 39 where the issuer was silent.
    `unknown_original`: DE 39 to a reversal of something that never came. `forward_unknown`: whether such a reversal
    goes to the issuer of its PAN. `on_doubt`: whether an approval that it may not have been told, because the switch
    crashed, waits for its repeat or reversal or is reversed.

    Of an issuer. `saf_window`: reversals and advices that may be out at a time. `saf_retry_s`: the first and the
    longest pause before one is sent again. `saf_attempts`, `saf_days`: after which it is parked. `saf_capacity`: how
    many may wait; then nothing new is taken for it. `wait_when_down`: whether what is out when its connection breaks
    waits for its limit, as the answer may come on another.
    """

    name: str
    role: Role
    dialect: Dialect
    timeout_s: float
    max_frame: int = 8192
    pin_key: PinKey | None = None
    sign_on: bool = False
    echo_interval_s: float = 0.0
    max_in_flight: int = 10_000
    max_malformed: int = 10
    party: str | None = None
    pin_error_code: str = "96"
    duplicate_key: tuple[KeyPart, ...] = DEFAULT_KEY
    partial_approval: bool = True
    timeout_code: str = "91"
    unknown_original: str = "25"
    forward_unknown: bool = False
    on_doubt: Literal["wait", "reverse"] = "wait"
    saf_window: int = 1
    saf_retry_s: tuple[float, float] = (1.0, 60.0)
    saf_attempts: int = 1_000
    saf_days: float = 7.0
    saf_capacity: int = 100_000
    wait_when_down: bool = False


@dataclass
class Connection:
    """One connection of a link, as the engine sees it."""

    number: int
    link: Link
    signed_on: bool
    up: bool = True
    malformed: int = 0
    """Undecodable frames since the last good one."""
    patience_s: float = 0.0
    """Of an acquirer's: how long a request may take, so that its answer arrives within the link's limit."""


class State(enum.Enum):
    """Where a transaction stands. The value says what it waits for."""

    BEGUN = "nothing yet"
    TRANSLATING = "the HSM's translation of the PIN block"
    STORING = "the journal, before the request leaves"
    FORWARDED = "the issuer's answer"
    HOLDING = "the journal to come back, before an approval is stored"
    SETTLING = "the journal, before the answer leaves"
    WITHHELD = "the journal, after the acquirer's time is over"
    DONE = "nothing more"

    __hash__ = object.__hash__  # an Enum's own takes a call of Python for each look at `NEXT`


NEXT: dict[State, dict[State, str]] = {
    State.BEGUN: {
        State.TRANSLATING: "it has a PIN block",
        State.STORING: "it has none",
        State.SETTLING: "refused; or a reversal or an advice, which the switch answers itself",
    },
    State.TRANSLATING: {
        State.STORING: "translated",
        State.SETTLING: "the HSM failed, the time is over, or its acquirer reversed it",
    },
    State.STORING: {
        State.FORWARDED: "the intent is durable",
        State.SETTLING: "the issuer's link is gone, the journal is down, the time is over, or its acquirer reversed it",
    },
    State.FORWARDED: {
        State.SETTLING: "answered; or silent, lost its link, or reversed by its acquirer: then its reversal is stored",
        State.HOLDING: "approved, and the journal is down",
    },
    State.HOLDING: {
        State.SETTLING: "the journal is back; or the time is over, or its acquirer reversed it: it is reversed",
    },
    State.SETTLING: {
        State.SETTLING: "approved, and reversed by its acquirer before that is durable",
        State.WITHHELD: "approved, and the time is over before that is durable",
        State.DONE: "the outcome is durable, or it is no approval and cannot wait: the answer leaves",
    },
    State.WITHHELD: {State.SETTLING: "the approval is durable at last: it is reversed, and declined"},
    State.DONE: {},
}
"""The transitions there are, each with its cause; the engine asserts every one it makes."""


class Transaction:
    """One request of an acquirer on its way. Times in seconds of the engine's clock.

    Attributes:
        id, arrived_at: its correlation id, and when it came (ISO 8601).
        connection: where it came from.
        request, mti, values: the message, its type, and each element's value, read at once as most are asked for
            several times.
        received_at, deadline: when it came, and by when it is answered.
        state: where it stands.
        entry: what will be remembered of it.
        original: of a reversal, what it reverses.
        pan: in the clear.
        issuer, issuer_connection, issuer_stan: who it goes to, on which connection, and under which STAN.
        outgoing: the request as the issuer gets it.
        crossing: how messages get from the acquirer's dialect to the issuer's and back.
        outcome, code, answered_by, reason: what became of it; `code` is DE 39 in 1987 terms.
        answer: as it goes to the acquirer.
        stored: whether the journal has been given a record of it.
        approval_stored: whether the journal may have it as approved: then nothing else may be told before that is
            durable.
        reversal: what the switch itself sends to the issuer to take it back, once that is durable.
        settlements: how often an outcome was stored; only the last one counts.
        copies: repeats of it that wait for the same answer.
    """

    __slots__ = (
        "answer", "answered_by", "approval_stored", "arrived_at", "code", "connection", "copies", "crossing",
        "deadline", "entry", "id", "issuer", "issuer_connection", "issuer_stan", "mti", "original", "outcome",
        "outgoing", "pan", "reason", "received_at", "request", "reversal", "settlements", "state", "stored", "values",
    )  # fmt: skip

    def __init__(
        self,
        id: str,  # noqa: A002
        arrived_at: str,
        connection: Connection,
        request: Message,
        values: Mapping[int, str],
        received_at: float,
        deadline: float,
    ) -> None:
        self.id = id
        self.arrived_at = arrived_at
        self.connection = connection
        self.request = request
        self.mti = request.mti
        self.values = values
        self.received_at = received_at
        self.deadline = deadline
        self.state = State.BEGUN
        self.entry: Remembered | None = None
        self.original: Remembered | None = None
        self.pan = ""
        self.issuer: Link | None = None
        self.issuer_connection: int | None = None
        self.issuer_stan: str | None = None
        self.outgoing: Outgoing | None = None
        self.crossing: Crossing | None = None
        self.outcome: Outcome = "refused"
        self.code: str | None = None
        self.answered_by: Literal["issuer", "switch"] | None = None
        self.reason: str | None = None
        self.answer = b""
        self.stored = False
        self.approval_stored = False
        self.reversal: object = None
        self.settlements = 0
        self.copies: list[Transaction] = []

    def move(self, to: State) -> None:
        """Take a transition; one that `NEXT` lacks is a bug of the engine."""
        assert to in NEXT[self.state], f"{self.id}: {self.state.name} -> {to.name}"
        self.state = to


PARTLY_APPROVED = "10"
"""DE 39: approved for a part of the amount."""

APPROVALS: frozenset[str] = frozenset({"00", "08", "10", "11", "16"})
"""DE 39 of ISO 8583:1987 that approve (annex A, with 10 for part of the amount); any other does not."""


def outcome_of(response_code: str | None) -> Outcome:
    """How an issuer's DE 39 (in 1987 terms) is booked: only explicit approval codes approve."""
    return "approved" if response_code in APPROVALS else "declined"
