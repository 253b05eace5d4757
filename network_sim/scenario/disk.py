"""A disk that fails when a scenario says so, under the journal of saklar's own switch."""

from __future__ import annotations

from collections.abc import Sequence

from saklar.switch.engine.record import Record, Recovered
from saklar.switch.journal import Journal, JournalError
from saklar.switch.journal.interface import Purged


class FailingDisk:
    """A journal whose disk takes nothing while that fails; all else is the journal's.

    Args:
        journal: where records go.
        disk: asked whenever something is to be written.
    """

    def __init__(self, journal: Journal, disk: Disk) -> None:
        self._journal = journal
        self._disk = disk

    def stage(self, records: Sequence[Record], told: int) -> None:
        """See `Journal`."""
        self._journal.stage(records, told)

    def commit(self) -> int:
        """See `Journal`."""
        self._disk.check()
        return self._journal.commit()

    def recover(self, limit: int, since: str) -> Recovered:
        """See `Journal`."""
        return self._journal.recover(limit, since)

    def purge(self, before: str, limit: int) -> Purged:
        """See `Journal`."""
        self._disk.check()
        return self._journal.purge(before, limit)

    def reopen(self) -> None:
        """See `Journal`."""
        self._journal.reopen()

    def close(self) -> None:
        """See `Journal`."""
        self._journal.close()


class Disk:
    """What is wrong with the disk now."""

    def __init__(self) -> None:
        self.failing = False

    def check(self) -> None:
        """Raise JournalError while it fails."""
        if self.failing:
            raise JournalError("the scenario lets the disk fail")

    def under(self, journal: Journal) -> Journal:
        """The journal on this disk."""
        return FailingDisk(journal, self)
