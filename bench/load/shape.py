"""Frames of one shape: the same elements with the same lengths. What one taught is done to the next by offsets.

Decoding each of ten thousands of messages a second would make the load the bottleneck. A shape is learned from a
message that was decoded: a pattern that finds frames like it, and nothing that decoding would refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from saklar.codecs import Framing, Message
from saklar.codecs.content import Binary, Hex, Packed, Text
from saklar.codecs.fault import Fault
from saklar.codecs.wire import Coder

MAX_SHAPES = 64
"""Shapes that one dialect's messages may teach; a network has a few dozen."""

_ASCII = rb"[\x00-\x7f]"


@dataclass(frozen=True, slots=True)
class Piece:
    """An element as it stands in a frame: its length, if it has one, and its data; `wild` finds any such data."""

    number: int
    prefix: bytes
    data: bytes
    wild: bytes

    @property
    def pattern(self) -> bytes:
        """Finds the element with any data."""
        return re.escape(self.prefix) + self.wild

    @property
    def whole(self) -> bytes:
        """Its bytes."""
        return self.prefix + self.data


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A frame in pieces: what stands before the elements (frame length, header, MTI, bitmaps), and the elements."""

    head: bytes
    pieces: tuple[Piece, ...]

    def __getitem__(self, number: int) -> Piece:
        return next(piece for piece in self.pieces if piece.number == number)

    def __contains__(self, number: object) -> bool:
        return any(piece.number == number for piece in self.pieces)


def anatomy(frame: bytes, message: Message) -> Anatomy | None:
    """The pieces of a frame; None where they cannot be told, as in a dialect that checks all content.

    Args:
        frame: with its length before it.
        message: what it was decoded to.
    """
    dialect = message.dialect
    if dialect.description.strict:
        return None
    try:
        pieces = tuple(_piece(Coder(dialect.elements[number]), message[number]) for number in message)
    except Fault:
        return None
    elements = b"".join(piece.whole for piece in pieces)
    return Anatomy(frame[: len(frame) - len(elements)], pieces) if frame.endswith(elements) else None


def _piece(coder: Coder, value: str) -> Piece:
    written = coder.write(value)
    prefix, data = written[: coder.prefix], written[coder.prefix :]
    return Piece(int(coder.element.key), prefix, data, _wild(coder, value, data))


def _wild(coder: Coder, value: str, data: bytes) -> bytes:
    """A pattern for data of this length that decoding takes: any, or, where that is not simply said, this data."""
    content = coder.content
    if type(content) in (Text, Hex):
        if content.charset.total:  # type: ignore[attr-defined]
            return b".{%d}" % len(data)
        if content.charset.name == "ascii":  # type: ignore[attr-defined]
            return _ASCII + b"{%d}" % len(data)
    if type(content) is Binary:
        return b".{%d}" % len(data)
    if type(content) is Packed and (len(value) % 2 == 0 or not content.unit_is_digit):
        return b".{%d}" % len(data)
    if type(content) is Packed and content.odd is not None:
        return _filled(data, left=content.odd.side == "left")
    return re.escape(data)


def _filled(data: bytes, *, left: bool) -> bytes:
    """Packed digits of an odd number: the half byte that fills them up stays as it is."""
    if left:
        high = data[0] & 0xF0
        return b"[%b]" % _bytes_of(range(high, high + 16)) + b".{%d}" % (len(data) - 1)
    low = data[-1] & 0x0F
    return b".{%d}" % (len(data) - 1) + b"[%b]" % _bytes_of(range(low, 256, 16))


def _bytes_of(values: Iterable[int]) -> bytes:
    return b"".join(b"\\x%02x" % value for value in values)


@dataclass(frozen=True, eq=False, slots=True)
class Shape:
    """Finds frames of a shape, and in each of them some of its bytes.

    Attributes:
        pattern: has a group for each part that is wanted.
        size: bytes of such a frame.
    """

    pattern: re.Pattern[bytes]
    size: int

    @classmethod
    def of(cls, taught: Anatomy, parts: Iterable[tuple[bytes, bool]]) -> Shape:
        """Of the frame that taught it, in parts: each a pattern, and whether its bytes are wanted."""
        text = [re.escape(taught.head), *(b"(%b)" % part if wanted else b"(?:%b)" % part for part, wanted in parts)]
        size = len(taught.head) + sum(len(piece.whole) for piece in taught.pieces)
        return cls(re.compile(b"".join(text), re.DOTALL), size)

    def all(self, data: bytes) -> list[tuple[bytes, ...]] | None:
        """The wanted parts of each frame, if there is nothing but frames of this shape and less than one; else None.

        What is left over, less than such a frame, may be a frame of another shape.
        """
        count = len(data) // self.size
        if not count or self.pattern.match(data) is None:
            return None
        found: list[tuple[bytes, ...]] = self.pattern.findall(data)
        # As many as there is room for, and the last where the last must be: so the others are where they must be.
        is_whole = len(found) == count and self.pattern.match(data, (count - 1) * self.size) is not None
        return found if is_whole else None


class Shapes:
    """The shapes known so far, the one last seen first."""

    def __init__(self) -> None:
        self._known: list[Shape] = []

    @property
    def full(self) -> bool:
        """Whether no more are learned: whoever's messages have so many shapes is read in full."""
        return len(self._known) >= MAX_SHAPES

    def __bool__(self) -> bool:
        return bool(self._known)

    @property
    def latest(self) -> Shape:
        """The one last seen."""
        return self._known[0]

    def learn(self, shape: Shape) -> None:
        """Add one."""
        self._known.insert(0, shape)

    def at(self, data: bytes, start: int) -> tuple[Shape, re.Match[bytes]] | None:
        """The frame that begins there, if its shape is known."""
        for index, shape in enumerate(self._known):
            match = shape.pattern.match(data, start)
            if match is not None:
                if index:
                    self._known.insert(0, self._known.pop(index))
                return shape, match
        return None


def frame_end(framing: Framing, data: bytes, start: int) -> int | None:
    """Where the frame that begins at `start` ends; None while it is not whole.

    Raises:
        FrameError: its length is impossible.
    """
    if len(data) - start < framing.size:
        return None
    end = start + framing.size + framing.length_of(data[start : start + framing.size])
    return end if end <= len(data) else None
