"""One connection of a link: frames in, frames out, both bounded."""

from collections.abc import Callable, Iterable

import structlog
import trio

from saklar.codecs import Dialect, FrameError
from saklar.switch.engine import Malformed, Received
from saklar.switch.links.ear import Ear
from saklar.switch.links.frame_socket import FrameSocket
from saklar.switch.links.inbox import Deliver, Inbox, SocketReader
from saklar.switch.links.outbox import Outbox
from saklar.switch.links.stream import FramedStream, FrameTimeout

log = structlog.get_logger()

WRITE_TIMEOUT_S = 30.0
"""A peer that takes no byte for so long is gone in all but name (its window is full, or its host is)."""

_ENDS = (FrameError, FrameTimeout, trio.BrokenResourceError, trio.ClosedResourceError)


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
        self._inbox: Inbox | None = None
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

    def _note_begun(self) -> None:
        self._begun.set()

    def _note_empty(self) -> None:
        if self._empty is not None:
            self._empty.set()
            self._empty = None

    def close(self, reason: str) -> None:
        """End the connection now; what is queued is lost."""
        self._reason = self._reason or reason
        self.outbox.is_closed = True
        if self._inbox is not None:
            self._inbox.is_closed = True
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

    async def run_together(self, deliver: Deliver, ear: Ear | None = None) -> str:
        """The same; what came at once is delivered at once, and is read when the `ear` says so, if this is a socket."""
        socket = self._stream.socket
        inbox = self._inbox = Inbox(self.number, self._dialect, deliver, self.close)
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._write)
                    if ear is None or socket is None:
                        await self._read(inbox)
                    else:
                        with ear.hears(socket.descriptor, SocketReader(socket, inbox, self._note_begun).read):
                            await self._time_frames(socket)
        finally:
            inbox.is_closed = self.outbox.is_closed = True
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):
                await self._stream.aclose()
        assert self._reason is not None
        return self._reason

    async def _read(self, inbox: Inbox) -> None:
        while True:
            try:
                frames = await self._stream.receive()
            except _ENDS as error:
                inbox.end(error)
                return
            if not frames:
                inbox.end(None)
                return
            inbox.take(frames)

    async def _time_frames(self, socket: FrameSocket) -> None:
        """End the connection when a frame that was begun is not whole in time."""
        while True:
            await self._begun.wait()
            self._begun = trio.Event()
            while (deadline := socket.deadline) is not None:
                if deadline <= trio.current_time():
                    self.close(f"frame timed out: {self._stream.unfinished}")
                await trio.sleep_until(deadline)

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
