"""What the switch asks of a journal, whatever stores it."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from saklar.switch.engine.record import Record, Recovered


class JournalError(Exception):
    """The journal cannot be opened, or could not make a record durable."""


class Purged(NamedTuple):
    """How many transactions were removed, and whether there is more to remove."""

    transactions: int
    more: bool


class Journal(Protocol):
    """Where records go. All of its methods but `stage` block; they are called from one thread at a time."""

    def stage(self, records: Sequence[Record], told: int) -> None:
        """Hand over the records of the next commit, in order. It does not wait for a disk.

        Args:
            records: what is new.
            told: of the commits so far, the last of which all answers have left.

        Raises:
            JournalError: none of them will be durable.
        """

    def commit(self) -> int:
        """Make what was staged durable, all of it or nothing. Returns the commit's number, which grows.

        Raises:
            JournalError: nothing of it is durable, and it is certain that nothing will be.
        """

    @property
    def checkpoint_due(self) -> bool:
        """Whether `checkpoint` should be called before the next commit. It does not wait for a disk."""

    def checkpoint(self) -> None:
        """Do what commits have put off, so that they are quick. What is durable is so before it, and after a failure.

        Raises:
            JournalError: it could not be done; it is tried again later.
        """

    def recover(self, limit: int, since: str) -> Recovered:
        """What earlier runs left: all that is not settled, and the last `limit` transactions that came after `since`.

        Raises:
            JournalError: it cannot be read.
        """

    def purge(self, before: str, limit: int) -> Purged:
        """Remove transactions that came before that time and that nothing needs any more: some `limit` in one commit.

        Raises:
            JournalError: nothing was removed.
        """

    def reopen(self) -> None:
        """After a failure: let go of the store and take it again.

        Raises:
            JournalError: it cannot be opened.
        """

    def close(self) -> None:
        """Let go of the store."""
