"""Deadlines of the engine, on the clock that it is given."""

import heapq
from collections.abc import Callable
from functools import partial
from typing import Any

Handler = Callable[[float], None]

Lane = dict[Any, float]
"""What waits, and until when, where all waits equally long: in the order in which it was put in.

Most is taken out before its time, as answers come in time: unlike with a heap that costs as little as putting it in,
and what is done with keeps no memory.
"""


class Timers:
    """Handlers to call at or after a time, earliest first. None is cancelled: each looks whether it still matters."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Handler]] = []
        self._count = 0
        self._lanes: list[tuple[Lane, Callable[[Any, float], None]]] = []

    def at(self, when: float, handler: Handler) -> None:
        """Have `handler(now)` called once `now` reaches `when` (seconds of the engine's clock)."""
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, handler))

    def watch(self, lane: Lane, handler: Callable[[Any, float], None]) -> None:
        """Have `handler(what, now)` called with what is in a lane once its time comes; it is taken out then."""
        self._lanes.append((lane, handler))

    def due(self, now: float) -> list[Handler]:
        """Take the handlers whose time has come."""
        found: list[tuple[float, Handler]] = []
        while self._heap and self._heap[0][0] <= now:
            when, _, handler = heapq.heappop(self._heap)
            found.append((when, handler))
        for lane, handle in self._lanes:
            while lane and lane[what := next(iter(lane))] <= now:
                found.append((lane.pop(what), partial(handle, what)))
        found.sort(key=lambda each: each[0])
        return [handler for _, handler in found]

    @property
    def next(self) -> float | None:
        """When the earliest handler is due, or None."""
        times = [next(iter(lane.values())) for lane, _ in self._lanes if lane]
        if self._heap:
            times.append(self._heap[0][0])
        return min(times, default=None)
