"""A clock that jumps to the next deadline whenever nobody has anything to do before it."""

from __future__ import annotations

import math
from collections.abc import Callable

import trio
import trio.testing

CUSHION_S = 0.0005
"""Real seconds between looks at whether a thread is done."""

IDLE_S = 0.01
"""Real seconds between looks while nothing at all is due."""

NEVER_S = 86_400.0
"""What trio may sleep at most: time passes by jumps only."""


class VirtualClock(trio.abc.Clock):
    """Virtual time, which stands still while anybody is at work, also in a thread (as a commit to disk is).

    Unlike trio's `MockClock` with an automatic jump, it does not jump over what a thread has not finished: a thread of
    trio's own, or another of which the caller knows.

    Args:
        is_busy: whether such another one is at work.
    """

    def __init__(self, is_busy: Callable[[], bool] = lambda: False) -> None:
        self._now = 1_000.0
        self._is_busy = is_busy
        self.jumps = 0

    def start_clock(self) -> None:
        """Time stands still until it is driven."""

    def current_time(self) -> float:
        """Virtual seconds."""
        return self._now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """No time for what is due, a long one for the rest."""
        return 0.0 if deadline <= self._now else NEVER_S

    async def drive(self) -> None:
        """Jump from deadline to deadline, until cancelled."""
        limiter = trio.to_thread.current_default_thread_limiter()
        cushion = 0.0
        while True:
            await trio.testing.wait_all_tasks_blocked(cushion)
            cushion = 0.0
            if limiter.borrowed_tokens or self._is_busy():
                cushion = CUSHION_S
                continue
            ahead = trio.lowlevel.current_statistics().seconds_to_next_deadline
            if ahead == math.inf:
                cushion = IDLE_S
                continue
            self._now = math.nextafter(self._now + max(ahead, 0.0), math.inf)  # never a hair before the deadline
            self.jumps += 1
            await trio.lowlevel.checkpoint()
