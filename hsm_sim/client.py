"""A client of a payShield, or of `saklar hsm`: pipelined on one connection that it keeps."""

import itertools
import random
import socket
from collections import deque
from collections.abc import Awaitable, Callable

import structlog
import trio

from saklar.codecs import FrameError, framing
from saklar.hsm_sim.server import MAX_FRAME, serve_connection, whole_frames
from saklar.hsm_sim.unit import Hsm

log = structlog.get_logger()

Connect = Callable[[], Awaitable[trio.abc.Stream]]
Done = Callable[[bytes | None], None]

MIN_WAIT_S, MAX_WAIT_S = 0.1, 5.0
"""Between tries to connect: doubled from the one to the other, each drawn from the upper half."""

MAX_PENDING = 10_000
"""Commands without a response yet; one more fails at once."""

CONNECT_TIMEOUT_S = 5.0
WRITE_TIMEOUT_S = 10.0

SILENCE_S = 10.0
"""With commands out and no response for so long (up to twice that), the connection is taken for dead."""

READ_SIZE = 64 * 1024

COUNTED_HEADER = 4
"""Characters of header from which a command can be told by a number; with fewer, responses are taken in order."""


class HsmUnavailable(Exception):
    """There is no connection to the HSM, or it was lost before the response."""


class HsmClient:
    """Sends commands and hands each its own response, in whatever order they come.

    Args:
        connect: opens a connection (`tcp_hsm` or `embedded_hsm`).
        header_length: as the HSM is set to.
    """

    def __init__(self, connect: Connect, *, header_length: int = 4) -> None:
        self._connect = connect
        self._header_length = header_length
        self._framing = framing("binary-2", MAX_FRAME)
        self._numbers = itertools.count()
        self._pending: dict[bytes, deque[Done]] = {}
        self._pending_count = 0
        self._answered_count = 0
        self._outbox: list[bytes] = []
        self._wake = trio.Event()
        self._up = trio.Event()

    @property
    def connected(self) -> bool:
        """Whether a command could be sent now."""
        return self._up.is_set()

    async def wait_connected(self) -> None:
        """Wait until a command can be sent."""
        await self._up.wait()

    def submit(self, request: bytes, done: Done) -> None:
        """Send a command (without header); `done` is called once, with its response or, if none will come, None.

        Without a connection, or with `MAX_PENDING` commands out, `done(None)` is called at once.

        Raises:
            FrameError: the command is too long for a frame.
        """
        if not self.connected or self._pending_count >= MAX_PENDING:
            done(None)
            return
        header = self._next_header()
        framed = self._framing.encode(header + request)
        self._pending.setdefault(header, deque()).append(done)
        self._pending_count += 1
        self._outbox.append(framed)
        self._wake.set()

    async def call(self, request: bytes) -> bytes:
        """The response to a command.

        Raises:
            HsmUnavailable: there is none.
            FrameError: the command is too long for a frame.
        """
        answered = trio.Event()
        responses: list[bytes | None] = []

        def done(response: bytes | None) -> None:
            responses.append(response)
            answered.set()

        self.submit(request, done)
        await answered.wait()
        if responses[0] is None:
            raise HsmUnavailable("the HSM is not connected")
        return responses[0]

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep a connection until cancelled."""
        task_status.started()
        wait = MIN_WAIT_S
        while True:
            answered = self._answered_count
            await self._connect_and_carry()
            if self._answered_count > answered:  # an HSM that only accepts and closes is not one to hurry back to
                wait = MIN_WAIT_S
            await trio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 (it spreads tries, it guards nothing)
            wait = min(wait * 2, MAX_WAIT_S)

    async def _connect_and_carry(self) -> None:
        try:
            with trio.fail_after(CONNECT_TIMEOUT_S):
                stream = await self._connect()
        except trio.TooSlowError:
            log.warning("hsm.unreachable", error=f"no connection within {CONNECT_TIMEOUT_S:g} s")
        except OSError as error:
            log.warning("hsm.unreachable", error=error.strerror or str(error))
        else:
            await self._carry(stream)

    async def _carry(self, stream: trio.abc.Stream) -> None:
        log.info("hsm.connected")
        self._up.set()
        reason = "closed by the HSM"
        try:
            async with stream, trio.open_nursery() as nursery:
                nursery.start_soon(self._write, stream)
                nursery.start_soon(self._watch)
                await self._read(stream)
                nursery.cancel_scope.cancel()
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            reason = "connection broken"
        except* trio.TooSlowError:
            reason = "the HSM does not read or does not answer"
        except* FrameError as errors:
            reason = str(errors.exceptions[0])
        finally:
            self._fail_pending()
        log.warning("hsm.disconnected", reason=reason)

    async def _read(self, stream: trio.abc.Stream) -> None:
        decoder = self._framing.decoder()
        while data := await stream.receive_some(READ_SIZE):
            for frame in whole_frames(decoder, data):
                self._settle(frame[: self._header_length], frame[self._header_length :])

    async def _watch(self) -> None:
        while True:
            pending, answered = self._pending_count, self._answered_count
            await trio.sleep(SILENCE_S)
            if pending and self._answered_count == answered:
                raise trio.TooSlowError

    async def _write(self, stream: trio.abc.Stream) -> None:
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            frames, self._outbox = self._outbox, []
            with trio.fail_after(WRITE_TIMEOUT_S):
                await stream.send_all(b"".join(frames))

    def _settle(self, header: bytes, response: bytes) -> None:
        waiting = self._pending.get(header)
        if not waiting:
            log.warning("hsm.unexpected_response")
            return
        done = waiting.popleft()
        self._pending_count -= 1
        self._answered_count += 1
        if not waiting:
            del self._pending[header]
        done(response)

    def _fail_pending(self) -> None:
        self._up = trio.Event()
        pending, self._pending, self._pending_count = self._pending, {}, 0
        self._outbox.clear()
        for waiting in pending.values():
            for done in waiting:
                done(None)

    def _next_header(self) -> bytes:
        """A number that no command out has; short headers cannot hold one, and responses then come in order."""
        if self._header_length < COUNTED_HEADER:
            return b"0" * self._header_length
        while True:
            header = b"%0*X" % (self._header_length, next(self._numbers) % 16**COUNTED_HEADER)
            if header not in self._pending:
                return header


def tcp_hsm(host: str, port: int) -> Connect:
    """Connections to an HSM on TCP."""

    async def connect() -> trio.abc.Stream:
        return await trio.open_tcp_stream(host, port)

    return connect


def embedded_hsm(hsm: Hsm, nursery: trio.Nursery, *, header_length: int = 4) -> Connect:
    """Connections to an HSM in this very process, served in `nursery` by the same code as those over TCP."""

    async def connect() -> trio.abc.Stream:
        ours, theirs = (trio.SocketStream(trio.socket.from_stdlib_socket(end)) for end in socket.socketpair())
        nursery.start_soon(serve_connection, hsm, theirs, header_length)
        return ours

    return connect
