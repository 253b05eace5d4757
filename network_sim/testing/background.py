"""A trio loop in a thread of its own, for parts that run beside a test; and operations on them for any kind of test."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial, update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

import trio

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


THREAD = "saklar parts"


class PartFailed(Exception):
    """A part of the network ended by an error of its own, which is the cause of this one."""


class Background(Generic[T]):
    """Runs a context manager in a trio loop in a thread, from `open` to `close`.

    Args:
        context: what runs there.
    """

    def __init__(self, context: AbstractAsyncContextManager[T]) -> None:
        self._context = context
        self._opened: Future[T] = Future()
        self._thread = threading.Thread(target=self._main, name=THREAD, daemon=True)
        self._token: trio.lowlevel.TrioToken | None = None
        self._stop = trio.Event()
        self._error: BaseException | None = None

    def open(self) -> T:
        """Start, and give what the context manager gives; raises what it raises."""
        self._thread.start()
        return self._opened.result()

    def _main(self) -> None:
        try:
            trio.run(self._run)
        except BaseException as error:  # noqa: BLE001 (it goes on in the thread of the test)
            self._error = error
            if not self._opened.done():
                self._opened.set_exception(error)

    async def _run(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        async with self._context as opened:
            self._opened.set_result(opened)
            await self._stop.wait()

    def run(self, function: Callable[..., Awaitable[R]], *args: Any, **kwargs: Any) -> R:
        """Run a coroutine function there, and wait for it.

        Raises:
            PartFailed: a part failed, before or meanwhile.
        """
        assert self._token is not None
        try:
            return trio.from_thread.run(partial(function, *args, **kwargs), trio_token=self._token)
        except (trio.Cancelled, trio.RunFinishedError):
            self._thread.join()
            raise self._failure() from self._error

    def close(self) -> None:
        """Let the context manager end, and wait for that.

        Raises:
            PartFailed: a part failed.
        """
        if self._token is not None:
            with suppress(trio.RunFinishedError):
                self._token.run_sync_soon(self._stop.set)
        self._thread.join()
        if self._error is not None:
            raise self._failure() from self._error

    def _failure(self) -> PartFailed:
        return PartFailed(f"a part of the network failed: {_innermost(self._error)!r}")


def _innermost(error: BaseException | None) -> BaseException | None:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class _Hosted(Protocol):
    @property
    def background(self) -> Background[Any]: ...


S = TypeVar("S", bound=_Hosted)


class Operation(Generic[P, R]):
    """Something that takes time. Called it blocks until it is done; `await it.in_trio(…)` does not block a trio loop.

    Args:
        background: where it is done.
        function: what is done.
    """

    def __init__(self, background: Background[Any], function: Callable[P, Awaitable[R]]) -> None:
        self._background = background
        self._function = function
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Do it, and wait until it is done.

        Raises:
            RuntimeError: called in a trio task, whose loop it would block.
            PartFailed: a part failed.
        """
        if trio.lowlevel.in_trio_run():
            name = getattr(self._function, "__name__", "it")
            raise RuntimeError(f"{name}(…) would block this trio loop; write: await ….{name}.in_trio(…)")
        return self._background.run(self._function, *args, **kwargs)

    async def in_trio(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The same for a trio task, which waits without blocking its loop, and may be cancelled.

        Raises:
            PartFailed: a part failed.
        """
        work = partial(self._background.run, self._function, *args, **kwargs)
        return await trio.to_thread.run_sync(work, abandon_on_cancel=True)


class operation(Generic[S, P, R]):  # noqa: N801 (a decorator)
    """Makes an async method an `Operation`."""

    def __init__(self, function: Callable[Concatenate[S, P], Awaitable[R]]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __get__(self, part: S, _owner: type[S]) -> Operation[P, R]:
        """The operation of this part."""
        return Operation(part.background, partial_of(self._function, part))


def partial_of(function: Callable[Concatenate[S, P], Awaitable[R]], part: S) -> Callable[P, Awaitable[R]]:
    """The method of a part, with its name."""

    async def bound(*args: P.args, **kwargs: P.kwargs) -> R:
        return await function(part, *args, **kwargs)

    return update_wrapper(bound, function)
