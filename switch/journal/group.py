"""Group commit, decided without I/O: what goes into the next commit, and what the engine is told."""

from saklar.switch.engine.events import Committed, JournalDown, JournalUp
from saklar.switch.engine.record import Record

STALL_S = 2.0
"""A commit that takes longer, or has to wait longer, holds everything up: nothing new is taken until it is done."""

News = Committed | JournalDown | JournalUp


class GroupCommit:
    """What was stored while the last commit ran goes into the next one, all of it."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Record, ...]] = []
        self._taken: list[tuple[Record, ...]] = []
        self._began: float | None = None
        self._is_down = False

    def store(self, records: tuple[Record, ...]) -> None:
        """Something to be made durable."""
        self._waiting.append(records)

    @property
    def idle(self) -> bool:
        """Whether everything is durable."""
        return not self._waiting and not self._taken

    @property
    def is_due(self) -> bool:
        """Whether a commit may begin: something waits for one, and none is under way."""
        return bool(self._waiting) and not self._taken

    def take(self, now: float) -> list[Record]:
        """The records of the next commit.

        After one that failed these are its own and what came meanwhile, in one commit: nothing of it is durable,
        or all of it is.
        """
        self._taken += self._waiting
        self._waiting = []
        if self._began is None:
            self._began = now
        return [record for store in self._taken for record in store]

    def done(self) -> list[News]:
        """What was taken is durable."""
        count, self._taken, self._began = len(self._taken), [], None
        news: list[News] = [Committed(count)]
        if self._is_down:
            self._is_down = False
            news.append(JournalUp())
        return news

    def failed(self, reason: str) -> list[News]:
        """What was taken is not durable, and is to be taken again."""
        self._is_down = True
        return [JournalDown(reason)]

    def look(self, now: float) -> list[News]:
        """Does a commit take too long, or wait too long for what the disk does besides? Call it now and then."""
        if self._began is None and self._waiting:
            self._began = now
        if self._began is None or self._is_down or now - self._began <= STALL_S:
            return []
        self._is_down = True
        return [JournalDown(f"a commit takes longer than {STALL_S:g} s", stalled=True)]
