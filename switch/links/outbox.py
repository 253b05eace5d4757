"""What is to leave on one connection, bounded, and of which messages it is not known that they have."""

from __future__ import annotations

from collections.abc import Callable

from saklar.codecs import FrameError
from saklar.switch.links.frame_socket import FrameSocket


class Outbox:
    """Messages on their way out, in order.

    Args:
        socket: is given them at once; None where a task must give them, as the connection is no socket.
        most: bytes that may wait for the peer to read; one that lets more gather is cut off, so that it costs no one
            else anything.
        close: ends the connection, and is told why.
        wake: has a task give the network what it did not take at once.
        emptied: told when nothing waits any more.
    """

    def __init__(
        self,
        socket: FrameSocket | None,
        most: int,
        close: Callable[[str], None],
        wake: Callable[[], None],
        emptied: Callable[[], None],
    ) -> None:
        self._socket = socket
        self._most = most
        self._close = close
        self._wake = wake
        self._emptied = emptied
        self._payloads: list[bytes] = []
        self._tokens: list[object] = []
        self._mark: int | None = None
        self._leaving: list[object] = []
        self._leaving_mark: int | None = None
        self._bytes = 0
        self.rest = b""
        """What a task is giving the network."""
        self.is_leaving = False
        self.is_closed = False

    def queue(self, payload: bytes, token: object = None, mark: int = 0) -> bool:
        """Queue a message until `flush`. Whether it is the first one, so that `flush` is due.

        Args:
            payload: the message, not framed.
            token: told by `unsent` or `doubtful` if the connection ends before the message has left.
            mark: grows with time; `oldest_mark` is that of the first message with a token that has not left.
        """
        is_first = not self._payloads
        self._payloads.append(payload)
        if token is not None:
            self._tokens.append(token)
            if self._mark is None:
                self._mark = mark
        self._bytes += len(payload)
        if self._bytes > self._most:
            self._close(f"the peer does not read: {self._bytes} bytes wait for it")
        return is_first

    def flush(self) -> None:
        """Give the network what is queued: at once what it takes, the rest when it takes that."""
        if self.is_leaving or self.is_closed or not self._payloads:
            return
        if self._socket is None:
            self._wake()
            return
        try:
            rest = self._socket.send(self._payloads)
        except OSError:
            self._close("connection broken")
            return
        except FrameError as error:
            self._close(f"a message that cannot be framed: {error}")
            return
        if rest:
            self.begun(rest)
            self._wake()
            return
        self._payloads, self._bytes = [], 0
        if self._mark is not None:
            self._tokens, self._mark = [], None
        self._emptied()

    @property
    def queued(self) -> list[bytes]:
        """What waits for a task to give it to the network: it says `begun` once it is framed, and `left` in the end."""
        return self._payloads

    def begun(self, data: bytes) -> None:
        """The network is about to be given all that is queued, as these bytes, or the last ones of them."""
        self._payloads = []
        self.rest = data
        self._bytes = len(data)
        self.is_leaving = True
        self._leaving, self._tokens = self._tokens, []
        self._leaving_mark, self._mark = self._mark, None

    def left(self) -> None:
        """The network has been given `rest`."""
        self.rest, self.is_leaving = b"", False
        self._leaving, self._leaving_mark = [], None
        self._bytes = sum([len(payload) for payload in self._payloads])
        if not self._bytes:
            self._emptied()

    @property
    def waits(self) -> bool:
        """Whether anything has not been given to the network."""
        return self.is_leaving or bool(self._payloads)

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


class Outboxes:
    """Those of all connections, by their numbers.

    What is queued leaves with `flush`, all of it that goes to one connection in one call.
    """

    def __init__(self) -> None:
        self._all: dict[int, Outbox] = {}
        self._flushed_next: list[Outbox] = []
        self._telling: set[Outbox] = set()
        """Those with messages with a token that may not have left."""

    def add(self, number: int, outbox: Outbox) -> None:
        """That of a new connection."""
        self._all[number] = outbox

    def remove(self, number: int) -> None:
        """That connection is gone."""
        self._telling.discard(self._all.pop(number))

    def queue(self, number: int, payload: bytes, token: object, mark: int) -> None:
        """Queue a message for a connection (see `Outbox.queue`); nothing, if it is gone."""
        outbox = self._all.get(number)
        if outbox is None:
            return
        if outbox.queue(payload, token, mark):
            self._flushed_next.append(outbox)
        if token is not None:
            self._telling.add(outbox)

    def flush(self) -> None:
        """Have leave what was queued."""
        flushed, self._flushed_next = self._flushed_next, []
        for outbox in flushed:
            outbox.flush()

    def told(self, mark: int) -> int:
        """The last mark, up to this one, whose messages with a token have all been given to the network."""
        for outbox in list(self._telling):
            oldest = outbox.oldest_mark
            if oldest is None:
                self._telling.discard(outbox)
            elif oldest <= mark:
                mark = oldest - 1
        return mark
