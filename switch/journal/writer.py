"""Writes what the engine has stored, in a thread."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from enum import Enum

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


Hears = Callable[[int, Callable[[], None]], AbstractContextManager[None]]
"""Calls a function whenever a descriptor is readable, until the block ends: `Ear.hears`."""


class Work(Enum):
    """What the thread is doing."""

    COMMIT = "commit"
    CHECKPOINT = "checkpoint"
    REOPEN = "reopen"
    PURGE = "purge"


class JournalWriter:
    """Writes records in a thread, so that the disk makes no message wait that does not need it.

    Args:
        journal: where they go.
        deliver: takes what comes of it.
        told: of the commits up to one, the last whose answers have all left.
        relaxed: say at once that everything is durable, which it is only soon after.
        keep_days: after which transactions are removed; 0 keeps them.
    """

    def __init__(
        self,
        journal: Journal,
        deliver: Callable[[list[News]], None],
        told: Callable[[int], int],
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
        self._work: Work | None = None
        self._is_slow = False
        self._has_failed = False
        self._retry_due = trio.Event()
        self._purge_due = False
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
        if self._work is not None or self._thread is None:
            return
        if self._journal.checkpoint_due:
            # When what the last commit has released leaves: part of the time is what is done meanwhile anyway.
            self._start(self._thread, Work.CHECKPOINT, self._journal.checkpoint)
        elif self._group.is_due:
            self._commit(self._thread)
        elif self._purge_due:
            self._purge(self._thread)

    @property
    def idle(self) -> bool:
        """Whether everything is durable."""
        return self._group.idle

    @property
    def is_committing(self) -> bool:
        """Whether a commit is under way, or waits for a checkpoint."""
        return self._work is Work.COMMIT or (self._work is Work.CHECKPOINT and self._group.is_due)

    def settle(self, limit_s: float) -> bool:
        """Hold everything up until the commit that is under way has ended, and deliver what came of it. Whether it has.

        It is not waited for again when it has not ended after `limit_s`.
        """
        if self._thread is None or self._is_slow:
            return False
        committed = False
        while not committed:
            if not self._thread.wait(limit_s):
                self._is_slow = True
                return False
            committed = self._work is Work.COMMIT
            self._take_result()
        return True

    async def run(self, hears: Hears) -> None:
        """Write what comes, until cancelled. What has come of it is taken, and delivered, when `hears` says so."""
        with CallThread("saklar-journal") as thread, hears(thread.descriptor, self._take_result):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._watch)
                nursery.start_soon(self._retry, thread)
                if self._keep_days:
                    nursery.start_soon(self._ask_for_purges)
                self._thread = thread
                self.begin()
                try:
                    await trio.sleep_forever()
                finally:
                    self._thread = None
                    await thread.rest()  # others go on meanwhile: at its end `CallThread` would stop them, too

    def _start(self, thread: CallThread, work: Work, call: Callable[[], object]) -> None:
        self._work, self._is_slow = work, False
        thread.start(call)

    def _commit(self, thread: CallThread) -> None:
        self._journal.stage(self._group.take(trio.current_time()), self._told(self.batch))
        self._start(thread, Work.COMMIT, self._journal.commit)

    def _take_result(self) -> None:
        """What the thread was doing has ended."""
        assert self._thread is not None
        work, self._work = self._work, None
        try:
            result = self._thread.result()
        except JournalError as error:
            self._failed(work, error)
            return
        match work:
            case Work.COMMIT:
                self.batch = result
                if self._has_failed:
                    self._has_failed = False
                    log.info("journal.recovered")
                self._tell(self._group.done())
            case Work.CHECKPOINT:
                self.begin()
            case Work.REOPEN:
                self._commit(self._thread)
            case Work.PURGE:
                self._purged(result)

    def _failed(self, work: Work | None, error: JournalError) -> None:
        if work is Work.PURGE:
            self._purge_due = False
            log.warning("journal.purge_failed", error=str(error))
            return
        if work is Work.CHECKPOINT:
            log.warning("journal.checkpoint_failed", error=str(error))
            if self._group.is_due:  # not `begin`: the checkpoint may still be due, and commits must not wait for it
                assert self._thread is not None
                self._commit(self._thread)
            return
        if not self._has_failed:
            log.error("journal.failing", error=str(error))
        self._has_failed = True
        self._work = Work.REOPEN  # nothing else may begin before
        self._tell(self._group.failed(str(error)))
        self._retry_due.set()

    async def _retry(self, thread: CallThread) -> None:
        """After a commit that failed: take the journal again, and commit again, for as long as it takes."""
        while True:
            await self._retry_due.wait()
            self._retry_due = trio.Event()
            await trio.sleep(RETRY_S)
            self._start(thread, Work.REOPEN, self._journal.reopen)

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
        self._start(thread, Work.PURGE, lambda: self._journal.purge(before, PURGE_AT_A_TIME))

    def _purged(self, purged: Purged) -> None:
        if purged.transactions:
            log.info("journal.purged", transactions=purged.transactions)
        self._purge_due = purged.more
