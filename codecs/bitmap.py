"""Bitmaps: which elements a message has (ISO 8583-1:1987 §4.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from saklar.codecs.charsets import charset
from saklar.codecs.fault import Fault

Encoding = Literal["binary", "hex", "hex-ebcdic"]

BITS = 64
"""Of each bitmap of a message."""

MOST = 3
"""Bitmaps of a message: primary, secondary, tertiary."""


@dataclass(frozen=True, slots=True)
class Bitmap:
    """One to three bitmaps in a row; the first bit of each says whether another follows.

    Attributes:
        encoding: 8 bytes each, or 16 hex characters.
        most: bitmaps that there may be. Where it is 1 the first bit stands for an element like the others.
        always: bitmaps that are there whatever the first bits say.
        lower: hex is written in lower case.
        first_bit: when the first bit of a bitmap is written as 1: when it is "needed" to say that another bitmap
            follows, "never" (the others are always there, and it says nothing), or "always".
        bits: in each.
    """

    encoding: Encoding
    most: int = 2
    always: int = 1
    lower: bool = False
    bits: int = BITS
    first_bit: Literal["needed", "never", "always"] = "needed"

    @property
    def size(self) -> int:
        """Bytes of one bitmap on the wire."""
        return self.bits // (8 if self.encoding == "binary" else 4)

    def is_marker(self, bit: int) -> bool:
        """Whether the bit says that another bitmap follows, and so stands for no element."""
        return self.most > 1 and bit % self.bits == 1 and bit < (self.most - 1) * self.bits + 1

    def read(self, data: bytes, start: int) -> tuple[tuple[int, ...], int]:
        """The bits that are set, markers left out, and where the bitmaps end.

        Raises:
            Fault: cut short, or no hex. Its path is "p" for the first bitmap, "1" for those after it.
        """
        numbers: list[int] = []
        position = start
        for index in range(self.most):
            try:
                found = self._one(data, position)
            except Fault as fault:
                raise fault.inside("1" if index else "p") from None
            position += self.size
            value, width = int.from_bytes(found, "big"), 8 * len(found)
            numbers += [index * self.bits + bit for bit in range(1, width + 1) if value >> (width - bit) & 1]
            if index + 1 >= self.always and not (width and value >> (width - 1)):
                break
        return tuple(number for number in numbers if not self.is_marker(number)), position

    def _one(self, data: bytes, start: int) -> bytes:
        found = data[start : start + self.size]
        if len(found) < self.size:
            raise Fault(start, f"a bitmap of {self.size} bytes", str(len(found)))
        if self.encoding == "binary":
            return found
        try:
            return bytes.fromhex(charset("ascii" if self.encoding == "hex" else "ebcdic").decode(found))
        except ValueError:
            raise Fault(start, "a bitmap in hex", f"the bytes {found.hex().upper()}") from None

    def write(self, numbers: Iterable[int]) -> bytes:
        """The bitmaps with these bits, and the markers that they need.

        Raises:
            Fault: a number is not among their bits.
        """
        value, count = 0, self.always
        for number in numbers:
            if not 0 < number <= self.most * self.bits:
                raise Fault(None, f"elements from 1 to {self.most * self.bits}", str(number))
            value |= 1 << (self.most * self.bits - number)
            count = max(count, (number - 1) // self.bits + 1)
        for index in range(1, count):
            if self.first_bit == "always" or (self.first_bit == "needed" and value & self._after(index)):
                value |= 1 << ((self.most - index + 1) * self.bits - 1)
        data = value.to_bytes(self.most * self.bits // 8, "big")[: count * self.bits // 8]
        if self.encoding == "binary":
            return data
        text = data.hex() if self.lower else data.hex().upper()
        return charset("ascii" if self.encoding == "hex" else "ebcdic").encode(text)

    def _after(self, index: int) -> int:
        """All bits of the bitmaps from that one on."""
        return (1 << (self.most - index) * self.bits) - 1

    @property
    def first_bytes(self) -> frozenset[int]:
        """First bytes of a bitmap whose first bit is set."""
        return _SET[self.encoding]


def _first_bytes(characters: str) -> frozenset[int]:
    return frozenset(charset(characters).encode("89ABCDEFabcdef"))


_SET: dict[str, frozenset[int]] = {
    "binary": frozenset(range(0x80, 0x100)),
    "hex": _first_bytes("ascii"),
    "hex-ebcdic": _first_bytes("ebcdic"),
}
