"""A disk that fails or freezes when a scenario says so, under the journal of saklar's own switch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import ClassVar

import trio

from saklar.switch.engine.record import Record, Recovered
from saklar.switch.journal import Journal, JournalError
from saklar.switch.journal.interface import Purged
from saklar.switch.journal.thread import CallThread


class FaultyDisk:
    """A journal whose disk takes nothing while that fails or is frozen; all else is the journal's.

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
        self._disk.write()
        return self._journal.commit()

    @property
    def checkpoint_due(self) -> bool:
        """See `Journal`."""
        return self._journal.checkpoint_due

    def checkpoint(self) -> None:
        """See `Journal`."""
        self._disk.write()
        self._journal.checkpoint()

    def recover(self, limit: int, since: str) -> Recovered:
        """See `Journal`."""
        return self._journal.recover(limit, since)

    def purge(self, before: str, limit: int) -> Purged:
        """See `Journal`."""
        self._disk.write()
        return self._journal.purge(before, limit)

    def reopen(self) -> None:
        """See `Journal`."""
        self._journal.reopen()

    def close(self) -> None:
        """See `Journal`."""
        self._journal.close()


class _Ice:
    """What holds back who writes, until it melts."""

    def __init__(self) -> None:
        self.melted = threading.Event()
        self.is_lost = False
        """Whether what was held back is never written."""


class Disk:
    """What is wrong with the disk now. It is written to in one thread at a time, and all else is for another one."""

    _held: ClassVar[set[int]] = set()
    """The disks that hold somebody back, by `id`."""

    def __init__(self) -> None:
        self.failing = False
        self._ice: _Ice | None = None
        self._lock = threading.Lock()

    @classmethod
    def holding(cls) -> int:
        """How many threads wait for a frozen disk."""
        return len(cls._held)

    @property
    def frozen(self) -> bool:
        """Whether it takes nothing, and says nothing."""
        return self._ice is not None

    def write(self) -> None:
        """Wait while it is frozen. Raises JournalError while it fails, or if the writer died meanwhile."""
        with self._lock:
            ice = self._ice
            if ice is not None:
                self._held.add(id(self))
        if ice is not None:
            ice.melted.wait()
            if ice.is_lost:
                raise JournalError("the switch died while the disk was frozen")
        if self.failing:
            raise JournalError("the scenario lets the disk fail")

    def freeze(self) -> None:
        """Take nothing, and say nothing."""
        with self._lock:
            self._ice = self._ice or _Ice()

    def thaw(self) -> None:
        """Take what was held back, and all else."""
        self._melt(None, is_lost=False)

    def let_go(self) -> None:
        """Who writes has died: what is held back is lost. A frozen disk stays so."""
        self._melt(_Ice() if self.frozen else None, is_lost=True)

    def _melt(self, then: _Ice | None, *, is_lost: bool) -> None:
        with self._lock:
            self._held.discard(id(self))
            ice, self._ice = self._ice, then
        if ice is not None:
            ice.is_lost = is_lost
            ice.melted.set()

    async def guard(self) -> None:
        """Hold nobody back any longer when this is cancelled: a thread could not end."""
        try:
            await trio.sleep_forever()
        finally:
            self.let_go()

    def under(self, journal: Journal) -> Journal:
        """The journal on this disk."""
        return FaultyDisk(journal, self)


def threads_at_work() -> bool:
    """Whether a thread is at work that time has to wait for: one that waits for a frozen disk is not."""
    return CallThread.any_busy(besides=Disk.holding())
