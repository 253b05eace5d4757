"""Writes what the engine has stored, in a thread."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
import trio

from saklar.switch.engine.events import Committed
from saklar.switch.engine.record import Record
from saklar.switch.journal.group import STALL_S, GroupCommit, News
from saklar.switch.journal.interface import Journal, JournalError
from saklar.switch.journal.thread import CallThread

log = structlog.get_logger()

RETRY_S = 0.5
"""Between tries while the journal fails."""

PURGE_INTERVAL_S = 60.0
PURGE_AT_A_TIME = 500
"""Transactions removed in one commit, or a few more, so that none waits long for it."""


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
        deliver: Callable[[News], None],
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
        self._group = GroupCommit()
        self._wake = trio.Event()
        self.batch = 0
        """The number of the commit whose outcome is being delivered, or was last."""

    def store(self, records: tuple[Record, ...]) -> None:
        """Have the records written soon."""
        self._group.store(records)
        self._wake.set()
        if self._relaxed:
            self._deliver(Committed(1))

    @property
    def idle(self) -> bool:
        """Whether everything is durable."""
        return self._group.idle

    async def run(self) -> None:
        """Write what comes, until cancelled."""
        with CallThread("saklar-journal") as thread:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._watch)
                if self._keep_days:
                    nursery.start_soon(self._ask_for_purges)
                while True:
                    await self._wake.wait()
                    self._wake = trio.Event()
                    if self._group.waits:
                        while not self._group.gathered(trio.current_time()):
                            await trio.lowlevel.checkpoint()
                        await self._write(thread)
                    if self._purge_due:
                        await self._purge(thread)

    async def _write(self, thread: CallThread) -> None:
        """Write all that waits, for as long as it takes."""
        failed = False
        while True:
            records = self._group.take(trio.current_time())
            try:
                self._journal.stage(records, self._told())
                self.batch = await thread.call(self._journal.commit)
                break
            except JournalError as error:
                if not failed:
                    log.error("journal.failing", error=str(error))
                failed = True
                self._tell(self._group.failed(str(error)))
            await self._reopen(thread)
        if failed:
            log.info("journal.recovered")
        self._tell(self._group.done())

    async def _reopen(self, thread: CallThread) -> None:
        while True:
            await trio.sleep(RETRY_S)
            try:
                await thread.call(self._journal.reopen)
            except JournalError as error:
                self._tell(self._group.failed(str(error)))
            else:
                return

    def _tell(self, news: list[News]) -> None:
        for event in news:
            if not (self._relaxed and isinstance(event, Committed)):
                self._deliver(event)

    async def _watch(self) -> None:
        """Say so when a commit takes too long."""
        while True:
            await trio.sleep(STALL_S / 4)
            self._tell(self._group.look(trio.current_time()))

    # Purging.

    _purge_due = False

    async def _ask_for_purges(self) -> None:
        while True:
            self._purge_due = True
            self._wake.set()
            await trio.sleep(PURGE_INTERVAL_S)

    async def _purge(self, thread: CallThread) -> None:
        before = (datetime.now(UTC) - timedelta(days=self._keep_days)).isoformat(timespec="milliseconds")
        try:
            removed, more = await thread.call(lambda: self._journal.purge(before, PURGE_AT_A_TIME))
        except JournalError as error:
            self._purge_due = False
            log.warning("journal.purge_failed", error=str(error))
            return
        if removed:
            log.info("journal.purged", transactions=removed)
        self._purge_due = more
        if more:
            self._wake.set()
