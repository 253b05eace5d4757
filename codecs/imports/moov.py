"""Specifications of moov-io/iso8583 in JSON (its `specs` package), made into dialect files.

There a field is an encoding, a prefix (how its length is written) and a padding. After that project's public source:
a length counts what the value has before it is encoded (digits of BCD, bytes of binary data), or, of a composite, the
bytes of its subfields.
"""

from __future__ import annotations

from typing import Any

from saklar.codecs.bitmap import BITS, MOST
from saklar.codecs.errors import DialectError
from saklar.codecs.imports.document import LENGTH_NAMES, Document, checked, document, name_of, secret_of
from saklar.codecs.imports.moov_file import Spec, number_of, object_of, parsed, text_of
from saklar.codecs.imports.moov_parts import parts_of
from saklar.codecs.parts import MAX_DEPTH

TEXTS = {"ASCII": "ascii", "EBCDIC": "cp500", "EBCDIC1047": "cp1047"}
"""Character sets. There EBCDIC is code page 500 but for `|`, which is 6A."""

_PACKED = {"BCD": "left 0", "LBCD": "right 0"}
_HEX = ("HexToASCII", "BytesToASCIIHex")
_FROM_HEX = ("ASCIIToHex", "ASCIIHexToBytes", "AsciiHexToBytes")
"""Encodings that read as many bytes as the length states, but count two for each when they write."""

_ENCODINGS = (*TEXTS, *_PACKED, "Binary", *_HEX, *_FROM_HEX)

_FORMATS = {
    "String": "ans",
    "Numeric": "n",
    "Track1": "ans",
    "Track2": "z",
    "Track3": "z",
    "Binary": "b",
    "Hex": "b",
    "Composite": "b",
}
"""Types of fields, and the formats of their values."""

_PREFIXES = {
    "ASCII": "ascii",
    "EBCDIC": "cp500",
    "EBCDIC1047": "cp1047",
    "BCD": "bcd",
    "Binary": "binary",
    "Hex": "hex",
}
_MTIS = TEXTS | {"BCD": "bcd", "LBCD": "bcd", "Binary": "ascii"}


def from_moov(text: str, name: str = "imported") -> Document:
    """The dialect file that says what a specification does.

    Values are shown with their padding. Fields whose numbers are those of bitmaps are never read there, and left out.

    Raises:
        DialectError: it is no such specification, or says what a dialect cannot; names field and encoding.
    """
    fields = object_of(parsed(text), "fields", "the specification")
    numbers = {_index(key): key for key in fields}
    mti, bitmap = (object_of(fields, numbers.pop(number, str(number)), "fields") for number in (0, 1))
    made = document(name, f"{name}, imported from moov-io/iso8583", _mti(mti), _bitmap(bitmap))
    last = made["bitmap"].get("bitmaps", MOST) * BITS
    expands = "always" not in made["bitmap"]
    for number, key in sorted(numbers.items()):
        where = f"field {key}"
        if expands and number % BITS == 1:
            continue
        if number > last or (last == MOST * BITS and number == BITS + 1):
            raise DialectError(f"{where}: is not in bitmaps of {last} bits, or the bit of one")
        element = _element(object_of(fields, key, "fields"), key, where)
        if element["length"] == "rest":
            raise DialectError(f"{where}.prefix: a field up to the end of the message is not supported")
        made["elements"][str(number)] = element | secret_of(number, divided="parts" in element)
    return checked(made)


def _index(key: str) -> int:
    if not (key.isascii() and key.isdigit()) or len(key) > 6:
        raise DialectError(f"fields.{key}: a number is expected")
    return int(key)


def _mti(field: Spec) -> str:
    encoding, prefix = text_of(field, "enc", "field 0"), text_of(field, "prefix", "field 0")
    if encoding in _FROM_HEX and prefix == "Hex.Fixed":
        return "bcd"
    if encoding not in _MTIS:
        raise DialectError(f"field 0.enc: {encoding!r}: an MTI is in {', '.join(_MTIS)}")
    if (
        number_of(field, "length", "field 0") != 4
        or not prefix.endswith(".Fixed")
        or prefix in ("Hex.Fixed", "None.Fixed")
    ):
        raise DialectError(f"field 0: an MTI has a fixed length of 4; {prefix!r} is not supported")
    return _MTIS[encoding]


def _bitmap(field: Spec) -> dict[str, Any]:
    """Bitmaps of 8 bytes follow each other by their first bits; a longer one is always there as a whole."""
    size = field.get("length", BITS // 8)
    if isinstance(size, bool) or size not in (0, 8, 16, 24):
        raise DialectError(f"field 1.length: {size!r}: 8, 16 or 24 bytes are expected")
    most = max(int(size) * 8 // BITS, 1)
    made: dict[str, Any] = {"encoding": bitmap_encoding(field, "field 1")}
    if most > 1 or field.get("disableAutoExpand") is True:
        made |= {"bitmaps": most, "always": most}
    return made


def bitmap_encoding(field: Spec, where: str) -> str:
    """How a bitmap is written."""
    encoding = text_of(field, "enc", where)
    if encoding not in ("Binary", *_HEX):
        raise DialectError(f"{where}.enc: {encoding!r}: a bitmap is Binary or {' or '.join(_HEX)}")
    return "binary" if encoding == "Binary" else "hex"


def _element(field: Spec, key: str, where: str, depth: int = 0) -> dict[str, Any]:
    """A field, or a subfield at a depth."""
    kind = text_of(field, "type", where)
    if kind not in _FORMATS:
        raise DialectError(f"{where}.type: {kind!r} is not supported; there are: {', '.join(_FORMATS)}")
    made = {"name": name_of(text_of(field, "description", where, key), key)}
    if kind != "Composite":
        return made | _content(field, kind, where) | _length(field, where)
    if depth >= MAX_DEPTH:
        raise DialectError(f"{where}: subfields go {MAX_DEPTH} deep at most")
    if _padding(field, where) is not None:
        raise DialectError(f"{where}.padding: of a composite is not supported")

    def part(name: str, spec: Spec) -> dict[str, Any]:
        return _element(spec, name, f"{where}.{name}", depth + 1)

    parts = parts_of(field, where, part)
    return made | {"format": "b", "encoding": "binary"} | _length(field, where) | {"parts": parts}


def _content(field: Spec, kind: str, where: str) -> dict[str, Any]:
    """The format and encoding of a value, and what fills it up: characters there, so not of bytes here."""
    encoding, format_ = text_of(field, "enc", where), _FORMATS[kind]
    pad = _padding(field, where)
    if encoding not in _ENCODINGS:
        raise DialectError(f"{where}.enc: {encoding!r} is not supported; there are: {', '.join(_ENCODINGS)}")
    if encoding in TEXTS:
        made = {"format": "ans" if format_ == "b" else format_, "encoding": TEXTS[encoding]}
    elif encoding in _PACKED:
        made = {"format": "z" if format_ == "z" else "n", "encoding": "bcd", "odd": _PACKED[encoding]}
    elif encoding == "Binary" and format_ != "b":
        made = {"format": format_, "encoding": "latin-1"}
    else:
        made = {
            "format": "b",
            **({"encoding": "hex", "counts": "bytes"} if encoding in _HEX else {"encoding": "binary"}),
        }
    if pad is None:
        return made
    side, character = pad
    prefix = text_of(field, "prefix", where)
    fixed = prefix.endswith(".Fixed") and prefix != "None.Fixed"
    if made["format"] == "b" or not fixed or (made["encoding"] == "bcd" and character not in "0123456789"):
        raise DialectError(f"{where}.padding: of {encoding} behind {prefix!r} is not supported")
    return made | {"fill": f"{side} {'space' if character == ' ' else character}"}


def _padding(field: Spec, where: str) -> tuple[str, str] | None:
    """The side and character of a padding."""
    if field.get("padding") is None:
        return None
    padding = object_of(field, "padding", where)
    side, character = text_of(padding, "type", f"{where}.padding"), text_of(padding, "pad", f"{where}.padding", "")
    if side == "None":
        return None
    if side not in ("Left", "Right") or len(character) != 1:
        raise DialectError(f"{where}.padding: {side!r} {character!r}: Left or Right and one character are supported")
    return side.lower(), character


def _length(field: Spec, where: str) -> dict[str, Any]:
    prefix, encoding = text_of(field, "prefix", where), text_of(field, "enc", where, "")
    family, _, kind = prefix.partition(".")
    if encoding in _FROM_HEX and prefix not in ("Hex.Fixed", "None.Fixed"):
        raise DialectError(
            f"{where}.prefix: {prefix!r} states other lengths than {encoding} reads; Hex.Fixed is supported"
        )
    if prefix in ("None.Fixed", "BerTLV"):
        return {"length": "rest"}
    if family not in _PREFIXES or (kind != "Fixed" and (set(kind) != {"L"} or len(kind) not in LENGTH_NAMES)):
        raise DialectError(f"{where}.prefix: {prefix!r} is not supported")
    if prefix == "Hex.Fixed" and encoding not in (*_HEX, *_FROM_HEX):
        raise DialectError(f"{where}.prefix: {prefix!r} of {encoding or 'a composite'} is not supported; it is for hex")
    length = number_of(field, "length", where)
    return {"length": length} if kind == "Fixed" else _variable(_PREFIXES[family], len(kind), length)


def _variable(encoding: str, digits: int, length: int) -> dict[str, Any]:
    """The keys of a variable length. Each L of a binary one is a byte, of a hex one two characters."""
    if encoding not in ("binary", "hex"):
        return {"length": LENGTH_NAMES[digits], "max": min(length, 10**digits - 1), "length_encoding": encoding}
    most = min(length, 256**digits - 1)
    size = digits if encoding == "binary" else 2 * digits
    return {"length": LENGTH_NAMES[len(str(most))], "max": most, "length_encoding": encoding, "length_size": size}
