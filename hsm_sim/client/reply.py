"""Waiting for one response."""

from collections.abc import Callable

import trio

from saklar.hsm_sim.client.exchange import Done


async def reply_to(send: Callable[[Done], None]) -> bytes | None:
    """Have `send` send a command, and wait for what its `done` is told."""
    came = trio.Event()
    responses: list[bytes | None] = []

    def done(response: bytes | None) -> None:
        responses.append(response)
        came.set()

    send(done)
    await came.wait()
    return responses[0]
