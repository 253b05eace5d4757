"""One connection of a link: frames in, frames out, both bounded."""

from collections.abc import Callable, Iterable
from functools import partial

import structlog
import trio

from saklar.codecs import DecodeError, Dialect, FrameError
from saklar.switch.engine import Malformed, Received
from saklar.switch.links.ear import Ear
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
        max_outbox: bytes that may wait for the peer to read; one that lets more gather is cut off, so that
            it costs no one else anything.
    """

    def __init__(self, number: int, link: str, stream: FramedStream, dialect: Dialect, max_outbox: int) -> None:
        self.number = number
        self.link = link
        self._stream = stream
        self._dialect = dialect
        self._max_outbox = max_outbox
        self._outbox: list[bytes] = []
        self._tokens: list[object] = []
        self._mark: int | None = None
        self._leaving: list[object] = []
        self._leaving_mark: int | None = None
        self._queued = 0
        self._rest = b""
        self._is_writing = False
        self._wake = trio.Event()
        self._begun = trio.Event()
        self._empty: trio.Event | None = None
        self._scope = trio.CancelScope()
        self._reason: str | None = None

    def send(self, payload: bytes, token: object = None, mark: int = 0) -> None:
        """Queue a message, and have the peer's turn come; what gathers until then leaves in one call.

        Args:
            payload: the message, not framed.
            token: told by `unsent` or `doubtful` if the connection ends before the message has left.
            mark: grows with time; `oldest_mark` is that of the first message with a token that has not left.
        """
        self.queue(payload, token, mark)
        self._wake.set()

    def queue(self, payload: bytes, token: object = None, mark: int = 0) -> bool:
        """Queue a message until `flush` (see `send`). Whether it is the first one, so that `flush` is due."""
        is_first = not self._outbox
        self._outbox.append(payload)
        if token is not None:
            self._tokens.append(token)
            if self._mark is None:
                self._mark = mark
        self._queued += len(payload)
        if self._queued > self._max_outbox:
            self.close(f"the peer does not read: {self._queued} bytes wait for it")
        return is_first

    def flush(self) -> None:
        """Give the network what is queued: at once what it takes, the rest when it takes that."""
        if self._is_writing or not self._outbox or self._scope.cancel_called:
            return
        try:
            rest = self._stream.send_now(self._outbox)
        except OSError:  # not a byte of it has left
            self.close("connection broken")
            return
        except FrameError as error:
            self.close(f"a message that cannot be framed: {error}")
            return
        if rest is None:
            self._wake.set()
            return
        self._outbox.clear()
        if rest:
            self._begin_leaving(rest)
            self._wake.set()
        else:
            self._tokens, self._mark = [], None
            self._sent()

    def _begin_leaving(self, rest: bytes) -> None:
        """The network has been given, or is about to be given, what was queued."""
        self._rest = rest
        self._queued = len(rest)
        self._is_writing = True
        self._leaving, self._tokens = self._tokens, []
        self._leaving_mark, self._mark = self._mark, None

    def _sent(self) -> None:
        self._queued = sum(map(len, self._outbox))
        if not self._queued and self._empty is not None:
            self._empty.set()
            self._empty = None

    def close(self, reason: str) -> None:
        """End the connection now; what is queued is lost."""
        self._reason = self._reason or reason
        self._scope.cancel()

    @property
    def unsent(self) -> tuple[object, ...]:
        """Tokens of messages of which the network was given no byte."""
        return tuple(self._tokens)

    @property
    def doubtful(self) -> tuple[object, ...]:
        """Tokens of messages that the network was being given."""
        return tuple(self._leaving)

    @property
    def oldest_mark(self) -> int | None:
        """The mark of the oldest message with a token that has not left; None if all have."""
        return self._mark if self._leaving_mark is None else self._leaving_mark

    async def flushed(self) -> None:
        """Wait until nothing is queued."""
        if self._queued:
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
                    descriptor = self._stream.descriptor
                    if ear is None or descriptor is None:
                        self.close(await self._read(deliver))
                    else:
                        with ear.hears(descriptor, partial(self._read_now, deliver)):
                            await self._time_frames()
        finally:
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
            self._take(frames, deliver)

    def _read_now(self, deliver: Callable[[list[Received | Malformed]], None]) -> None:
        if self._scope.cancel_called:  # it has ended in an earlier turn, and its task has not run yet
            return
        try:
            frames = self._stream.receive_now()
        except _ENDS as error:
            self.close(self._why(error, deliver))
            return
        if frames is None:
            self.close(_CLOSED)
        elif frames:
            self._take(frames, deliver)
        if self._stream.frame_deadline is not None:
            self._begun.set()

    async def _time_frames(self) -> None:
        """End the connection when a frame that was begun is not whole in time."""
        while True:
            await self._begun.wait()
            self._begun = trio.Event()
            while (deadline := self._stream.frame_deadline) is not None:
                if deadline <= trio.current_time():
                    self.close(f"frame timed out: {self._stream.unfinished}")
                await trio.sleep_until(deadline)

    def _why(self, error: Exception, deliver: Callable[[list[Received | Malformed]], None]) -> str:
        """What the peer, or the network, has done; what came whole before it is delivered."""
        if isinstance(error, FrameError):
            self._take(error.frames, deliver)
            return f"impossible frame: {error}"
        if isinstance(error, FrameTimeout):
            return f"frame timed out: {error}"
        return "connection broken"

    def _take(self, frames: list[bytes], deliver: Callable[[list[Received | Malformed]], None]) -> None:
        number, decode = self.number, self._dialect.decode
        events: list[Received | Malformed] = []
        for frame in frames:
            try:
                events.append(Received(number, decode(frame)))
            except DecodeError as error:
                events.append(Malformed(number, error))
        deliver(events)

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            while self._is_writing or self._outbox:
                try:
                    if not self._is_writing:
                        self._begin_leaving(self._stream.framed(self._outbox))
                        self._outbox.clear()
                    with trio.fail_after(WRITE_TIMEOUT_S):
                        await self._stream.send_rest(self._rest)
                except trio.TooSlowError:
                    self.close("the peer does not read")
                    return
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    self.close("connection broken")
                    return
                except FrameError as error:
                    self.close(f"a message that cannot be framed: {error}")
                    return
                self._leaving, self._leaving_mark, self._is_writing = [], None, False
                self._sent()
