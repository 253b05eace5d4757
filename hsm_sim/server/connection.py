"""One client of the HSM: a 2-byte length, a header that is sent back, a command."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator

import structlog
import trio
from structlog.typing import FilteringBoundLogger

from saklar.codecs import FrameDecoder, FrameError, framing
from saklar.hsm_sim.counters import Counters
from saklar.hsm_sim.server.faults import Faults
from saklar.hsm_sim.server.outlet import Outlet, Send, at_once, when_due
from saklar.hsm_sim.server.responder import MAX_FRAME, Responder
from saklar.hsm_sim.unit import Hsm

log = structlog.get_logger()

READ_SIZE = 8 * 1024
"""Bytes taken at once; the commands in them (630 A0 at most, some 20 ms) are done before another client's turn."""

FRAME_TIMEOUT_S = 30.0
"""From a frame's first bytes to its last; a client that has begun none may be silent for ever."""

CLOSE_TIMEOUT_S = 1.0
"""For a farewell (of TLS) to leave; without it, a client that does not read would hold its place."""

_REQUESTS = framing("binary-2", MAX_FRAME)


async def serve_connection(
    hsm: Hsm,
    stream: trio.abc.Stream,
    header_length: int,
    idle_timeout_s: float | None = None,
    *,
    counters: Counters | None = None,
    faults: Faults | None = None,
    trace: bool = False,
    client: str = "embedded",
) -> None:
    """Answer the commands of one client, in order, until it leaves, sends what is no frame, or is silent too long.

    Responses to what came in one read leave in one call, and nothing more is read until they have left, so a client
    that does not read costs no more than one read (with faults, which make responses late, than `outlet.MAX_LATE`).

    Args:
        hsm: does the commands.
        stream: the connection; closed at the end.
        header_length: bytes before each command that go back before its response.
        idle_timeout_s: seconds of silence between frames that end the connection; None for none.
        counters: count what happens.
        faults: what goes wrong on purpose.
        trace: log each request and response, secrets masked.
        client: its name in log lines.
    """
    counters = hsm.counters if counters is None else counters
    lines = log.bind(client=client)
    responder = Responder(hsm, header_length, counters, faults, lines, trace=trace)
    connection = _Connection(stream, counters, math.inf if idle_timeout_s is None else idle_timeout_s)
    try:
        end = await _carry(connection, responder, at_once if faults is None else when_due, lines)
        if end is not None:
            counters.dropped += 1
            lines.warning("hsm.client_dropped", reason=end)
    finally:
        with trio.move_on_after(CLOSE_TIMEOUT_S):
            await stream.aclose()


async def _carry(
    connection: _Connection, responder: Responder, outlet: Outlet, lines: FilteringBoundLogger
) -> str | None:
    """Serve until the client is gone, or return why it has to go."""
    end = None
    try:
        async with outlet(connection.write) as send:
            end = await connection.converse(responder, send)
    except* trio.TooSlowError:
        end = "it does not take its responses"
    except* (trio.BrokenResourceError, trio.ClosedResourceError) as group:
        lines.debug("hsm.client_lost", reason=_cause(group))
    return end


class _Connection:
    """A stream, what is counted of it, and how long it may be silent."""

    def __init__(self, stream: trio.abc.Stream, counters: Counters, idle_s: float) -> None:
        self._stream = stream
        self._counters = counters
        self._idle_s = idle_s
        self._decoder = _REQUESTS.decoder()

    async def converse(self, responder: Responder, send: Send) -> str | None:
        """Answer until the client leaves, or return why it has to."""
        deadline = self._deadline()
        while True:
            data = await self._read(deadline)
            if data is None:
                return "it does not finish its frame" if self._decoder.buffered else "it is silent"
            if not data:
                return None
            unfinished = self._decoder.buffered
            frames, bad = _cut(self._decoder, data)
            end = await self._answer(responder, frames, send)
            if end is not None or bad is not None:
                return end or str(bad)
            if frames or not unfinished:
                deadline = self._deadline()

    async def _answer(self, responder: Responder, frames: Iterable[bytes], send: Send) -> str | None:
        """Answer frames in order, or return why the client has to go."""
        for bits, batch in _batches(responder, frames):
            if bits is not None:
                await _make_key_pair(responder, bits)
            answer = responder.answer(batch)
            await send(answer.replies)
            if answer.end is not None:
                return answer.end
        return None

    async def write(self, data: bytes) -> None:
        """Send all of it."""
        await self._stream.send_all(data)
        self._counters.bytes_out += len(data)

    async def _read(self, deadline: float) -> bytes | bytearray | None:
        """What comes next; nothing if the client has left, None if it says nothing by then."""
        with trio.move_on_at(deadline):
            data = await self._stream.receive_some(READ_SIZE)
            self._counters.bytes_in += len(data)
            return data
        return None

    def _deadline(self) -> float:
        return trio.current_time() + (FRAME_TIMEOUT_S if self._decoder.buffered else self._idle_s)


def _cut(decoder: FrameDecoder, data: bytes | bytearray) -> tuple[list[bytes], FrameError | None]:
    """The frames that are whole with these bytes, and what is wrong behind them."""
    try:
        return decoder.feed(data), None
    except FrameError as error:
        return error.frames, error


def _batches(responder: Responder, frames: Iterable[bytes]) -> Iterator[tuple[int | None, list[bytes]]]:
    """Frames that can be answered at once, and by itself each that wants an RSA key pair of so many bits."""
    for bits, batch in itertools.groupby(frames, responder.key_pair_wanted):
        if bits is None:
            yield None, list(batch)
        else:
            yield from ((bits, [frame]) for frame in batch)


async def _make_key_pair(responder: Responder, bits: int) -> None:
    """Make the key pair in a thread, one at a time: it takes up to some seconds, in which the others go on."""
    from saklar.hsm_sim.crypto import rsa  # noqa: PLC0415 (every switch would wait for it to start)

    made = await trio.to_thread.run_sync(rsa.generate, bits, abandon_on_cancel=True, limiter=_ONE_KEY_PAIR)
    responder.take_key_pair(bits, made)


_ONE_KEY_PAIR = trio.CapacityLimiter(1)


def _cause(group: BaseExceptionGroup[BaseException]) -> str:
    """What the first error in a group says, or the one behind it."""
    error = group.exceptions[0]
    return _cause(error) if isinstance(error, BaseExceptionGroup) else str(error.__cause__ or error)
