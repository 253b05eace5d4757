"""Hears many sockets in one task."""

import select
import selectors
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import trio

_READABLE = 1
"""`select.EPOLLIN`."""


class Poll(Protocol):
    """What of `select.epoll` is needed."""

    def register(self, fd: int, eventmask: int, /) -> None:
        """Watch this descriptor."""

    def unregister(self, fd: int, /) -> None:
        """Watch it no longer."""

    def poll(self, timeout: float, /) -> list[tuple[int, int]]:
        """The descriptors with something to read, after so many seconds at most."""

    def fileno(self) -> int:
        """Of a descriptor that is readable while one of them is."""

    def close(self) -> None:
        """Watch none any longer."""


class PortablePoll:
    """The same where there is no epoll. Its selector is kqueue's on BSD and macOS, which has a descriptor, too."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def register(self, fd: int, _: int, /) -> None:
        """See `Poll`, as for all here."""
        self._selector.register(fd, selectors.EVENT_READ)

    def unregister(self, fd: int, /) -> None:  # noqa: D102
        self._selector.unregister(fd)

    def poll(self, timeout: float, /) -> list[tuple[int, int]]:  # noqa: D102
        return [(key.fd, _READABLE) for key, _ in self._selector.select(timeout)]

    def fileno(self) -> int:  # noqa: D102
        return self._selector.fileno()

    def close(self) -> None:  # noqa: D102
        self._selector.close()


_SYSTEM_POLL: Callable[[], Poll] = getattr(select, "epoll", PortablePoll)


class Ear:
    """Calls whoever has something to read, all of them in one turn.

    A task of trio for each socket is woken for each message of a quiet connection, which costs more than all else that
    is done with it. A poll can itself be waited for as a socket is, so one task waits for all, and what came together
    is read together.

    Args:
        poll: what watches the sockets; epoll, where there is that (with 50 sockets `selectors` cost a twentieth of all
            that the switch does).
    """

    def __init__(self, poll: Poll | None = None) -> None:
        self._poll = poll or _SYSTEM_POLL()
        self._descriptor = self._poll.fileno()
        self._reads: dict[int, Callable[[], None]] = {}

    @contextmanager
    def hears(self, descriptor: int, read: Callable[[], None]) -> Iterator[None]:
        """Call `read` whenever the descriptor is readable, until the block ends, which must be before it is closed.

        `read` must not raise; what it leaves is said again in the next turn.
        """
        self._poll.register(descriptor, _READABLE)
        self._reads[descriptor] = read
        try:
            yield
        finally:
            del self._reads[descriptor]
            self._poll.unregister(descriptor)

    async def wait(self) -> None:
        """Wait until somebody has something to read."""
        await trio.lowlevel.wait_readable(self._descriptor)

    def read(self) -> bool:
        """Have everybody read who has something to read. Whether anybody had."""
        ready = self._poll.poll(0)
        for descriptor, _ in ready:
            self._reads[descriptor]()
        return bool(ready)

    def close(self) -> None:
        """Give the poll back to the system; nobody waits, and nobody is heard any more."""
        self._poll.close()
