"""What was heard on the wire: messages with their time, who sent them, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from saklar.codecs import CodecError, DecodeError, Dialect, FrameError, Framing, Message
from saklar.network_sim.draft.capture import Stream

MAX_MESSAGES = 100_000
"""That are kept of one recording; what comes after them is counted."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message: when, on which connection, and whether who dialled sent it. Its `repr` masks what is secret."""

    at_s: float
    connection: int
    from_client: bool
    message: Message


@dataclass(slots=True)
class Recording:
    """All that was heard, in the order of time.

    Attributes:
        heard: the messages.
        troubles: what could not be read, in words, without a byte of it.
        began_s: when it began, on the clock of `Heard.at_s`.
        ended_s: when it ended.
    """

    heard: list[Heard] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    began_s: float = 0.0
    ended_s: float = 0.0
    connections: int = 0
    dropped: int = 0


@dataclass
class Listener:
    """Turns the bytes of one direction of a connection into messages of a recording, as they come.

    Args:
        recording: takes the messages, and what cannot be read.
        dialect: of the messages.
        framing: of the frames.
        connection: its number.
        from_client: whether these are the bytes of who dialled.
        who: names the direction in `troubles`.
    """

    recording: Recording
    dialect: Dialect
    framing: Framing
    connection: int
    from_client: bool
    who: str

    def __post_init__(self) -> None:
        self._decoder = self.framing.decoder()
        self._deaf = False

    def hear(self, data: bytes, at_s: float) -> None:
        """The next bytes. From an impossible frame on nothing of this direction can be read."""
        if self._deaf:
            return
        try:
            frames = self._decoder.feed(data)
        except FrameError as error:
            frames, self._deaf = error.frames, True
            self.recording.troubles.append(f"{self.who}: {error}; nothing after it could be read")
        for frame in frames:
            self._take(frame, at_s)

    def end(self) -> None:
        """No more bytes will come."""
        if self._decoder.buffered and not self._deaf:
            self.recording.troubles.append(f"{self.who}: ends in the middle of a frame")

    def _take(self, frame: bytes, at_s: float) -> None:
        recording = self.recording
        if len(recording.heard) >= MAX_MESSAGES:
            recording.dropped += 1
            return
        try:
            message = self.dialect.decode(frame)
            message.values()
        except DecodeError as error:
            recording.troubles.append(f"{self.who}: {error}")
        except CodecError as error:
            recording.troubles.append(f"{self.who}: {error}")
        else:
            recording.heard.append(Heard(at_s, self.connection, self.from_client, message))


def recording_of(streams: Iterable[Stream], dialect: Dialect, framing: Framing, port: int | None) -> Recording:
    """The messages of a capture's connections.

    Args:
        streams: each direction of each connection.
        dialect: of the messages.
        framing: of the frames.
        port: of the host; None if whoever sent a SYN, or else spoke first, dialled.
    """
    recording = Recording()
    numbers: dict[tuple[str, str, int], int] = {}
    dialled: dict[int, str] = {}
    turns: dict[tuple[str, str], int] = {}
    for stream in streams:
        ends = (stream.source, stream.destination)
        if port is not None and not any(end.endswith(f":{port}") for end in ends):
            continue
        turns[ends] = turn = turns.get(ends, 0) + 1  # ports are used again: the n-th of each direction belong together
        connection = numbers.setdefault((*sorted(ends), turn), len(numbers) + 1)  # type: ignore[arg-type]
        client = dialled.setdefault(connection, _client(stream, port))
        _read(stream, Listener(recording, dialect, framing, connection, stream.source == client, " -> ".join(ends)))
    recording.connections = len(numbers)
    recording.heard.sort(key=lambda heard: heard.at_s)
    if recording.heard:
        recording.began_s, recording.ended_s = recording.heard[0].at_s, recording.heard[-1].at_s
    return recording


def _client(stream: Stream, port: int | None) -> str:
    """Who dialled: whose port is not the host's, or the first of a connection to be seen."""
    if port is not None and stream.source.endswith(f":{port}"):
        return stream.destination
    return stream.source


def _read(stream: Stream, listener: Listener) -> None:
    begin = 0
    for end, at_s in stream.arrivals:
        listener.hear(bytes(stream.data[begin:end]), at_s)
        begin = end
    if stream.gap:
        listener.recording.troubles.append(f"{listener.who}: {stream.gap} could not be read")
    else:
        listener.end()


def counted(count: int, word: str) -> str:
    """`1 message`, `2 messages`."""
    return f"{count} {word}{'s' * (count != 1)}"
