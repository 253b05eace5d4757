"""What the switch asks of a journal, whatever stores it."""

from collections.abc import Sequence
from typing import Protocol

from saklar.switch.engine.record import TransactionRecord


class JournalError(Exception):
    """The journal cannot be opened, or could not make a record durable."""


class Journal(Protocol):
    """Where records go. Its methods block; they are called from one thread at a time."""

    def write(self, records: Sequence[TransactionRecord]) -> None:
        """Make all of these durable, in order, in one commit; a later record replaces one of the same id.

        Raises:
            JournalError: none of them is durable.
        """

    def recent(self, limit: int) -> list[TransactionRecord]:
        """The last `limit` transactions but reversals, oldest first, without their PANs."""

    def close(self) -> None:
        """Let go of the store."""
