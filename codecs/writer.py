"""Writing messages."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from saklar.codecs.compiler import compile_write, value_lines
from saklar.codecs.fault import Fault
from saklar.codecs.layout import Layout

WriteAll = Callable[[Mapping[Any, Any]], bytes | None]
"""The bytes of a mapping with the keys that it was made for; None where a value is not exactly as it should be."""

MAX_BITMAPS = 1_024
"""Bitmaps kept; more kinds of message than any peer's."""

MAX_WRITERS = 128
"""Writers kept; what is written is mostly answers, of which a switch makes few kinds."""


class Writer:
    """Writes the messages of a dialect, from the MTI on.

    Args:
        layout: of the dialect.
        numbers: its elements, by the keys that a mapping may have for them; 0 is the MTI.
    """

    def __init__(self, layout: Layout, numbers: Mapping[Any, int]) -> None:
        self._layout = layout
        self._numbers = numbers
        self._writers: dict[tuple[Any, ...], WriteAll | None] = {}
        self._bitmaps: OrderedDict[tuple[int, ...], bytes] = OrderedDict()

    def mapping(self, mapping: Mapping[Any, Any]) -> bytes | None:
        """The bytes of a message given as a mapping, by code made for its keys; None where that does not do."""
        key = tuple(mapping)
        try:
            write = self._writers[key]
        except KeyError:
            if len(self._writers) >= MAX_WRITERS:
                self._writers.clear()
            write = self._writers[key] = self._compiled(key)
        except TypeError:  # a key that has no hash
            return None
        return write(mapping) if write is not None else None

    def _compiled(self, keys: tuple[Any, ...]) -> WriteAll | None:
        """What writes mappings with these keys, if they are an MTI and elements, each once."""
        by_number = {self._numbers.get(key, -1): key for key in keys}
        plain = all(type(key) in (int, str) for key in keys)
        if 0 not in by_number or min(by_number) < 0 or len(by_number) < len(keys) or not plain:
            return None
        numbers = sorted(by_number.keys() - {0})
        text = self._layout.text
        if text is None:
            return self._joining(by_number, numbers)
        lines, pieces = [f"mti = v[{by_number[0]!r}]"], ["mti", repr(text.decode(self._bitmap(tuple(numbers))))]
        for number in numbers:
            coder = self._layout.coders[number]
            lines += value_lines(coder, f"v[{by_number[number]!r}]", str(number))
            pieces += [f"n{number}"] if coder.prefix else []
            pieces.append(f"v{number}")
        return compile_write("v", [*lines, "if len(mti) != 4: return None"], pieces, text)

    def _joining(self, by_number: Mapping[int, Any], numbers: list[int]) -> WriteAll:
        """What writes mappings with these keys where messages are bytes."""
        mti_key, bitmap = by_number[0], self._bitmap(tuple(numbers))
        pairs = [(self._layout.writers[number], by_number[number]) for number in numbers]
        write_mti = self._layout.write_mti

        def write(mapping: Mapping[Any, Any]) -> bytes | None:
            try:
                pieces = [write_mti(mapping[mti_key]), bitmap]
                pieces += [write(mapping[key]) for write, key in pairs]
            except (Fault, AttributeError, TypeError):
                return None
            return b"".join(pieces)

        return write

    def message(self, mti: str, values: Mapping[int, str]) -> bytes:
        """The bytes of an MTI and elements.

        Raises:
            Fault: a value does not fit; the path says in which element.
        """
        numbers = tuple(sorted(values))
        pieces = [self._layout.write_mti(mti), self._bitmap(numbers)]
        pieces += [self.element(number, values[number]) for number in numbers]
        return b"".join(pieces)

    def element(self, number: int, value: str) -> bytes:
        """The bytes of one element, its length included; raises Fault."""
        try:
            return self._layout.writers[number](value)
        except Fault as fault:
            raise fault.inside(str(number)) from None

    def _bitmap(self, numbers: tuple[int, ...]) -> bytes:
        bitmap = self._bitmaps.get(numbers)
        if bitmap is None:
            if len(self._bitmaps) >= MAX_BITMAPS:
                self._bitmaps.popitem(last=False)
            try:
                bitmap = self._bitmaps[numbers] = self._layout.bitmap.write(numbers)
            except Fault as fault:
                raise fault.inside("p") from None
        return bitmap
