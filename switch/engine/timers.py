"""Deadlines of the engine, on the clock that it is given."""

import heapq
from collections.abc import Callable

Handler = Callable[[float], None]


class Timers:
    """Handlers to call at or after a time, earliest first. None is cancelled: each looks whether it still matters."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Handler]] = []
        self._count = 0

    def at(self, when: float, handler: Handler) -> None:
        """Have `handler(now)` called once `now` reaches `when` (seconds of the engine's clock)."""
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, handler))

    def due(self, now: float) -> list[Handler]:
        """Take the handlers whose time has come."""
        handlers = []
        while self._heap and self._heap[0][0] <= now:
            handlers.append(heapq.heappop(self._heap)[2])
        return handlers

    @property
    def next(self) -> float | None:
        """When the earliest handler is due, or None."""
        return self._heap[0][0] if self._heap else None
