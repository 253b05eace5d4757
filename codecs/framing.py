"""Frames: how a byte stream is cut into messages. Sans-I/O: bytes in, whole frames out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from saklar.codecs.errors import FrameError

DEFAULT_MAX_LENGTH = 8192
"""Bytes in a frame; an ISO 8583 message of a card network rarely has more than 2,000."""


@dataclass(frozen=True, slots=True)
class Framing:
    """A length of fixed size before each message, counting the bytes after itself.

    `max_length` bytes bound what a peer can make us hold (`most` is what the length could state); a message of no
    bytes is not one.
    """

    name: str
    size: int
    max_length: int
    most: int
    _read: Callable[[bytes], int]
    _write: Callable[[int], bytes]
    _known: dict[bytes, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Lengths by the prefixes that state them, as far as they came up: at most `max_length`."""
    _stated: dict[int, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The same the other way round."""

    def up_to(self, max_length: int) -> "Framing":
        """The same for frames of at most so many bytes, or as many as its length can state."""
        return replace(self, max_length=min(max_length, self.most))

    def encode(self, payload: bytes) -> bytes:
        """The payload with its length before it.

        Raises:
            FrameError: it is empty or longer than `max_length`.
        """
        return self.prefix(len(payload)) + payload

    def prefix(self, length: int) -> bytes:
        """What stands before a payload of so many bytes.

        Raises:
            FrameError: it is empty or longer than `max_length`.
        """
        stated = self._stated.get(length)
        if stated is None:
            if not 0 < length <= self.max_length:
                raise FrameError(f"a frame has 1 to {self.max_length} bytes, not {length}")
            stated = self._stated[length] = self._write(length)
        return stated

    def joined(self, payloads: Iterable[bytes]) -> bytes:
        """Payloads as frames, one behind the other.

        Raises:
            FrameError: one is empty or longer than `max_length`.
        """
        prefix = self.prefix
        return b"".join([part for payload in payloads for part in (prefix(len(payload)), payload)])

    def decoder(self) -> "FrameDecoder":
        """A decoder for one connection."""
        return FrameDecoder(self)

    def unwrap(self, data: bytes) -> bytes:
        """The message in what is one whole frame.

        Raises:
            FrameError: it is less, or more, than one.
        """
        if len(data) < self.size:
            raise FrameError(f"a length of {self.size} bytes is expected, there are {len(data)}")
        length = self.length_of(data[: self.size])
        if length != len(data) - self.size:
            raise FrameError(f"the length states {length} bytes, there are {len(data) - self.size}")
        return data[self.size :]

    def length_of(self, prefix: bytes) -> int:
        """The length that a prefix states.

        Raises:
            FrameError: none, zero, or over `max_length`.
        """
        known = self._known.get(prefix)
        if known is not None:
            return known
        length = self._read(prefix)
        if length < 0:
            raise FrameError(f"length prefix {prefix.hex().upper()} is no length as {self.name} has it")
        if length == 0:
            raise FrameError("a frame of length 0")
        if length > self.max_length:
            raise FrameError(f"a frame of {length} bytes, over the maximum of {self.max_length}")
        self._known[prefix] = length
        return length


class FrameDecoder:
    """Cuts what `feed` is given into frames, wherever the reads happened to end."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._buffer = b""

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
        # A frame is at most `max_length` bytes, so what is copied here again and again while one trickles in is little.
        buffer = self._buffer + data if self._buffer else bytes(data)
        size, length_of = self._framing.size, self._framing.length_of
        frames: list[bytes] = []
        start, there = 0, len(buffer)
        while there - start >= size:
            begin = start + size
            try:
                end = begin + length_of(buffer[start:begin])
            except FrameError as error:
                raise FrameError(str(error), frames) from None
            if there < end:
                break
            frames.append(buffer[begin:end])
            start = end
        self._buffer = buffer[start:]
        return frames


def _read_digits(prefix: bytes) -> int:
    return int(prefix) if prefix.isdigit() else -1


def _read_bcd(prefix: bytes) -> int:
    return _read_digits(prefix.hex().encode())


def _read_hex(prefix: bytes) -> int:
    return int(prefix, 16) if prefix.isalnum() and set(prefix) <= set(b"0123456789ABCDEFabcdef") else -1


def _read_ebcdic(prefix: bytes) -> int:
    return _read_digits(prefix.decode("cp500").encode("utf-8"))


_ENCODINGS: dict[str, tuple[int, Callable[[bytes], int], Callable[[int, int], bytes]]] = {
    "binary": (256, lambda prefix: int.from_bytes(prefix, "big"), lambda length, size: length.to_bytes(size, "big")),
    "ascii": (10, _read_digits, lambda length, size: b"%0*d" % (size, length)),
    "bcd": (100, _read_bcd, lambda length, size: bytes.fromhex(f"{length:0{2 * size}d}")),
    "hex": (16, _read_hex, lambda length, size: b"%0*X" % (size, length)),
    "ebcdic": (10, _read_ebcdic, lambda length, size: f"{length:0{size}d}".encode("cp500")),
}
"""How a length may be written: how many values one byte can have, what reads it, what writes it."""


def make_framing(
    size: int, encoding: str, *, plus: int = 0, halves: bool = False, max_length: int = DEFAULT_MAX_LENGTH
) -> Framing:
    """A framing by its facts.

    Args:
        size: bytes of the length.
        encoding: "binary", "ascii", "bcd", "hex" (text) or "ebcdic".
        plus: what the length states beyond the bytes after it: `size` where it counts itself.
        halves: the length counts hex digits, two to a byte.
        max_length: bytes that a frame may have; what the length cannot state is cut to what it can.
    """
    base, read, write = _ENCODINGS[encoding]
    factor = 2 if halves else 1

    def length_of(prefix: bytes) -> int:
        stated = read(prefix)
        return -1 if stated < 0 or stated % factor else max(0, stated // factor - plus)

    most = (base**size - 1) // factor - plus

    def write_length(length: int) -> bytes:
        return write((length + plus) * factor, size)

    return Framing(f"{encoding}-{size}", size, min(max_length, most), most, length_of, write_length)


_NAMED = {"binary-2": (2, "binary"), "ascii-4": (4, "ascii"), "bcd-2": (2, "bcd"), "binary-4": (4, "binary")}

FRAMING_NAMES = tuple(_NAMED)


def framing(name: str, max_length: int = DEFAULT_MAX_LENGTH) -> Framing:
    """The framing of that name: "binary-2" (two bytes, big-endian), "ascii-4" (four ASCII digits), "bcd-2", "binary-4".

    Args:
        name: one of `FRAMING_NAMES`.
        max_length: bytes that a frame may have; what the prefix cannot state is cut to what it can.

    Raises:
        ValueError: there is no such framing.
    """
    if name not in _NAMED:
        raise ValueError(f"unknown framing {name!r}; there are: {', '.join(FRAMING_NAMES)}")
    size, encoding = _NAMED[name]
    return make_framing(size, encoding, max_length=max_length)
