"""A clock that jumps to the next deadline whenever nobody has anything to do before it."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import CodeType

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
    trio's own, or one that a task waits for in its own way.

    Args:
        waits: by the coroutine function of such a task, the one in which it waits for its thread.
    """

    def __init__(self, waits: dict[Callable[..., object], Callable[..., object]] | None = None) -> None:
        self._now = 1_000.0
        self._waiting = _Waiting({task.__code__: wait.__code__ for task, wait in (waits or {}).items()})
        self.jumps = 0

    def start_clock(self) -> None:
        """See every task from the first one on."""
        trio.lowlevel.add_instrument(self._waiting)

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
            if limiter.borrowed_tokens or self._waiting.for_a_thread:
                cushion = CUSHION_S
                continue
            ahead = trio.lowlevel.current_statistics().seconds_to_next_deadline
            if ahead == math.inf:
                cushion = IDLE_S
                continue
            self._now = math.nextafter(self._now + max(ahead, 0.0), math.inf)  # never a hair before the deadline
            self.jumps += 1
            await trio.lowlevel.checkpoint()


class _Waiting(trio.abc.Instrument):
    """Sees which tasks wait for threads that trio does not know of.

    Args:
        waits: by the code of a task, that in which it waits.
    """

    def __init__(self, waits: dict[CodeType, CodeType]) -> None:
        self._waits = waits
        self._tasks: dict[trio.lowlevel.Task, CodeType] = {}

    def task_spawned(self, task: trio.lowlevel.Task) -> None:
        """Keep the tasks that may wait so."""
        wait = self._waits.get(getattr(task.coro, "cr_code", None))  # type: ignore[arg-type]
        if wait is not None:
            self._tasks[task] = wait

    def task_exited(self, task: trio.lowlevel.Task) -> None:
        """Forget one."""
        self._tasks.pop(task, None)

    @property
    def for_a_thread(self) -> bool:
        """Whether one of them waits."""
        return any(frame.f_code is wait for task, wait in self._tasks.items() for frame, _ in task.iter_await_frames())
