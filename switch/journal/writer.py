"""Group commit: what was stored while the last commit ran goes into the next one."""

from collections.abc import Callable, Sequence

import structlog
import trio

from saklar.switch.engine.events import Committed, StoreFailed
from saklar.switch.engine.record import TransactionRecord
from saklar.switch.journal.interface import Journal, JournalError

log = structlog.get_logger()


class JournalWriter:
    """Writes records in a thread, so that the disk makes no message wait that does not need it.

    Args:
        journal: where they go.
        deliver: takes the `Committed` or `StoreFailed` of each record.
    """

    def __init__(self, journal: Journal, deliver: Callable[[Committed | StoreFailed], None]) -> None:
        self._journal = journal
        self._deliver = deliver
        self._waiting: list[TransactionRecord] = []
        self._wake = trio.Event()
        self._failing = False

    def store(self, record: TransactionRecord) -> None:
        """Have the record written soon."""
        self._waiting.append(record)
        self._wake.set()

    async def run(self) -> None:
        """Write what comes, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            batch, self._waiting = self._waiting, []
            await self._write(batch)

    async def _write(self, batch: Sequence[TransactionRecord]) -> None:
        try:
            await trio.to_thread.run_sync(self._journal.write, batch)
        except JournalError as error:
            if not self._failing:
                log.error("journal.failing", error=str(error))
            self._failing = True
            outcomes: list[Committed | StoreFailed] = [StoreFailed(r.id, r.revision) for r in batch]
        else:
            if self._failing:
                log.info("journal.recovered")
            self._failing = False
            outcomes = [Committed(r.id, r.revision) for r in batch]
        for outcome in outcomes:
            self._deliver(outcome)
