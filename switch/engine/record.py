"""What the engine has stored: transactions, changes to them, and what waits to be forwarded."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Outcome = Literal[
    "forwarding", "approved", "declined", "timed_out", "refused", "reversed", "partly_reversed", "accepted"
]
"""Where a transaction stands, durably.

forwarding: sent, or about to be, and not yet answered. approved, declined: by the issuer. timed_out: sent, and not
answered in time, so that it is being reversed. refused: the switch answered, and nothing was sent. reversed,
partly_reversed: approved, and then taken back. accepted: a reversal or an advice that the switch answered itself.
"""

Doubt = Literal["open", "repeated", "reversed", "closed"]
"""Of an approval whose acquirer may not have been told: whether, and how, that was settled."""

SafState = Literal["queued", "done", "parked", "cancelled"]
"""Of what is to be forwarded: waiting or sent, answered, given up for a person to look at, no longer needed."""


class TransactionRecord(NamedTuple):
    """One transaction as it begins; `TransactionChange` says what became of it.

    Elements are as the acquirer sent them unless the name says `issuer`. `amount` and `standing` are in minor units of
    `currency` (`standing` is what a partial reversal left), `elapsed_ms` is from the request's arrival to the outcome.

    Some are for the journal to seal and for nobody to see: `pan`, in the clear; `kept`, the request as the issuer
    gets it but for sensitive authentication data (PIN block, tracks, card verification values), of which a reversal
    is made; `answer`, the answer as the acquirer gets it; `request_key` and `fingerprint`, which tell repeats (bytes
    where an earlier schema has digests of them).
    """

    id: str
    received_at: str
    acquirer: str
    mti: str
    state: Outcome
    pan: str = ""
    stan: str = ""
    transmission: str | None = None
    local_time: str | None = None
    rrn: str | None = None
    terminal: str | None = None
    merchant: str | None = None
    acquirer_id: str | None = None
    processing_code: str | None = None
    amount: int | None = None
    currency: str | None = None
    issuer: str | None = None
    issuer_stan: str | None = None
    response_code: str | None = None
    answered_by: Literal["issuer", "switch"] | None = None
    reason: str | None = None
    original_id: str | None = None
    elapsed_ms: float | None = None
    standing: int | None = None
    doubt: Doubt | None = None
    late_code: str | None = None
    request_key: str | bytes | None = None
    fingerprint: str | bytes | None = None
    kept: bytes | None = None
    answer: bytes | None = None

    def __repr__(self) -> str:
        """Without what nobody may see."""
        return f"TransactionRecord(id={self.id!r}, mti={self.mti!r}, stan={self.stan!r}, state={self.state!r})"


def new_record(fields: tuple[object, ...]) -> TransactionRecord:
    """A record of all its fields in their order: a third of the time that it takes by their names."""
    return tuple.__new__(TransactionRecord, fields)


class TransactionChange(NamedTuple):
    """What is new of a transaction, by the names of `TransactionRecord`."""

    id: str
    changes: Mapping[str, object]

    def __repr__(self) -> str:
        """Without values: an answer is among them."""
        return f"TransactionChange(id={self.id!r}, changes of {', '.join(self.changes)})"


class SafRecord(NamedTuple):
    """A reversal or an advice on its way to an issuer; a later record of the same id replaces it.

    `position` gives the order; `about` is the transaction that it tells of; `attempts` counts sendings, each durable
    before it happens; `message` is as it is first sent, in the issuer's dialect, for the journal to seal.
    """

    id: str
    position: int
    issuer: str
    kind: Literal["reversal", "advice"]
    about: str
    mti: str
    stan: str
    state: SafState
    attempts: int
    created_at: str
    message: bytes
    response_code: str | None = None
    reason: str | None = None

    def __repr__(self) -> str:
        """Without the message."""
        return f"SafRecord(id={self.id!r}, issuer={self.issuer!r}, state={self.state!r}, attempts={self.attempts})"


Record = TransactionRecord | TransactionChange | SafRecord


class Recovered(NamedTuple):
    """What a journal has of earlier runs.

    Attributes:
        remembered: the latest transactions, oldest first, all of those among them that are still `forwarding`.
        saf: what is not done, in order.
        doubtful: of the remembered, the ids of approvals whose answers may not have left.
        last_position: the highest position given to anything to be forwarded.
        last_commit: the number of the last commit.
    """

    remembered: list[TransactionRecord]
    saf: list[SafRecord]
    doubtful: frozenset[str]
    last_position: int = 0
    last_commit: int = 0


NOTHING = Recovered([], [], frozenset())
