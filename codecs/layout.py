"""What a dialect's messages are made of, and the plain way to read one: element by element."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from saklar.codecs.bitmap import Bitmap
from saklar.codecs.charsets import Charset, charset
from saklar.codecs.content import Binary, Hex, Packed, SignedAmount, Text
from saklar.codecs.divided import Divided
from saklar.codecs.element import LENGTHS
from saklar.codecs.fault import Fault, byte_count
from saklar.codecs.parts import Part
from saklar.codecs.quick import quick_reader, quick_writer
from saklar.codecs.wire import Coder

Read = Callable[[Any, int, int], str]
"""Makes a value of a message's bytes and the bounds of the element, its length included."""

MTI_DIGITS = 4


class Layout:
    """What a dialect's messages are made of, from the MTI on.

    Attributes:
        mti_size: bytes of the MTI.
        text: the character set that messages are in from end to end, if they are.
        strict: whether content is checked while reading.
    """

    def __init__(self, mti_encoding: str, bitmap: Bitmap, coders: Mapping[int, Coder], *, strict: bool) -> None:
        self.mti = None if mti_encoding == "bcd" else charset(mti_encoding)
        self.mti_size = MTI_DIGITS if self.mti else MTI_DIGITS // 2
        self.bitmap = bitmap
        self.coders = coders
        self.strict = strict
        self.text = self._one_charset()
        self.readers = {number: reader(coder) for number, coder in coders.items()}
        self.writers = {number: quick_writer(coder) for number, coder in coders.items()}

    def _one_charset(self) -> Charset | None:
        """The character set of everything: MTI, bitmap, lengths and data."""
        by_bitmap = {"hex": "ascii", "hex-ebcdic": "cp500"}.get(self.bitmap.encoding)
        if self.mti is None or self.mti.name != by_bitmap:
            return None
        return self.mti if all(_is_in(coder, self.mti) for coder in self.coders.values()) else None

    def read_mti(self, data: bytes) -> str:
        """The four characters at the start; raises Fault."""
        found = data[: self.mti_size]
        if len(found) < self.mti_size:
            raise Fault(0, f"an MTI of {self.mti_size} bytes", str(len(found)), ("t",))
        if self.mti is None:
            return found.hex().upper()
        try:
            return self.mti.decode(found)
        except UnicodeDecodeError:
            raise Fault(0, f"an MTI in {self.mti.name}", f"the bytes {found.hex().upper()}", ("t",)) from None

    def write_mti(self, mti: str) -> bytes:
        """Its bytes; raises Fault."""
        try:
            written = bytes.fromhex(mti) if self.mti is None and mti.isalnum() else self.mti and self.mti.encode(mti)
        except ValueError:
            written = None
        if not written or len(written) != self.mti_size:
            raise Fault(None, "an MTI of four characters" if self.mti else "an MTI of four digits", repr(mti), ("t",))
        return written

    def walk(self, data: bytes, found: dict[int, str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The elements of a message, and where the bitmaps and each of them end.

        Args:
            data: the message from its MTI on, which is not looked at.
            found: takes the values, also those before a fault.

        Raises:
            Fault: the bytes are no message; the path says in which element.
        """
        numbers, position = self.bitmap.read(data, self.mti_size)
        ends, last = [position], "p"
        for number in numbers:
            coder, last = self.coders.get(number), str(number)
            if coder is None:
                raise Fault(position, "elements that the dialect has", "the bit of another", (last,))
            try:
                end = coder.end(data, position)
                found[number] = value = coder.read(data, position, end)
                self._check(coder, value, position)
            except Fault as fault:
                raise Fault(fault.offset, fault.expected, fault.found, (last, *fault.path)) from None
            ends.append(position := end)
        if position != len(data):
            raise Fault(position, "the end of the message", f"{byte_count(len(data) - position)} more", (last,))
        return numbers, tuple(ends)

    def _check(self, coder: Coder, value: str, start: int) -> None:
        """In a strict dialect the content counts too; raises Fault."""
        element = coder.element
        if not self.strict:
            return
        problem = element.problem(value)
        if problem is not None:
            at = coder.content.offset(element.misfit(value))
            raise Fault(start + coder.prefix + at, element.expectation, problem)
        if element.parts is not None:
            try:
                check_parts(element.parts.split(element.parts.content(value)))
            except Fault as fault:
                raise fault.inside("", start + coder.prefix) from None


def check_parts(parts: list[Part]) -> None:
    """The same for the parts of an element."""
    for part in parts:
        value, element = part.value(), part.coder.element
        begin = part.offset + part.begin + part.coder.prefix
        problem = element.problem(value)
        if problem is not None:
            at = part.coder.content.offset(element.misfit(value))
            raise Fault(begin + at, element.expectation, problem, (part.key,))
        if element.parts is not None:
            try:
                check_parts(element.parts.split(element.parts.content(value)))
            except Fault as fault:
                raise fault.inside(part.key, begin) from None


def _is_in(coder: Coder, characters: Charset) -> bool:
    """Whether an element and its length are written in a character set, one byte for each character."""
    content = coder.content
    in_it = type(content) is Text or (type(content) is Hex and content.unit == "characters")
    plain = coder.length is None or (
        not coder.length.plus
        and coder.length.size == LENGTHS[coder.element.length_type] <= 4
        and coder.length.encoding not in ("bcd", "bcd-left", "binary", "hex")
        and charset(coder.length.encoding) == characters
    )
    return in_it and plain and content.charset == characters  # type: ignore[attr-defined]


def reader(coder: Coder) -> Read:
    """What makes an element's value of a message's bytes and the element's bounds, its length included."""
    return _divided(quick_reader(coder), coder)


def text_reader(coder: Coder) -> Read | None:
    """The same of a message's text and the bounds of the data; None where a slice is the value."""
    return None if coder.element.parts is None else _divided(lambda text, start, end: text[start:end], coder)


def _divided(read: Read, coder: Coder) -> Read:
    """What gives the parts of the element too, if it has any."""
    parts = coder.element.parts
    if parts is None:
        return read
    key = coder.element.key
    return lambda data, start, end: Divided.of(read(data, start, end), parts, key)


def fixed_size(coder: Coder) -> int | None:
    """Bytes of an element that always has as many; else None."""
    if not coder.element.is_fixed or type(coder.content) not in (Text, Binary, Hex, Packed, SignedAmount):
        return None
    return coder.content.end(b"", 0, coder.most)
