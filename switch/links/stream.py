"""A trio byte stream that carries frames: the one place where sockets and framing meet."""

import os
from collections.abc import Iterable

import trio

from saklar.codecs import Framing
from saklar.switch.links.frame_socket import READ_SIZE, FrameSocket


class FrameTimeout(Exception):
    """The peer began a frame and did not finish it in time (half a frame and then nothing, or a trickle)."""


class FramedStream:
    """Frames over any trio stream.

    Args:
        stream: the connection, from either side.
        framing: how a frame says its length.
        frame_timeout_s: seconds that a begun frame may take to become whole, however slowly its bytes
            trickle in; None waits for ever. A silent peer with no begun frame is never timed out here.
    """

    def __init__(self, stream: trio.abc.Stream, framing: Framing, *, frame_timeout_s: float | None = None) -> None:
        self._stream = stream
        self._socket = stream.socket if isinstance(stream, trio.SocketStream) else None
        self._framing = framing
        self._decoder = framing.decoder()
        self._frame_timeout_s = frame_timeout_s
        self.socket: FrameSocket | None = None
        """The same without waiting; None where the stream is no socket."""
        if self._socket is not None:
            self.socket = FrameSocket(self._socket.fileno(), framing, self._decoder, trio.current_time, frame_timeout_s)

    async def receive(self) -> list[bytes]:
        """Every frame made whole by the next bytes, at least one; an empty list at the end of the stream.

        Raises:
            FrameError: a length that cannot be; frames before it are in the error's `frames`.
            FrameTimeout: a begun frame was not finished within `frame_timeout_s`.
            trio.BrokenResourceError: the connection broke.
        """
        frame_deadline: float | None = None
        while True:
            if self._frame_timeout_s is not None and self._decoder.buffered:
                frame_deadline = frame_deadline or trio.current_time() + self._frame_timeout_s
            data = await self._read(frame_deadline)
            if not data:
                return []
            frames = self._decoder.feed(data)
            if frames:
                return frames

    @property
    def unfinished(self) -> FrameTimeout:
        """What to say of a frame that was begun and is not whole in time."""
        return FrameTimeout(f"{self._decoder.buffered} bytes of an unfinished frame")

    async def _read(self, deadline: float | None) -> bytes | bytearray:
        read = self._stream.receive_some if self._socket is None else self._read_socket
        if deadline is None:
            return await read(READ_SIZE)
        with trio.move_on_at(deadline):
            return await read(READ_SIZE)
        raise self.unfinished

    async def _read_socket(self, size: int) -> bytes:
        """What a socket has, once it has something.

        A stream would ask it first, in vain, as whoever comes here has taken all there was: that is a call of the
        system and an exception for each message of a quiet connection.
        """
        assert self._socket is not None
        while True:
            await trio.lowlevel.wait_readable(self._socket)
            try:
                return os.read(self._socket.fileno(), size)
            except BlockingIOError:
                continue
            except OSError as error:
                raise trio.BrokenResourceError(str(error)) from error

    def framed(self, payloads: Iterable[bytes]) -> bytes:
        """Each payload as a frame.

        Raises:
            FrameError: a payload is empty or over the framing's maximum.
        """
        return self._framing.joined(payloads)

    async def send(self, *payloads: bytes) -> None:
        """Send each payload as a frame, all in one call to the socket.

        Raises:
            FrameError: a payload is empty or over the framing's maximum; nothing was sent.
            trio.BrokenResourceError: the connection broke; part of the bytes may have left.
        """
        await self.send_rest(self.framed(payloads))

    async def send_rest(self, data: bytes) -> None:
        """Send bytes that are framed already.

        Raises:
            trio.BrokenResourceError: the connection broke; part of the bytes may have left.
        """
        await self._stream.send_all(data)

    async def aclose(self) -> None:
        """Close the connection; what was not read is lost."""
        if self.socket is not None:
            self.socket.forget()
        await self._stream.aclose()
