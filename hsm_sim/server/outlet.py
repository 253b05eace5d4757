"""How replies leave: at once, or each when it is due."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import trio

from saklar.hsm_sim.server.responder import Reply

WRITE_TIMEOUT_S = 30.0
"""A client that does not take its responses for so long is cut off."""

MAX_LATE = 1_000
"""Replies of a connection that wait until they are due; with so many, nothing more is read."""

Send = Callable[[Iterable[Reply]], Awaitable[None]]
Write = Callable[[bytes], Awaitable[None]]
Outlet = Callable[[Write], AbstractAsyncContextManager[Send]]


@asynccontextmanager
async def at_once(write: Write) -> AsyncIterator[Send]:
    """A way out for replies that are never late: those sent together leave in one call."""

    async def send(replies: Iterable[Reply]) -> None:
        await _written(write, b"".join(reply.framed for reply in replies))

    yield send


@asynccontextmanager
async def when_due(write: Write) -> AsyncIterator[Send]:
    """A way out for replies that may be late, in order: none overtakes one before it, as on a slow line.

    Sending does not wait, so what is read meanwhile is late by its own time only. At the end all that is due later
    leaves before this does.
    """
    incoming, outgoing = trio.open_memory_channel[tuple[float, bytes]](MAX_LATE)

    async def deliver() -> None:
        async for due, framed in outgoing:
            await trio.sleep_until(due)
            await _written(write, framed)

    async def send(replies: Iterable[Reply]) -> None:
        now = trio.current_time()
        for reply in replies:
            await incoming.send((now + reply.delay_s, reply.framed))

    async with trio.open_nursery() as nursery, incoming:
        nursery.start_soon(deliver)
        yield send


async def _written(write: Write, data: bytes) -> None:
    """Write within the time limit; raises trio.TooSlowError."""
    if data:
        with trio.fail_after(WRITE_TIMEOUT_S):
            await write(data)
