"""The ways to divide an element's data: by position, by tag, or by a bitmap of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from saklar.codecs.bitmap import Bitmap
from saklar.codecs.charsets import charset
from saklar.codecs.element import REST, Element
from saklar.codecs.fault import Fault
from saklar.codecs.parts import Kind, Part, part_end
from saklar.codecs.wire import Coder


class Positions(Kind):
    """Parts that follow each other, each by its length; the last ones may be missing."""

    def __init__(self, elements: Iterable[Element]) -> None:
        self.coders = {element.key: Coder(element) for element in elements}

    def split(self, data: bytes, start: int) -> Iterator[Part]:
        """See `Kind`."""
        position = start
        for key, coder in self.coders.items():
            if position >= len(data):
                return
            end = part_end(coder, data, position, key)
            yield Part(key, data[position:end], 0, position, coder)
            position = end

    def one(self, key: str, value: str) -> bytes:
        """See `Kind`."""
        return self.coders[key].write(value)

    def joined(self, parts: Mapping[str, bytes]) -> bytes:
        """See `Kind`."""
        wanted = list(self.coders)[: len(parts)]
        if set(wanted) != set(parts):
            missing = next(key for key in wanted if key not in parts)
            raise Fault(None, "every part before the last", "none", (missing,))
        return b"".join(parts[key] for key in wanted)

    def element(self, key: str) -> Element:
        """See `Kind`."""
        return self.coders[key].element

    def elements(self) -> list[Element]:
        """See `Kind`."""
        return [coder.element for coder in self.coders.values()]


class Repeated(Kind):
    """The same part again and again; keys are "1", "2" and so on."""

    def __init__(self, element: Element) -> None:
        self._coder = Coder(element)

    def split(self, data: bytes, start: int) -> Iterator[Part]:
        """See `Kind`."""
        position, count = start, 0
        while position < len(data):
            count += 1
            key = str(count)
            end = part_end(self._coder, data, position, key)
            yield Part(key, data[position:end], 0, position, self._coder)
            if end == position:
                return
            position = end

    def one(self, key: str, value: str) -> bytes:
        """See `Kind`."""
        self.element(key)
        return self._coder.write(value)

    def joined(self, parts: Mapping[str, bytes]) -> bytes:
        """See `Kind`."""
        return b"".join(parts[key] for key in sorted(parts, key=int))

    def element(self, key: str) -> Element:
        """See `Kind`."""
        if not (key.isascii() and key.isdigit()):
            raise KeyError(key)
        return self._coder.element

    def elements(self) -> list[Element]:
        """See `Kind`."""
        return [self._coder.element]


class Tagged(Kind):
    """Tag, length, value, each of the first two of a fixed size."""

    def __init__(self, tag: Element, elements: Mapping[str, Element], other: Element, *, length_first: bool) -> None:
        self._tag = Coder(tag)
        self._coders = {key: Coder(element) for key, element in elements.items()}
        self._other = Coder(other)
        self._length_first = length_first

    def split(self, data: bytes, start: int) -> Iterator[Part]:
        """See `Kind`."""
        position = start
        while position < len(data):
            if self._length_first:
                part = self._after_length(data, position)
            else:
                tag_end = self._tag.end(data, position)
                key = self._tag.read(data, position, tag_end)
                coder = self._coders.get(key, self._other)
                end = part_end(coder, data, tag_end, key)
                part = Part(key, data[position:end], tag_end - position, position, coder)
            yield part
            position += len(part.raw)

    def _after_length(self, data: bytes, start: int) -> Part:
        """A part whose length counts its tag too and stands before it."""
        whole = self._other
        end = whole.end(data, start)
        tag_start = start + whole.prefix
        tag_end = self._tag.end(data, tag_start)
        if tag_end > end:
            raise Fault(start, "a length that counts its tag", str(end - tag_start))
        key = self._tag.read(data, tag_start, tag_end)
        coder = Coder(replace(self._coders.get(key, whole).element, length_type=REST))
        return Part(key, data[start:end], tag_end - start, start, coder)

    def one(self, key: str, value: str) -> bytes:
        """See `Kind`."""
        tag = self._tag.write(key)
        coder = self._coders.get(key, self._other)
        if not self._length_first:
            return tag + coder.write(value)
        data, _ = coder.content.write(value)
        assert self._other.length is not None
        return self._other.length.write(len(tag + data)) + tag + data

    def element(self, key: str) -> Element:
        """See `Kind`."""
        return self._coders.get(key, self._other).element

    def elements(self) -> list[Element]:
        """See `Kind`."""
        return [coder.element for coder in (*self._coders.values(), self._other)]


class BerTlv(Kind):
    """Tag, length, value as EMV has them (ISO/IEC 8825-1; EMV Book 3 annex B). Keys are tags in hex."""

    def __init__(self, elements: Mapping[str, Element]) -> None:
        self._coders = {key: Coder(element) for key, element in elements.items()}

    def split(self, data: bytes, start: int) -> Iterator[Part]:
        """See `Kind`. Bytes 00 between objects are skipped, and FF after the last (EMV Book 3 annex B)."""
        position = begin = start
        stop = len(data.rstrip(b"\xff")) if data.endswith(b"\xff") else len(data)
        while position < len(data):
            if data[position] == 0 or position >= stop:
                position += 1
                continue
            tag_end = _ber_tag_end(data, position)
            key = data[position:tag_end].hex().upper()
            value_start, length = _ber_length(data, tag_end, key)
            end = value_start + length
            if end > len(data):
                raise Fault(value_start, f"{length} bytes of data", str(len(data) - value_start), (key,))
            coder = self._coders.get(key) or Coder(_hex_part(key))
            yield Part(key, data[begin:end], value_start - begin, begin, coder)
            position = begin = end

    def one(self, key: str, value: str) -> bytes:
        """See `Kind`."""
        try:
            tag = bytes.fromhex(key)
        except ValueError:
            raise Fault(None, "a tag in hex", "something else") from None
        if not tag or _ber_tag_end(tag, 0) != len(tag):
            raise Fault(None, "one whole tag in hex", "something else")
        coder = self._coders.get(tag.hex().upper()) or Coder(_hex_part(key))
        data, _ = coder.content.write(value)
        return tag + _ber_length_bytes(len(data)) + data

    def element(self, key: str) -> Element:
        """See `Kind`."""
        known = self._coders.get(key)
        return known.element if known else _hex_part(key)

    def elements(self) -> list[Element]:
        """See `Kind`."""
        return [*(coder.element for coder in self._coders.values()), *(_hex_part(key) for key in EMV_SECRETS)]


class Bitmapped(Kind):
    """A bitmap, then the parts whose bits it has. Keys are the bits' numbers plus `base`."""

    def __init__(self, bitmap: Bitmap, base: int, elements: Mapping[int, Element]) -> None:
        self._bitmap = bitmap
        self._base = base
        self._coders = {number: Coder(element) for number, element in elements.items()}

    def split(self, data: bytes, start: int) -> Iterator[Part]:
        """See `Kind`."""
        bits, position = self._bits(data, start)
        for bit in bits:
            key = str(bit + self._base)
            coder = self._coders.get(bit + self._base)
            if coder is None:
                raise Fault(position, "parts that the dialect has", "the bit of another", (key,))
            end = part_end(coder, data, position, key)
            yield Part(key, data[position:end], 0, position, coder)
            position = end

    def _bits(self, data: bytes, start: int) -> tuple[tuple[int, ...], int]:
        try:
            return self._bitmap.read(data, start)
        except Fault as fault:
            raise Fault(fault.offset, fault.expected, fault.found, ("bitmap",)) from None

    def end(self, data: bytes, start: int) -> int:
        """See `Kind`."""
        return max(self._bits(data, start)[1], super().end(data, start))

    def one(self, key: str, value: str) -> bytes:
        """See `Kind`."""
        return self._coders[int(key) if key.isdigit() else -1].write(value)

    def joined(self, parts: Mapping[str, bytes]) -> bytes:
        """See `Kind`."""
        numbers = sorted(int(key) for key in parts)
        bitmap = self._bitmap.write(number - self._base for number in numbers)
        return bitmap + b"".join(parts[str(number)] for number in numbers)

    def element(self, key: str) -> Element:
        """See `Kind`."""
        return self._coders[int(key) if key.isascii() and key.isdigit() else -1].element

    def elements(self) -> list[Element]:
        """See `Kind`."""
        return [coder.element for coder in self._coders.values()]


class NameValue(Kind):
    """Names and values, each with its length before it and before that the number of the length's digits.

    Structured data as Postilion has it: `13key15value` says that "key" has 3 characters and "value" 5.
    """

    def __init__(self, element: Element) -> None:
        self._element = element
        self._coder = Coder(element)

    def split(self, data: bytes, start: int) -> Iterator[Part]:
        """See `Kind`."""
        position = start
        while position < len(data):
            begin, end = self._bounds(data, position)
            key = data[begin:end].decode("utf-8", "replace")
            value_start, value_end = self._bounds(data, end)
            yield Part(key, data[position:value_end], value_start - position, position, self._coder)
            position = value_end

    def _bounds(self, data: bytes, start: int) -> tuple[int, int]:
        digits = data[start : start + 1]
        size = int(digits) if digits.isdigit() else 0
        length = data[start + 1 : start + 1 + size]
        if not size or len(length) < size or not length.isdigit():
            raise Fault(start, "one digit and as many digits of length", f"the bytes {(digits + length).hex().upper()}")
        begin = start + 1 + size
        if begin + int(length) > len(data):
            raise Fault(begin, f"{int(length)} characters", str(len(data) - begin))
        return begin, begin + int(length)

    def one(self, key: str, value: str) -> bytes:
        """See `Kind`."""
        name, data = (charset("utf-8").encode(text) for text in (key, value))
        return b"".join(b"%d%d%s" % (len(str(len(text))), len(text), text) for text in (name, data))

    def element(self, key: str) -> Element:
        """See `Kind`."""
        return replace(self._element, key=key)

    def elements(self) -> list[Element]:
        """See `Kind`."""
        return [self._element]


EMV_SECRETS = {
    **dict.fromkeys(("57", "9F6B"), "track"),
    "5A": "pan",
    **dict.fromkeys(("56", "5F20", "9F0B", "9F1F", "9F20", "99", "DF8129"), "all"),
}
"""EMV objects that hold card or cardholder data (EMV Book 3 annex A)."""


def _hex_part(key: str) -> Element:
    return Element(key, "", "b", REST, 0, "binary", secret=EMV_SECRETS.get(key))


def _ber_tag_end(data: bytes, start: int) -> int:
    end = start + 1
    if data[start] & 0x1F == 0x1F:
        while end < len(data) and data[end] & 0x80:
            end += 1
        end += 1
    if end > len(data):
        raise Fault(start, "a whole tag", f"{len(data) - start} bytes of one")
    return end


def _ber_length(data: bytes, start: int, key: str) -> tuple[int, int]:
    """Where the value begins, and its length."""
    if start >= len(data):
        raise Fault(start, "a length", "the end", (key,))
    first = data[start]
    if first < 0x80:
        return start + 1, first
    size = first & 0x7F
    if not 0 < size <= 4 or start + 1 + size > len(data):
        raise Fault(start, "a length of 1 to 5 bytes", f"the byte {first:02X}", (key,))
    return start + 1 + size, int.from_bytes(data[start + 1 : start + 1 + size], "big")


def _ber_length_bytes(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    size = (length.bit_length() + 7) // 8
    return bytes([0x80 | size]) + length.to_bytes(size, "big")
