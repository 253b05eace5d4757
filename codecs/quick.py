"""Quick ways to read and write one element, for the kinds that networks mostly have.

A quick reader is for bytes that a plan has looked at. A quick writer takes a value that is exactly as it should be, and
leaves every other to the element's coder, which fills it up or says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from saklar.codecs.charsets import charset
from saklar.codecs.content import Binary, Packed, Text
from saklar.codecs.wire import Coder

Read = Callable[[bytes, int, int], str]
Write = Callable[[str], bytes]

MOST_STATED = 10_000
"""Lengths that a table may have."""


def quick_reader(coder: Coder) -> Read:
    """What makes a value of the message and the bounds of the element, its length included."""
    content, prefix = coder.content, coder.prefix
    if type(content) is Text and content.charset.codec is not None:
        codec = content.charset.codec
        return lambda data, start, end: data[start + prefix : end].decode(codec)
    if type(content) is Binary:
        return lambda data, start, end: data[start + prefix : end].hex().upper()
    if type(content) is Packed and content.unit_is_digit:
        return _packed_reader(coder, content) or coder.read
    return coder.read


def _packed_reader(coder: Coder, content: Packed) -> Read | None:
    prefix, is_track = coder.prefix, content.is_track
    first = 1 if content.odd is not None and content.odd.side == "left" else 0
    if coder.length is None:
        skip = first if coder.most % 2 else 0
        stop = coder.most + skip

        def read_fixed(data: bytes, start: int, end: int) -> str:
            digits = data[start:end].hex().upper()[skip:stop]
            return digits.replace("D", "=") if is_track else digits

        return read_fixed
    table = length_bytes(coder)
    if table is None:
        return None

    def read(data: bytes, start: int, end: int) -> str:
        count = table[data[start : start + prefix]]
        digits = data[start + prefix : end].hex().upper()
        if count & 1:
            digits = digits[first : first + count]
        return digits.replace("D", "=") if is_track else digits

    return read


def length_bytes(coder: Coder) -> Mapping[bytes, int] | None:
    """The lengths that an element may have by their bytes; None where they are too many, or more than a number."""
    length = coder.length
    if length is None or length.plus or length.encoding in ("bcd-left", "hex"):
        return None
    values_of_a_byte = {"binary": 256, "bcd": 100}.get(length.encoding, 10)
    if values_of_a_byte**length.size > MOST_STATED:
        return None
    return _length_bytes(length.encoding, length.size, coder.most)


@cache
def _length_bytes(encoding: str, size: int, most: int) -> dict[bytes, int]:
    return {stated: length for length, stated in enumerate(_stated(encoding, size, most))}


@cache
def _stated(encoding: str, size: int, most: int) -> list[bytes]:
    """The bytes of each length from 0 on."""
    if encoding == "binary":
        return [length.to_bytes(size, "big") for length in range(most + 1)]
    if encoding == "bcd":
        return [bytes.fromhex(f"{length:0{2 * size}d}") for length in range(most + 1)]
    return [charset(encoding).encode(f"{length:0{size}d}") for length in range(most + 1)]


def quick_writer(coder: Coder) -> Write:
    """What makes an element's bytes, its length included, of a value; raises Fault as the coder does."""
    content = coder.content
    stated: list[bytes] | None = None
    if coder.length is not None:
        if length_bytes(coder) is None:
            return coder.write
        stated = _stated(coder.length.encoding, coder.length.size, coder.most)
    if type(content) is Text and content.charset.codec is not None:
        return _text_writer(coder, content.charset.codec, stated)
    if type(content) is Packed and content.unit_is_digit and content.odd is not None:
        return _packed_writer(coder, content, stated)
    if type(content) is Binary:
        return _binary_writer(coder, stated)
    return coder.write


def _text_writer(coder: Coder, codec: str, stated: list[bytes] | None) -> Write:
    most, slow = coder.most, coder.write

    def write_fixed(value: str) -> bytes:
        try:
            data = value.encode(codec)
        except UnicodeEncodeError:
            return slow(value)
        return data if len(data) == most else slow(value)

    def write(value: str) -> bytes:
        try:
            data = value.encode(codec)
        except UnicodeEncodeError:
            return slow(value)
        return stated[len(data)] + data if len(data) <= most else slow(value)  # type: ignore[index]

    return write_fixed if stated is None else write


def _packed_writer(coder: Coder, content: Packed, stated: list[bytes] | None) -> Write:
    most, slow = coder.most, coder.write
    assert content.odd is not None
    left, right = (content.odd.character, "") if content.odd.side == "left" else ("", content.odd.character)
    is_track = content.is_track

    def write(value: str) -> bytes:
        count = len(value)
        digits = value.replace("=", "D") if is_track else value
        # isalnum keeps out the blanks that fromhex would take.
        if (count != most and stated is None) or count > most or not digits.isalnum():
            return slow(value)
        if count & 1:
            digits = f"{left}{digits}{right}"
        try:
            data = bytes.fromhex(digits)
        except ValueError:
            return slow(value)
        return data if stated is None else stated[count] + data

    return write


def _binary_writer(coder: Coder, stated: list[bytes] | None) -> Write:
    most, slow = coder.most, coder.write

    def write(value: str) -> bytes:
        count = len(value) // 2
        if (count != most and stated is None) or count > most or not value.isalnum():
            return slow(value)
        try:
            data = bytes.fromhex(value)
        except ValueError:
            return slow(value)
        return data if stated is None else stated[count] + data

    return write
