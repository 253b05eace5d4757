"""The data of an element on the wire, apart from its length: text, bytes, packed digits."""

from __future__ import annotations

from typing import Protocol

from saklar.codecs.charsets import Charset, charset
from saklar.codecs.element import Element, Fill
from saklar.codecs.fault import Fault


class Content(Protocol):
    """The data of an element. Units are what its length counts."""

    def end(self, data: bytes, start: int, units: int) -> int:
        """Where it ends; perhaps beyond the end of the bytes."""

    def read(self, data: bytes, units: int) -> str:
        """Its value; offsets of faults are from the start of this data."""

    def write(self, value: str) -> tuple[bytes, int]:
        """Its bytes and units."""

    def offset(self, index: int) -> int:
        """The byte that holds the character of the value at an index."""


class Text:
    """Characters of a character set, counted in bytes."""

    unit = "bytes"

    def __init__(self, characters: Charset) -> None:
        self.charset = characters

    def end(self, data: bytes, start: int, units: int) -> int:  # noqa: ARG002 (one signature)
        """See `Content`."""
        return start + units

    def read(self, data: bytes, units: int) -> str:  # noqa: ARG002 (one signature)
        """See `Content`."""
        return _decoded(self.charset, data)

    def write(self, value: str) -> tuple[bytes, int]:
        """See `Content`."""
        data = _encoded(self.charset, value)
        return data, len(data)

    def offset(self, index: int) -> int:
        """See `Content`."""
        return index


class TextByHalves(Text):
    """Characters, the length of which is stated in half bytes; pyiso8583 can say so."""

    unit = "half bytes"

    def end(self, data: bytes, start: int, units: int) -> int:  # noqa: ARG002 (one signature)
        """See `Content`."""
        return start + (units + 1) // 2

    def write(self, value: str) -> tuple[bytes, int]:
        """See `Content`."""
        data = _encoded(self.charset, value)
        return data, 2 * len(data)


class TextByCharacters:
    """Characters of one or more bytes each, counted in characters."""

    unit = "characters"

    def __init__(self, characters: Charset) -> None:
        self.charset = characters

    def end(self, data: bytes, start: int, units: int) -> int:
        """See `Content`."""
        position, left = start, units
        while left:
            # A character has at most four bytes. Most have one, so this ends after a few rounds.
            window = min(left, len(data) - position)
            if window <= 0:
                return len(data) + left
            whole = self._whole(data, position, position + window)
            left -= len(_decoded(self.charset, data[position:whole], position - start))
            position = whole
        return position

    def _whole(self, data: bytes, start: int, stop: int) -> int:
        """The end of the last character that begins before `stop`."""
        for end in range(stop, min(stop + 4, len(data) + 1)):
            try:
                self.charset.decode(data[start:end])
            except UnicodeDecodeError as error:
                if error.end + start < end:
                    break
            else:
                return end
        _decoded(self.charset, data[start : stop + 4])
        raise Fault(0, f"{self.charset.name} text", f"a character cut at byte {stop}")

    def read(self, data: bytes, units: int) -> str:  # noqa: ARG002 (one signature)
        """See `Content`."""
        return _decoded(self.charset, data)

    def write(self, value: str) -> tuple[bytes, int]:
        """See `Content`."""
        return _encoded(self.charset, value), len(value)

    def offset(self, index: int) -> int:
        """See `Content`."""
        return index


class Binary:
    """Bytes; the value is hex."""

    unit = "bytes"

    def end(self, data: bytes, start: int, units: int) -> int:  # noqa: ARG002 (one signature)
        """See `Content`."""
        return start + units

    def read(self, data: bytes, units: int) -> str:  # noqa: ARG002 (one signature)
        """See `Content`."""
        return data.hex().upper()

    def write(self, value: str) -> tuple[bytes, int]:
        """See `Content`."""
        data = hex_bytes(value)
        return data, len(data)

    def offset(self, index: int) -> int:
        """See `Content`."""
        return index // 2


class Hex:
    """Bytes written as text, two characters each; the value is that text, or (counted in bytes) the same."""

    def __init__(self, characters: Charset, *, by_bytes: bool) -> None:
        self.charset = characters
        self._width = 2 if by_bytes else 1
        self.unit = "bytes" if by_bytes else "characters"

    def end(self, data: bytes, start: int, units: int) -> int:  # noqa: ARG002 (one signature)
        """See `Content`."""
        return start + self._width * units

    def read(self, data: bytes, units: int) -> str:  # noqa: ARG002 (one signature)
        """See `Content`."""
        return _decoded(self.charset, data)

    def write(self, value: str) -> tuple[bytes, int]:
        """See `Content`."""
        if self._width == 2:
            hex_bytes(value)
        data = _encoded(self.charset, value)
        return data, len(data) // self._width

    def offset(self, index: int) -> int:
        """See `Content`."""
        return index


class Packed:
    """Digits, two to a byte: BCD, with hex digits let through, as tracks have them for separators."""

    unit = "digits"

    def __init__(self, odd: Fill | None, *, by_bytes: bool, is_track: bool) -> None:
        self.odd = odd
        self.unit_is_digit = not by_bytes
        self._by_bytes = by_bytes
        self.is_track = is_track

    def end(self, data: bytes, start: int, units: int) -> int:  # noqa: ARG002 (one signature)
        """See `Content`."""
        return start + (units if self._by_bytes else (units + 1) // 2)

    def read(self, data: bytes, units: int) -> str:
        """See `Content`."""
        digits = data.hex().upper()
        if units % 2 and not self._by_bytes:
            digits = self._without_fill(digits)
        return digits.replace("D", "=") if self.is_track else digits

    def _without_fill(self, digits: str) -> str:
        if self.odd is None:
            raise Fault(0, "an even number of digits", str(len(digits) - 1))
        at, rest = (digits[:1], digits[1:]) if self.odd.side == "left" else (digits[-1:], digits[:-1])
        if at != self.odd.character:
            side, where = self.odd.side, 0 if self.odd.side == "left" else len(digits) // 2 - 1
            raise Fault(0, f"the digit {self.odd.character} to fill {len(rest)} digits up on the {side}",
                        f"another at byte {where} of the data")  # fmt: skip
        return rest

    def write(self, value: str) -> tuple[bytes, int]:
        """See `Content`."""
        digits = value.replace("=", "D") if self.is_track else value
        if self.odd is not None:
            digits = self.odd.to(digits, len(digits) + len(digits) % 2)
        data = hex_bytes(digits, "digits")
        return data, len(data) if self._by_bytes else len(value)

    def offset(self, index: int) -> int:
        """See `Content`."""
        return index // 2


class SignedAmount:
    """A sign of one character, then BCD digits (x+n; jPOS IFB_AMOUNT); counted in sign and digits."""

    unit = "characters"

    def __init__(self, characters: Charset, odd: Fill | None) -> None:
        self._sign = Text(characters)
        self._digits = Packed(odd, by_bytes=False, is_track=False)

    def end(self, data: bytes, start: int, units: int) -> int:
        """See `Content`."""
        return self._digits.end(data, start + 1, units - 1)

    def read(self, data: bytes, units: int) -> str:
        """See `Content`."""
        return self._sign.read(data[:1], 1) + self._digits.read(data[1:], units - 1)

    def write(self, value: str) -> tuple[bytes, int]:
        """See `Content`."""
        return self._sign.write(value[:1])[0] + self._digits.write(value[1:])[0], len(value)

    def offset(self, index: int) -> int:
        """See `Content`."""
        return (index + 1) // 2


def _decoded(characters: Charset, data: bytes, base: int = 0) -> str:
    try:
        return characters.decode(data)
    except UnicodeDecodeError as error:
        found = f"the byte {data[error.start]:02X} at byte {base + error.start} of the data"
        raise Fault(0, f"{characters.name} text", found) from None


def _encoded(characters: Charset, value: str) -> bytes:
    try:
        return characters.encode(value)
    except UnicodeEncodeError as error:
        raise Fault(None, f"{characters.name} text", f"a character that it lacks, the {error.start + 1}.") from None


def hex_bytes(value: str, unit: str = "hex digits") -> bytes:
    """The bytes of hex digits, which `unit` names; raises Fault."""
    # bytes.fromhex would let blanks through.
    if value and not (value.isascii() and value.isalnum()):
        raise Fault(None, unit, "other characters")
    try:
        return bytes.fromhex(value)
    except ValueError:
        found = "other characters" if any(c not in "0123456789abcdefABCDEF" for c in value) else "an odd number"
        raise Fault(None, unit if found == "other characters" else "whole bytes", found) from None


def content_of(element: Element) -> Content:
    """How the data of an element is written."""
    encoding = element.encoding
    if encoding == "binary":
        return Binary()
    if encoding in ("hex", "hex-ebcdic"):
        return Hex(charset("ascii" if encoding == "hex" else "ebcdic"), by_bytes=element.counts == "bytes")
    if encoding == "bcd":
        return Packed(element.odd, by_bytes=element.counts == "bytes", is_track=element.format == "z")
    sign, _, packed = encoding.partition("+")
    if packed:
        return SignedAmount(charset(sign), element.odd)
    characters = charset(encoding)
    if element.counts == "digits":
        return TextByHalves(characters)
    by_characters = element.counts == "characters" and not characters.single_byte
    return TextByCharacters(characters) if by_characters else Text(characters)


def most_units(element: Element) -> int:
    """The most units that the element's length may state, or, of a fixed one, those that it has."""
    most = element.max_length
    if element.encoding == "bcd":
        return (most + 1) // 2 if element.counts == "bytes" else most
    if element.encoding in ("hex", "hex-ebcdic"):
        return most if element.counts == "bytes" else 2 * most
    if element.format != "b" and element.counts == "digits":
        return 2 * most
    return most
