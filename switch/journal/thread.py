"""A thread for calls that block, one after the other."""

import os
import select
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

import trio

T = TypeVar("T")

AWAKE_S = 0.001
"""Of a wait that holds everything up, during which the core is only lent to others, turn by turn: most syncs take a
fifth of it, and a core that went to sleep for one takes a while to come back. On a virtual machine, at half of what the
switch can do, that made the p50 a tenth less and the p99 0.3 ms or more, for a twelfth more CPU."""


class CallThread:
    """A thread that makes calls while trio goes on; one call at a time.

    The way there and back costs about a third of what `trio.to_thread.run_sync` does (42 against 140 us, measured in
    the same run), which counts where it is taken for each commit. Use it as a context manager: at the end the thread
    ends.
    """

    _busy: ClassVar[set[int]] = set()

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._value: Any = None
        self._error: BaseException | None = None
        self._done, self._say_done = os.pipe()
        self._end = select.poll()
        self._end.register(self._done, select.POLLIN)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._calls.put(None)
        self._thread.join()
        self._busy.discard(id(self))
        os.close(self._done)
        os.close(self._say_done)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            try:
                self._value, self._error = call(), None
            except BaseException as error:  # noqa: BLE001 (it is raised where the call came from)
                self._value, self._error = None, error
            os.write(self._say_done, b".")

    def start(self, call: Callable[[], object]) -> None:
        """Begin a call; no other may be under way. `finished`, then `result`, end it."""
        self._busy.add(id(self))
        self._calls.put(call)
        self._end.poll(0)  # it gets the interpreter here, where else it would wait for what its caller does next

    @classmethod
    def any_busy(cls, *, besides: int = 0) -> bool:
        """Whether any thread of this kind, besides so many, has begun a call of which nobody has taken the result."""
        return len(cls._busy) > besides

    @property
    def descriptor(self) -> int:
        """Is readable once the call has finished, until its result is taken."""
        return self._done

    async def finished(self) -> None:
        """Wait for the end of the call that was, or will be, begun."""
        await trio.lowlevel.wait_readable(self._done)

    def wait(self, limit_s: float) -> bool:
        """Hold everything up until the call that was begun has finished, for so long at most. Whether it has."""
        asleep_at = time.perf_counter() + min(limit_s, AWAKE_S)
        while time.perf_counter() < asleep_at:
            os.sched_yield()  # without the interpreter, which the call needs at its end
            if self._end.poll(0):
                return True
        return bool(self._end.poll(max(0.0, limit_s - AWAKE_S) * 1000))

    async def rest(self) -> None:
        """Wait for the end of the call that is under way, if one is, also where this is cancelled."""
        if id(self) in self._busy:
            with trio.CancelScope(shield=True):
                await self.finished()

    def result(self) -> Any:
        """What the call that has finished returned, or raises what it raised."""
        os.read(self._done, 1)
        self._busy.discard(id(self))
        value, error, self._value, self._error = self._value, self._error, None, None
        if error is not None:
            raise error
        return value

    async def call(self, call: Callable[[], T]) -> T:
        """What the call returns, or raises. It is waited for even if this is cancelled."""
        self.start(call)
        with trio.CancelScope(shield=True):
            await self.finished()
        result: T = self.result()
        return result
