"""Writing elements and messages without the reference codec, where nothing is wrong with them."""

from collections import OrderedDict
from collections.abc import Callable, Mapping

from saklar.codecs.compiler import BITMAP_BITS, in_ascii, prefix_length
from saklar.codecs.element import Element

Write = Callable[[str], bytes | None]
"""An element's length and data; None where the value is not exactly as it should be."""

WriteAll = Callable[[str, Mapping[int, str]], bytes | None]
"""The bytes of an MTI and the elements that it was made for; None where they are not exactly as they should be."""

MAX_BITMAPS = 1_024
"""Bitmaps kept; more kinds of message than any peer's."""

MAX_WRITERS = 128
"""Writers kept; what is written is mostly answers, of which a switch makes few kinds."""


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


def compile_writer(elements: list[Element], bitmap: str) -> WriteAll:
    """What writes messages of these elements in a dialect that is ASCII throughout.

    Made as text, as a plan's scan is: one formatted string is some five times as fast as joining elements.
    """
    lines, pieces = ["def write(mti, v):"], ["{mti}", bitmap]
    for position, element in enumerate(elements):
        units = element.max_length * (2 if element.encoding == "hex" else 1)
        prefix = prefix_length(element)
        lines.append(f"  a{position} = v[{element.number}]; n = len(a{position})")
        lines.append(f"  if n {'>' if prefix else '!='} {units}: return None")
        if prefix:
            lines.append(f"  n{position} = lengths{prefix}[n]")
            pieces.append(f"{{n{position}}}")
        pieces.append(f"{{a{position}}}")
    lines += [
        "  try:",
        f"    return f'{''.join(pieces)}'.encode('ascii')",
        "  except UnicodeEncodeError:",
        "    return None",
    ]
    namespace: dict[str, object] = {f"lengths{size}": texts for size, texts in _LENGTH_TEXTS.items()}
    exec("\n".join(lines), namespace)  # noqa: S102 (of numbers and names made here)
    write: WriteAll = namespace["write"]  # type: ignore[assignment]
    return write


_LENGTH_TEXTS = {size: [f"{length:0{size}d}" for length in range(10**size)] for size in (1, 2, 3, 4)}


class Writer:
    """Writes the messages of a dialect.

    Args:
        packed_mti: the MTI takes two bytes, not four.
        bitmap_in_hex: a bitmap takes sixteen bytes, not eight.
        elements: the dialect's.
    """

    def __init__(self, elements: Mapping[int, Element], *, packed_mti: bool, bitmap_in_hex: bool) -> None:
        self._elements = elements
        self._all_ascii = bitmap_in_hex and not packed_mti and all(map(in_ascii, elements.values()))
        self._writers: dict[tuple[int, ...], WriteAll] = {}
        self._packed_mti = packed_mti
        self._bitmap_in_hex = bitmap_in_hex
        self._write = {number: writer(element) for number, element in elements.items()}
        self._bitmaps: OrderedDict[tuple[int, ...], bytes] = OrderedDict()

    def message(self, mti: str, values: Mapping[int, str]) -> bytes | None:
        """The bytes of an MTI and elements; None where the reference codec must look at them."""
        if self._all_ascii:
            return self._ascii_message(mti, values)
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

    def _ascii_message(self, mti: str, values: Mapping[int, str]) -> bytes | None:
        """By code made for these elements, in the order in which they were given."""
        key = tuple(values)
        write = self._writers.get(key)
        if write is None:
            if max(key, default=0) > 2 * BITMAP_BITS:
                return None
            if len(self._writers) >= MAX_WRITERS:
                self._writers.clear()
            numbers = tuple(sorted(key))
            bitmap = self._make_bitmap(numbers).decode("ascii")
            write = self._writers[key] = compile_writer([self._elements[n] for n in numbers], bitmap)
        return write(mti, values)

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
