"""Group commit: what was stored while the last commit ran goes into the next one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
import trio

from saklar.switch.engine.events import Committed, JournalDown, JournalUp
from saklar.switch.engine.record import Record
from saklar.switch.journal.interface import Journal, JournalError

log = structlog.get_logger()

RETRY_S = 0.5
"""Between tries while the journal fails."""

STALL_S = 2.0
"""A commit that takes longer holds everything up: nothing new is taken until it is done."""

PURGE_INTERVAL_S = 60.0
PURGE_AT_A_TIME = 500
"""Transactions removed in one commit, so that none waits long for it."""


class JournalWriter:
    """Writes records in a thread, so that the disk makes no message wait that does not need it.

    Args:
        journal: where they go.
        deliver: takes what comes of it.
        told: the last commit whose answers have all left.
        relaxed: say at once that everything is durable, which it is only soon after.
        keep_days: after which transactions are removed; 0 keeps them.
    """

    def __init__(
        self,
        journal: Journal,
        deliver: Callable[[Committed | JournalDown | JournalUp], None],
        told: Callable[[], int],
        *,
        relaxed: bool = False,
        keep_days: int = 0,
    ) -> None:
        self._journal = journal
        self._deliver = deliver
        self._told = told
        self._relaxed = relaxed
        self._keep_days = keep_days
        self._waiting: list[tuple[Record, ...]] = []
        self._wake = trio.Event()
        self._began: float | None = None
        self._is_down = False
        self.batch = 0
        """The number of the commit whose outcome is being delivered, or was last."""

    def store(self, records: tuple[Record, ...]) -> None:
        """Have the records written soon."""
        self._waiting.append(records)
        self._wake.set()
        if self._relaxed:
            self._deliver(Committed(1))

    @property
    def idle(self) -> bool:
        """Whether everything is durable."""
        return not self._waiting and self._began is None

    async def run(self) -> None:
        """Write what comes, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch)
            if self._keep_days:
                nursery.start_soon(self._ask_for_purges)
            while True:
                await self._wake.wait()
                self._wake = trio.Event()
                if self._waiting:
                    await self._write()
                if self._purge_due:
                    await self._purge()

    async def _write(self) -> None:
        """Write all that waits, for as long as it takes."""
        batch, self._waiting = self._waiting, []
        self._began = trio.current_time()
        while True:
            records = [record for store in batch for record in store]
            try:
                self.batch = await trio.to_thread.run_sync(self._journal.write, records, self._told())
                break
            except JournalError as error:
                self._down(str(error), stalled=False)
            await self._recover()
            # What came meanwhile goes into the same commit: nothing of it is durable, or all of it is.
            batch += self._waiting
            self._waiting = []
        self._began = None
        if not self._relaxed:
            self._deliver(Committed(len(batch)))
        if self._is_down:
            self._is_down = False
            log.info("journal.recovered")
            self._deliver(JournalUp())

    async def _recover(self) -> None:
        while True:
            await trio.sleep(RETRY_S)
            try:
                await trio.to_thread.run_sync(self._journal.reopen)
            except JournalError as error:
                self._down(str(error), stalled=False)
            else:
                return

    def _down(self, reason: str, *, stalled: bool) -> None:
        if not self._is_down:
            log.error("journal.stalled" if stalled else "journal.failing", error=reason)
            self._is_down = True
            self._deliver(JournalDown(reason, stalled))
        elif not stalled:
            self._deliver(JournalDown(reason))  # it was slow, and now it has failed

    async def _watch(self) -> None:
        """Say so when a commit takes too long."""
        while True:
            await trio.sleep(STALL_S / 4)
            if self._began is not None and not self._is_down and trio.current_time() - self._began > STALL_S:
                self._down(f"a commit takes longer than {STALL_S:g} s", stalled=True)

    # Purging.

    _purge_due = False

    async def _ask_for_purges(self) -> None:
        while True:
            self._purge_due = True
            self._wake.set()
            await trio.sleep(PURGE_INTERVAL_S)

    async def _purge(self) -> None:
        before = (datetime.now(UTC) - timedelta(days=self._keep_days)).isoformat(timespec="milliseconds")
        try:
            removed = await trio.to_thread.run_sync(self._journal.purge, before, PURGE_AT_A_TIME)
        except JournalError as error:
            self._purge_due = False
            log.warning("journal.purge_failed", error=str(error))
            return
        if removed:
            log.info("journal.purged", transactions=removed)
        if removed == PURGE_AT_A_TIME:
            self._wake.set()
        else:
            self._purge_due = False
