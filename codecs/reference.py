"""The wire work, done by pyiso8583, whose behaviour is the reference for every other codec here.

Everything that is particular to that library is in this file.
"""

from collections.abc import Mapping
from typing import Any

import iso8583

from saklar.codecs.element import LENGTHS, Element

Spec = dict[str, dict[str, Any]]

FIRST, LAST = 2, 192
"""Elements that carry data; 1 and 65 are bitmaps."""

_UNDEFINED: dict[str, Any] = {"data_enc": "b", "len_enc": "ascii", "len_type": 0, "max_len": 1 << 40, "desc": ""}
"""Stands for an element that the dialect does not have: longer than any message, so that decoding stops there."""

_CHARSETS = {"ascii": "ascii", "hex": "ascii"}


class WireError(Exception):
    """What pyiso8583 found wrong: its field key, the offset or None, its words, and what was read until then."""

    def __init__(self, field: str, offset: int | None, message: str, read: Mapping[str, str]) -> None:
        super().__init__(message)
        self.field = field
        self.offset = offset
        self.message = message
        self.read = read


def make_spec(mti_encoding: str, bitmap_encoding: str, elements: Mapping[int, Element]) -> Spec:
    """The pyiso8583 specification of a dialect."""
    bitmap = _bitmap(bitmap_encoding)
    spec: Spec = {
        "h": _fixed("ascii", 0, "Message Header"),
        "t": _fixed("b" if mti_encoding == "bcd" else "ascii", 2 if mti_encoding == "bcd" else 4, "Message Type"),
        "p": {**bitmap, "desc": "Bitmap, Primary"},
        "1": {**bitmap, "desc": "Bitmap, Secondary"},
        "65": {**bitmap, "desc": "Bitmap, Extended"},
    }
    for number in range(FIRST, LAST + 1):
        if number in elements:
            spec[str(number)] = _element(elements[number])
        elif number != 65:
            spec[str(number)] = _UNDEFINED
    return spec


def decode(data: bytes, spec: Spec, elements: Mapping[int, Element]) -> tuple[str, dict[int, str]]:
    """The MTI and the elements of a message.

    Raises:
        WireError: it is none.
    """
    try:
        read, _ = iso8583.decode(data, spec)
    except iso8583.DecodeError as error:
        known = _read_so_far(error.doc_dec, error.field)
        number = int(error.field) if error.field.isdigit() else 0
        defined = number in elements or number <= 1
        words = error.msg if defined else "the dialect has no such element"
        raise WireError(error.field, error.pos, words, known) from None
    return read["t"], values_of(read, elements)


def values_of(read: Mapping[str, str], elements: Mapping[int, Element]) -> dict[int, str]:
    """The data elements among what pyiso8583 read, with `=` for the separator of a packed track."""
    values = {int(key): value for key, value in read.items() if key.isdigit() and key not in ("1", "65")}
    for number in values.keys() & _packed_tracks(elements):
        values[number] = values[number].replace("D", "=")
    return values


def encode(mti: str, values: Mapping[int, str], spec: Spec, elements: Mapping[int, Element]) -> bytes:
    """The bytes of a message.

    Raises:
        WireError: a value does not fit its element.
    """
    document = {"t": mti, **{str(number): value for number, value in values.items()}}
    for number in values.keys() & _packed_tracks(elements):
        document[str(number)] = values[number].replace("=", "D")
    try:
        encoded, _ = iso8583.encode(document, spec)
    except iso8583.EncodeError as error:
        raise WireError(error.field, None, error.msg, {}) from None
    return bytes(encoded)


def _packed_tracks(elements: Mapping[int, Element]) -> set[int]:
    return {number for number in (35, 36) if number in elements and elements[number].encoding == "bcd"}


def _read_so_far(read: Mapping[str, str], failed: str) -> dict[str, str]:
    return {key: value for key, value in read.items() if key not in (failed, "p")}


def _fixed(encoding: str, length: int, name: str) -> dict[str, Any]:
    return {"data_enc": encoding, "len_enc": "ascii", "len_type": 0, "max_len": length, "desc": name}


def _bitmap(encoding: str) -> dict[str, Any]:
    return _fixed("b", 8, "") if encoding == "binary" else _fixed("ascii", 16, "")


def _element(element: Element) -> dict[str, Any]:
    digits = LENGTHS[element.length_type]
    packed_length = element.length_encoding == "bcd"
    spec: dict[str, Any] = {
        "data_enc": "b" if element.encoding in ("bcd", "binary") else _CHARSETS[element.encoding],
        "len_enc": "bcd" if packed_length else "ascii",
        "len_type": (digits + 1) // 2 if packed_length else digits,
        "max_len": element.max_length * (2 if element.encoding == "hex" else 1),
        "desc": element.name,
    }
    if element.encoding == "bcd":
        pad = "right_pad" if digits else "left_pad"
        spec |= {"len_count": "nibbles", pad: "0"}
    return spec
