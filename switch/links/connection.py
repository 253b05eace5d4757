"""One connection of a link: frames in, frames out, both bounded."""

from collections.abc import Callable, Iterable
from functools import partial

import structlog
import trio

from saklar.codecs import Dialect, FrameError
from saklar.switch.engine import Malformed, Received
from saklar.switch.links.ear import Ear
from saklar.switch.links.frame_socket import FrameSocket
from saklar.switch.links.inbox import received
from saklar.switch.links.outbox import Outbox
from saklar.switch.links.stream import FramedStream, FrameTimeout

log = structlog.get_logger()

WRITE_TIMEOUT_S = 30.0
"""A peer that takes no byte for so long is gone in all but name (its window is full, or its host is)."""

_ENDS = (FrameError, FrameTimeout, trio.BrokenResourceError, trio.ClosedResourceError)
_CLOSED = "closed by the peer"


class LinkConnection:
    """Reads messages for the engine and writes what the engine sends.

    Args:
        number: the connection's number for the engine.
        link: the link's name.
        stream: the framed connection; closed at the end of `run`.
        dialect: how its messages are written.
        max_outbox: bytes that may wait for the peer to read (see `Outbox`).
    """

    def __init__(self, number: int, link: str, stream: FramedStream, dialect: Dialect, max_outbox: int) -> None:
        self.number = number
        self.link = link
        self._stream = stream
        self._dialect = dialect
        self.outbox = Outbox(stream.socket, max_outbox, self.close, self._wake_writer, self._note_empty)
        self._wake = trio.Event()
        self._begun = trio.Event()
        self._empty: trio.Event | None = None
        self._scope = trio.CancelScope()
        self._reason: str | None = None

    def send(self, payload: bytes, token: object = None, mark: int = 0) -> None:
        """Queue a message, and have the peer's turn come; what gathers until then leaves in one call."""
        self.outbox.queue(payload, token, mark)
        self._wake.set()

    def _wake_writer(self) -> None:
        self._wake.set()

    def _note_empty(self) -> None:
        if self._empty is not None:
            self._empty.set()
            self._empty = None

    def close(self, reason: str) -> None:
        """End the connection now; what is queued is lost."""
        self._reason = self._reason or reason
        self.outbox.is_closed = True
        self._scope.cancel()

    async def flushed(self) -> None:
        """Wait until nothing is queued."""
        if self.outbox.waits:
            self._empty = self._empty or trio.Event()
            await self._empty.wait()

    async def run(self, deliver: Callable[[Received | Malformed], None]) -> str:
        """Carry messages until either side ends; returns why it ended."""

        def one_by_one(events: Iterable[Received | Malformed]) -> None:
            for event in events:
                deliver(event)

        return await self.run_together(one_by_one)

    async def run_together(self, deliver: Callable[[list[Received | Malformed]], None], ear: Ear | None = None) -> str:
        """The same; what came at once is delivered at once, and is read when the `ear` says so, if this is a socket."""
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._write)
                    socket = self._stream.socket
                    if ear is None or socket is None:
                        self.close(await self._read(deliver))
                    else:
                        with ear.hears(socket.descriptor, partial(self._read_now, socket, deliver)):
                            await self._time_frames(socket)
        finally:
            self.outbox.is_closed = True
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):
                await self._stream.aclose()
        assert self._reason is not None
        return self._reason

    async def _read(self, deliver: Callable[[list[Received | Malformed]], None]) -> str:
        while True:
            try:
                frames = await self._stream.receive()
            except _ENDS as error:
                return self._why(error, deliver)
            if not frames:
                return _CLOSED
            deliver(received(self.number, self._dialect, frames))

    def _read_now(self, socket: FrameSocket, deliver: Callable[[list[Received | Malformed]], None]) -> None:
        if self.outbox.is_closed:  # it has ended in an earlier turn, and its task has not run yet
            return
        try:
            frames = socket.receive()
        except (FrameError, OSError) as error:
            self.close(self._why(error, deliver))
            return
        if frames is None:
            self.close(_CLOSED)
        elif frames:
            deliver(received(self.number, self._dialect, frames))
        if socket.deadline is not None:
            self._begun.set()

    async def _time_frames(self, socket: FrameSocket) -> None:
        """End the connection when a frame that was begun is not whole in time."""
        while True:
            await self._begun.wait()
            self._begun = trio.Event()
            while (deadline := socket.deadline) is not None:
                if deadline <= trio.current_time():
                    self.close(f"frame timed out: {self._stream.unfinished}")
                await trio.sleep_until(deadline)

    def _why(self, error: Exception, deliver: Callable[[list[Received | Malformed]], None]) -> str:
        """What the peer, or the network, has done; what came whole before it is delivered."""
        if isinstance(error, FrameError):
            deliver(received(self.number, self._dialect, error.frames))
            return f"impossible frame: {error}"
        if isinstance(error, FrameTimeout):
            return f"frame timed out: {error}"
        return "connection broken"

    async def _write(self) -> None:
        outbox = self.outbox
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            while outbox.waits:
                try:
                    if not outbox.is_leaving:
                        outbox.begun(self._stream.framed(outbox.queued))
                    with trio.fail_after(WRITE_TIMEOUT_S):
                        await self._stream.send_rest(outbox.rest)
                except trio.TooSlowError:
                    self.close("the peer does not read")
                    return
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    self.close("connection broken")
                    return
                except FrameError as error:
                    self.close(f"a message that cannot be framed: {error}")
                    return
                outbox.left()
