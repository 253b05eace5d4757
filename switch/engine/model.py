"""The values that the engine works on: links, transactions and their states."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from saklar.codecs import Dialect, Message
from saklar.switch.engine.record import Outcome
from saklar.switch.engine.remembered import Remembered

Role = Literal["acquirer", "issuer"]

KeyPart = Literal["terminal", "merchant", "acquirer_id", "stan", "transmission", "local_time", "rrn"]
"""What may tell two requests of a link apart."""

DEFAULT_KEY: tuple[KeyPart, ...] = ("terminal", "stan", "transmission", "rrn")


@dataclass(frozen=True, slots=True)
class PinKey:
    """A PIN key shared with a link's peer: `key` is encrypted under the LMK (for example `U` and 32 hex digits).

    `kind` is ZPK (zone PIN key, between institutions) or TPK (terminal PIN key, an acquirer's side only);
    `block_format` is the payShield code of the PIN block format, 01 for ISO 9564-1 format 0.
    """

    kind: Literal["ZPK", "TPK"]
    key: str = field(repr=False)
    block_format: str = "01"


@dataclass(frozen=True, slots=True)
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


@dataclass(slots=True)
class Connection:
    """One connection of a link, as the engine sees it."""

    number: int
    link: Link
    signed_on: bool
    up: bool = True
    malformed: int = 0
    """Undecodable frames since the last good one."""


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


@dataclass(slots=True, eq=False)
class Transaction:
    """One request of an acquirer on its way. Times in seconds of the engine's clock."""

    id: str
    arrived_at: str
    connection: Connection
    request: Message
    received_at: float
    deadline: float
    values: Mapping[int, str]
    """Of the request, each element's: read at once, as most are asked for several times."""
    state: State = State.BEGUN
    entry: Remembered | None = None
    """What will be remembered of it."""
    original: Remembered | None = None
    """Of a reversal: what it reverses."""
    pan: str = ""
    issuer: Link | None = None
    issuer_connection: int | None = None
    forwarded: Message | None = None
    """The request as it goes to the issuer, in the issuer's dialect and with the switch's STAN."""
    outcome: Outcome = "refused"
    code: str | None = None
    answered_by: Literal["issuer", "switch"] | None = None
    reason: str | None = None
    answer: bytes = b""
    """The answer as it goes to the acquirer."""
    stored: bool = False
    """Whether the journal has been given a record of it."""
    approval_stored: bool = False
    """Whether the journal may have it as approved: then nothing else may be told before that is durable."""
    reversal: object = None
    """What the switch itself sends to the issuer to take it back, once that is durable."""
    settlements: int = 0
    """How often an outcome was stored: only the last one counts."""
    copies: list["Transaction"] = field(default_factory=list)
    """Repeats of it that wait for the same answer."""

    @property
    def mti(self) -> str:
        """Of the request."""
        return self.request.mti

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
