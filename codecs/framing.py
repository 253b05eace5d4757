"""Frames: how a byte stream is cut into messages. Sans-I/O: bytes in, whole frames out."""

from collections.abc import Callable
from dataclasses import dataclass

from saklar.codecs.errors import FrameError

DEFAULT_MAX_LENGTH = 8192
"""Bytes in a frame; an ISO 8583 message of a card network rarely has more than 2,000."""


@dataclass(frozen=True, slots=True)
class Framing:
    """A length of fixed size before each message, counting the bytes after itself.

    `max_length` bytes bound what a peer can make us hold; a message of no bytes is not one.
    """

    name: str
    size: int
    max_length: int
    _read: Callable[[bytes], int]
    _write: Callable[[int], bytes]

    def encode(self, payload: bytes) -> bytes:
        """The payload with its length before it.

        Raises:
            FrameError: it is empty or longer than `max_length`.
        """
        if not 0 < len(payload) <= self.max_length:
            raise FrameError(f"a frame has 1 to {self.max_length} bytes, not {len(payload)}")
        return self._write(len(payload)) + payload

    def decoder(self) -> "FrameDecoder":
        """A decoder for one connection."""
        return FrameDecoder(self)

    def length_of(self, prefix: bytes) -> int:
        """The length that a prefix states.

        Raises:
            FrameError: none, zero, or over `max_length`.
        """
        length = self._read(prefix)
        if length < 0:
            raise FrameError(f"length prefix {prefix.hex().upper()} is not {self.size} ASCII digits")
        if length == 0:
            raise FrameError("a frame of length 0")
        if length > self.max_length:
            raise FrameError(f"a frame of {length} bytes, over the maximum of {self.max_length}")
        return length


class FrameDecoder:
    """Cuts what `feed` is given into frames, wherever the reads happened to end."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._buffer = bytearray()

    @property
    def buffered(self) -> int:
        """Bytes of a begun frame that wait for the rest of it."""
        return len(self._buffer)

    def feed(self, data: bytes | bytearray) -> list[bytes]:
        """Take in the next bytes; returns every frame that is whole now, in order.

        Raises:
            FrameError: an impossible length; the stream makes no sense from there on. The error's `frames`
                are those that were whole before it.
        """
        buffer, size = self._buffer, self._framing.size
        buffer += data
        frames: list[bytes] = []
        start = 0
        while len(buffer) - start >= size:
            try:
                length = self._framing.length_of(bytes(buffer[start : start + size]))
            except FrameError as error:
                raise FrameError(str(error), frames) from None
            end = start + size + length
            if len(buffer) < end:
                break
            frames.append(bytes(buffer[start + size : end]))
            start = end
        del buffer[:start]
        return frames


def _read_digits(prefix: bytes) -> int:
    return int(prefix) if prefix.isdigit() else -1


_KINDS: dict[str, tuple[int, int, Callable[[bytes], int], Callable[[int], bytes]]] = {
    "binary-2": (2, 65_535, lambda prefix: int.from_bytes(prefix, "big"), lambda length: length.to_bytes(2, "big")),
    "ascii-4": (4, 9_999, _read_digits, lambda length: b"%04d" % length),
}

FRAMING_NAMES = tuple(_KINDS)


def framing(name: str, max_length: int = DEFAULT_MAX_LENGTH) -> Framing:
    """The framing of that name: "binary-2" (two bytes, big-endian) or "ascii-4" (four ASCII digits).

    Args:
        name: one of `FRAMING_NAMES`.
        max_length: bytes that a frame may have; what the prefix cannot state is cut to what it can.

    Raises:
        ValueError: there is no such framing.
    """
    if name not in _KINDS:
        raise ValueError(f"unknown framing {name!r}; there are: {', '.join(FRAMING_NAMES)}")
    size, most, read, write = _KINDS[name]
    return Framing(name, size, min(max_length, most), read, write)
