"""Writing elements and messages without the reference codec, where nothing is wrong with them."""

from collections import OrderedDict
from collections.abc import Callable, Mapping

from saklar.codecs.compiler import prefix_length
from saklar.codecs.element import Element

Write = Callable[[str], bytes | None]
"""An element's length and data; None where the value is not exactly as it should be."""

MAX_BITMAPS = 1_024
"""Bitmaps kept; more kinds of message than any peer's."""


def writer(element: Element) -> Write:
    """What writes an element."""
    units = element.max_length * (2 if element.encoding == "hex" else 1)
    prefix = prefix_length(element)
    if element.encoding == "bcd":
        return _bcd_writer(element, units, prefix)
    data = _binary if element.encoding == "binary" else _text
    return _plain_writer(data, units, prefix, packed=element.length_encoding == "bcd")


def _text(value: str) -> bytes | None:
    return value.encode() if value.isascii() else None


def _binary(value: str) -> bytes | None:
    try:
        return bytes.fromhex(value) if value.isalnum() or not value else None
    except ValueError:
        return None


def _plain_writer(data: Callable[[str], bytes | None], units: int, prefix: int, *, packed: bool) -> Write:
    if not prefix:

        def write_fixed(value: str) -> bytes | None:
            written = data(value)
            return written if written is not None and len(written) == units else None

        return write_fixed
    lengths = _lengths(units, prefix, packed=packed)

    def write(value: str) -> bytes | None:
        written = data(value)
        return None if written is None or len(written) > units else lengths[len(written)] + written

    return write


def _bcd_writer(element: Element, units: int, prefix: int) -> Write:
    lengths = _lengths(units, prefix, packed=element.length_encoding == "bcd") if prefix else []
    is_track = element.format == "z"

    def write(value: str) -> bytes | None:
        count = len(value)
        if count > units or (not prefix and count != units):
            return None
        digits = value.replace("=", "D") if is_track else value
        if count % 2:
            digits = digits + "0" if prefix else "0" + digits
        written = _binary(digits)
        if written is None:
            return None
        return lengths[count] + written if prefix else written

    return write


def _lengths(most: int, prefix: int, *, packed: bool) -> list[bytes]:
    if packed:
        return [bytes.fromhex(f"{length:0{2 * prefix}d}") for length in range(most + 1)]
    return [b"%0*d" % (prefix, length) for length in range(most + 1)]


class Writer:
    """Writes the messages of a dialect.

    Args:
        packed_mti: the MTI takes two bytes, not four.
        bitmap_in_hex: a bitmap takes sixteen bytes, not eight.
        elements: the dialect's.
    """

    def __init__(self, elements: Mapping[int, Element], *, packed_mti: bool, bitmap_in_hex: bool) -> None:
        self._packed_mti = packed_mti
        self._bitmap_in_hex = bitmap_in_hex
        self._write = {number: writer(element) for number, element in elements.items()}
        self._bitmaps: OrderedDict[tuple[int, ...], bytes] = OrderedDict()

    def message(self, mti: str, values: Mapping[int, str]) -> bytes | None:
        """The bytes of an MTI and elements; None where the reference codec must look at them."""
        numbers = tuple(sorted(values))
        if numbers and numbers[-1] > 2 * 64:
            return None
        pieces = [self.mti(mti), self._bitmap(numbers)]
        for number in numbers:
            written = self._write[number](values[number])
            if written is None:
                return None
            pieces.append(written)
        return b"".join(pieces)

    def element(self, number: int, value: str) -> bytes | None:
        """The bytes of one element, its length included."""
        return self._write[number](value)

    def mti(self, mti: str) -> bytes:
        """The bytes of an MTI."""
        return bytes.fromhex(mti) if self._packed_mti else mti.encode()

    def _bitmap(self, numbers: tuple[int, ...]) -> bytes:
        bitmap = self._bitmaps.get(numbers)
        if bitmap is None:
            if len(self._bitmaps) >= MAX_BITMAPS:
                self._bitmaps.popitem(last=False)
            bitmap = self._bitmaps[numbers] = self._make_bitmap(numbers)
        return bitmap

    def _make_bitmap(self, numbers: tuple[int, ...]) -> bytes:
        secondary = bool(numbers) and numbers[-1] > 64
        bits = sum(1 << (128 - number) for number in numbers) | (secondary << 127)
        bitmap = bits.to_bytes(16, "big")[: 16 if secondary else 8]
        return bitmap.hex().upper().encode() if self._bitmap_in_hex else bitmap
