"""The values that the engine works on: links, transactions and their states."""

import enum
from dataclasses import dataclass, field
from typing import Literal

from saklar.codecs import Dialect, Message
from saklar.switch.engine.record import Outcome, TransactionRecord

Role = Literal["acquirer", "issuer"]


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
    an echo, 0 for never.
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

    TRANSLATING = "the HSM's translation of the PIN block"
    STORING = "the journal, before the request leaves"
    FORWARDED = "the issuer's answer"
    SETTLING = "the journal, before the answer leaves"
    DONE = "nothing"


NEXT: dict[State, frozenset[State]] = {
    State.TRANSLATING: frozenset({State.STORING, State.SETTLING}),
    State.STORING: frozenset({State.FORWARDED, State.SETTLING}),
    State.FORWARDED: frozenset({State.SETTLING}),
    State.SETTLING: frozenset({State.DONE}),
    State.DONE: frozenset(),
}
"""The transitions there are; the engine asserts every one it makes."""


@dataclass(slots=True)
class Transaction:
    """One request of an acquirer on its way. `record` is what the journal was or will be told."""

    record: TransactionRecord
    connection: Connection
    request: Message
    received_at: float
    deadline: float
    state: State
    original: TransactionRecord | None = None
    """Of a reversal: what it reverses."""
    issuer: Link | None = None
    issuer_connection: int | None = None
    forwarded: Message | None = None
    """The request as it goes to the issuer, in the issuer's dialect and with the switch's STAN."""
    answer: Message | None = None
    """The answer as it goes to the acquirer."""

    @property
    def id(self) -> str:
        """The correlation id, in every log line and journal row about this transaction."""
        return self.record.id

    def move(self, to: State) -> None:
        """Take a transition; one that `NEXT` lacks is a bug of the engine."""
        assert to in NEXT[self.state], f"{self.id}: {self.state.name} -> {to.name}"
        self.state = to


APPROVALS: frozenset[str] = frozenset({"00", "08", "10", "11", "16"})
"""DE 39 of ISO 8583:1987 that approve (annex A, with 10 for part of the amount); any other does not."""


def outcome_of(response_code: str | None) -> Outcome:
    """How an issuer's DE 39 (in 1987 terms) is booked: only explicit approval codes approve."""
    return "approved" if response_code in APPROVALS else "declined"
