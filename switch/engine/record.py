"""What the engine has stored of a transaction."""

from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["forwarding", "approved", "declined", "timed_out", "refused"]
"""forwarding: sent, or about to be, and not yet answered; refused: the switch answered without the issuer."""


@dataclass(frozen=True, slots=True)
class TransactionRecord:
    """One transaction, as it stands now; a later record with the same id replaces it.

    Elements are as the acquirer sent them unless the name says `issuer`. `amount` is in minor units of
    `currency`, times are in the form of their element, `elapsed_ms` is from the request's arrival to the
    outcome. `pan` is the clear PAN: a journal masks and hashes it and writes neither it nor any other secret.
    """

    id: str
    received_at: str
    acquirer: str
    mti: str
    state: Outcome
    pan: str = field(repr=False)
    stan: str
    revision: int = 0
    transmission: str | None = None
    local_time: str | None = None
    rrn: str | None = None
    terminal: str | None = None
    merchant: str | None = None
    acquirer_id: str | None = None
    forwarder_id: str | None = None
    processing_code: str | None = None
    amount: int | None = None
    currency: str | None = None
    issuer: str | None = None
    issuer_mti: str | None = None
    issuer_stan: str | None = None
    issuer_local_time: str | None = None
    response_code: str | None = None
    answered_by: Literal["issuer", "switch"] | None = None
    reason: str | None = None
    original_id: str | None = None
    elapsed_ms: float | None = None
