"""What comes on one connection, as the engine is told of it."""

from __future__ import annotations

from collections.abc import Callable

from saklar.codecs import DecodeError, Dialect, FrameError
from saklar.switch.engine import Malformed, Received
from saklar.switch.links.frame_socket import FrameSocket
from saklar.switch.links.stream import FrameTimeout

Deliver = Callable[[list[Received | Malformed]], None]

CLOSED = "closed by the peer"


class Inbox:
    """Makes events of frames.

    Args:
        number: of the connection.
        dialect: how its messages are written.
        deliver: takes the events; those of frames that came at once together.
        close: ends the connection, and is told why.
    """

    def __init__(self, number: int, dialect: Dialect, deliver: Deliver, close: Callable[[str], None]) -> None:
        self._number = number
        self._dialect = dialect
        self._deliver = deliver
        self._close = close
        self.is_closed = False

    def take(self, frames: list[bytes]) -> None:
        """These have come."""
        number, decode = self._number, self._dialect.decode
        events: list[Received | Malformed] = []
        for frame in frames:
            try:
                events.append(Received(number, decode(frame)))
            except DecodeError as error:
                events.append(Malformed(number, error))
        self._deliver(events)

    def end(self, error: Exception | None) -> None:
        """Nothing more will come: the peer has closed, or this has happened. What came whole before is delivered."""
        if error is None:
            why = CLOSED
        elif isinstance(error, FrameError):
            self.take(error.frames)
            why = f"impossible frame: {error}"
        elif isinstance(error, FrameTimeout):
            why = f"frame timed out: {error}"
        else:
            why = "connection broken"
        self._close(why)


class SocketReader:
    """Reads a socket that is said to have something.

    Args:
        socket: which.
        inbox: takes what comes.
        begun: told when a frame has begun that is not whole.
    """

    def __init__(self, socket: FrameSocket, inbox: Inbox, begun: Callable[[], None]) -> None:
        self._socket = socket
        self._inbox = inbox
        self._begun = begun

    def read(self) -> None:
        """Take what the socket has."""
        if self._inbox.is_closed:  # it has ended in an earlier turn, and its task has not run yet
            return
        try:
            frames = self._socket.receive()
        except (FrameError, OSError) as error:
            self._inbox.end(error)
            return
        if frames is None:
            self._inbox.end(None)
        elif frames:
            self._inbox.take(frames)
        if self._socket.deadline is not None:
            self._begun()
