"""Hears many sockets in one task."""

import selectors
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import trio


class Ear:
    """Calls whoever has something to read, all of them in one turn.

    A task of trio for each socket is woken for each message of a quiet connection, which costs more than all else that
    is done with it. A selector can itself be waited for as a socket is, so one task waits for all, and what came
    together is read together.
    """

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._descriptor = self._selector.fileno()  # epoll and kqueue have one

    @contextmanager
    def hears(self, descriptor: int, read: Callable[[], None]) -> Iterator[None]:
        """Call `read` whenever the descriptor is readable, until the block ends, which must be before it is closed.

        `read` must not raise; what it leaves is said again in the next turn.
        """
        self._selector.register(descriptor, selectors.EVENT_READ, read)
        try:
            yield
        finally:
            self._selector.unregister(descriptor)

    async def wait(self) -> None:
        """Wait until somebody has something to read."""
        await trio.lowlevel.wait_readable(self._descriptor)

    def read(self) -> bool:
        """Have everybody read who has something to read. Whether anybody had."""
        ready = self._selector.select(0)
        for key, _ in ready:
            key.data()
        return bool(ready)

    def close(self) -> None:
        """Give the selector back to the system; nobody waits, and nobody is heard any more."""
        self._selector.close()
