"""Writes what the engine has stored, in a thread."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
import trio

from saklar.switch.engine.events import Committed
from saklar.switch.engine.record import Record
from saklar.switch.journal.group import STALL_S, GroupCommit, News
from saklar.switch.journal.interface import Journal, JournalError, Purged
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
        deliver: Callable[[list[News]], None],
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
        self._thread: CallThread | None = None
        self._is_busy = False
        self._is_purging = False
        self._has_failed = False
        self._purge_due = False
        self._rests = trio.Event()
        self.batch = 0
        """The number of the commit whose outcome is being delivered, or was last."""

    def store(self, records: tuple[Record, ...]) -> None:
        """Have the records written with the next commit."""
        self._group.store(records)
        if self._relaxed:
            self._deliver([Committed(1)])

    def begin(self) -> None:
        """Begin a commit of what waits, if one may begin now. Call it when all that came at one moment is stored.

        It needs no task to wake, which would cost a message that comes alone more than all else that the journal does.
        """
        if self._is_busy or self._thread is None:
            return
        if self._group.is_due:
            self._commit(self._thread)
        elif self._purge_due:
            self._purge(self._thread)

    @property
    def idle(self) -> bool:
        """Whether everything is durable."""
        return self._group.idle

    async def rest(self) -> None:
        """Wait until no commit is under way."""
        while not self._group.idle:
            await self._rests.wait()

    async def run(self) -> None:
        """Write what comes, until cancelled."""
        with CallThread("saklar-journal") as thread:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._watch)
                if self._keep_days:
                    nursery.start_soon(self._ask_for_purges)
                self._thread = thread
                self.begin()
                try:
                    while True:
                        await thread.finished()
                        await self._ended(thread)
                finally:
                    self._thread = None
                    await thread.rest()  # others go on meanwhile: at its end `CallThread` would stop them, too

    def _commit(self, thread: CallThread) -> None:
        self._is_busy = True
        self._journal.stage(self._group.take(trio.current_time()), self._told())
        thread.start(self._journal.commit)

    async def _ended(self, thread: CallThread) -> None:
        """A commit, or a purge, has ended."""
        try:
            result = thread.result()
        except JournalError as error:
            if self._is_purging:
                self._purge_due = False
                log.warning("journal.purge_failed", error=str(error))
            else:
                await self._again(thread, error)
                return
        else:
            if self._is_purging:
                self._purged(result)
            else:
                self.batch = result
        self._is_busy = False
        if self._is_purging:
            self._is_purging = False
        else:
            if self._has_failed:
                self._has_failed = False
                log.info("journal.recovered")
            self._tell(self._group.done())
        self.begin()
        if self._group.idle:
            self._rests.set()
            self._rests = trio.Event()

    async def _again(self, thread: CallThread, error: JournalError) -> None:
        """A commit has failed: try it again, for as long as it takes."""
        if not self._has_failed:
            log.error("journal.failing", error=str(error))
        self._has_failed = True
        self._tell(self._group.failed(str(error)))
        while True:
            await trio.sleep(RETRY_S)
            try:
                await thread.call(self._journal.reopen)
            except JournalError as reason:
                self._tell(self._group.failed(str(reason)))
            else:
                self._commit(thread)
                return

    def _tell(self, news: list[News]) -> None:
        if self._relaxed:
            news = [event for event in news if not isinstance(event, Committed)]
        if news:
            self._deliver(news)

    async def _watch(self) -> None:
        """Say so when a commit takes too long."""
        while True:
            await trio.sleep(STALL_S / 4)
            self._tell(self._group.look(trio.current_time()))

    # Purging.

    async def _ask_for_purges(self) -> None:
        while True:
            self._purge_due = True
            self.begin()
            await trio.sleep(PURGE_INTERVAL_S)

    def _purge(self, thread: CallThread) -> None:
        before = (datetime.now(UTC) - timedelta(days=self._keep_days)).isoformat(timespec="milliseconds")
        self._is_busy = self._is_purging = True
        thread.start(lambda: self._journal.purge(before, PURGE_AT_A_TIME))

    def _purged(self, purged: Purged) -> None:
        if purged.transactions:
            log.info("journal.purged", transactions=purged.transactions)
        self._purge_due = purged.more
