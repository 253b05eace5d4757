"""What every part of the engine shares: where effects go, what waits for the journal, the time, the counts."""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from saklar.switch.engine.effects import Effect, Level, Note, Store
from saklar.switch.engine.record import Record
from saklar.switch.engine.timers import Timers

Continuation = Callable[[Any, int, float], None]
"""Called with its subject, its number and the time once the records are durable."""


class Context:
    """Shared by the parts of one engine.

    Args:
        emit: takes each effect.
        timers: where deadlines are noted.
        wall_clock: the current UTC time; time limits do not use it.
        new_id: makes a correlation id and the time (ISO 8601) that it says.
    """

    def __init__(
        self,
        emit: Callable[[Effect], None],
        timers: Timers,
        wall_clock: Callable[[], datetime],
        new_id: Callable[[], tuple[str, str]],
    ) -> None:
        self.emit = emit
        self.timers = timers
        self.wall_clock = wall_clock
        self.new_id = new_id
        self.counters: dict[str, int] = {}
        self.journal_up = True
        self.journal_stalled = False
        self._records: list[Record] = []
        self._thens: list[tuple[Continuation, Any, int]] = []
        self._waiting: deque[list[tuple[Continuation, Any, int]]] = deque()

    def count(self, what: str, by: int = 1) -> None:
        """Something was seen, so many times."""
        self.counters[what] = self.counters.get(what, 0) + by  # a Counter takes three times as long

    def store(
        self, *records: Record, then: Continuation | None = None, subject: object = None, number: int = 0
    ) -> None:
        """Have the records made durable, and `then(subject, number, now)` called.

        All that one event brings about is durable together or not at all: an original is never marked as reversed
        without its reversal.
        """
        self._records += records
        if then is not None:
            self._thens.append((then, subject, number))

    def flush(self) -> None:
        """The end of an event: what is to be stored becomes one effect."""
        if self._records:
            self.emit(Store(tuple(self._records)))
            self._waiting.append(self._thens)
            self._records, self._thens = [], []

    def committed(self, count: int, now: float) -> None:
        """The next so many stores are durable."""
        for _ in range(count):
            for then, subject, number in self._waiting.popleft():
                then(subject, number, now)

    @property
    def unstored(self) -> int:
        """Stores that are not known to be durable."""
        return len(self._waiting)

    def note(self, level: Level, event: str, **fields: object) -> None:
        """A line for the log."""
        self.emit(Note(level, event, fields))
