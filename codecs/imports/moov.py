"""Specifications of moov-io/iso8583 in JSON (its `specs` package), made into dialect files.

There an element is an encoding, a prefix (how its length is written) and a padding. Lengths count what the value has
before it is encoded: digits of BCD, bytes of binary data. After that project's documentation (docs/ and README).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from saklar.codecs.errors import DialectError
from saklar.codecs.imports.document import LENGTH_NAMES, Document, document, secret_of

Spec = Mapping[str, Any]

_TEXTS = {"ASCII": "ascii", "EBCDIC": "cp500", "EBCDIC1047": "cp1047"}
_PACKED = {"BCD": "left 0", "LBCD": "right 0"}
_BYTES = ("Binary", "ASCIIToHex", "ASCIIHexToBytes")
_HEX = ("HexToASCII", "BytesToASCIIHex", "Hex")
_PREFIXES = {
    "ASCII": "ascii",
    "BCD": "bcd",
    "Binary": "binary",
    "EBCDIC": "cp500",
    "EBCDIC1047": "cp1047",
    "Hex": "hex",
}
_MTI, _BITMAP = "0", "1"
_BITS = 64


def from_moov(content: str, name: str = "imported") -> Document:
    """The dialect file that says what a specification does.

    Where a field has padding the dialect fills short values up in the same way, but shows values with it.

    Raises:
        DialectError: it is no such specification, or says what a dialect cannot; names the field.
    """
    fields = _object(_parsed(content), "fields", "the specification")
    mti, bitmap = (_object(fields, key, "fields") for key in (_MTI, _BITMAP))
    made = document(name, f"{name}, imported from moov-io/iso8583", _mti(mti), _bitmap(bitmap))
    for key in sorted((key for key in fields if key not in (_MTI, _BITMAP)), key=_order):
        if not (key.isascii() and key.isdigit()):
            raise DialectError(f"fields.{key}: a number is expected")
        element = _element(_object(fields, key, "fields"), key, at_top=True)
        made["elements"][key] = element | ({} if "parts" in element else secret_of(int(key)))
    return made


def _order(key: str) -> tuple[int, str]:
    return (int(key) if key.isascii() and key.isdigit() else 0, key)


def _parsed(content: str) -> Spec:
    try:
        spec = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DialectError(f"not JSON: {error}") from None
    if not isinstance(spec, dict):
        raise DialectError("an object with `fields` is expected")
    return spec


def _object(table: Spec, key: str, where: str) -> Spec:
    value = table.get(key)
    if not isinstance(value, dict):
        raise DialectError(f"{where}: {key}: an object is expected")
    return value


def _text(table: Spec, key: str, where: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise DialectError(f"{where}.{key}: {value!r}: a text is expected")
    return value


def _number(table: Spec, key: str, where: str) -> int:
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 999_999:
        raise DialectError(f"{where}.{key}: {value!r}: a number above 0 is expected")
    return value


def _mti(field: Spec) -> str:
    encoding = _text(field, "enc", "fields.0")
    known = _TEXTS | {"BCD": "bcd"}
    if encoding not in known:
        raise DialectError(f"fields.0.enc: {encoding}: an MTI is in {', '.join(known)}")
    return known[encoding]


def _bitmap(field: Spec) -> dict[str, Any]:
    encoding = _text(field, "enc", "fields.1")
    if encoding not in (*_BYTES, *_HEX):
        raise DialectError(f"fields.1.enc: {encoding}: a bitmap is {', '.join((*_BYTES, *_HEX))}")
    made: dict[str, Any] = {"encoding": "binary" if encoding in _BYTES else "hex"}
    size = field.get("length", _BITS // 8)
    if size not in (8, 16, 24):
        raise DialectError(f"fields.1.length: {size!r}: 8, 16 or 24 bytes are expected")
    most = size * 8 // _BITS
    # A longer bitmap is there as a whole, and what would follow if its first bit were set are elements beyond 192.
    if most > 1 or field.get("disableAutoExpand") is True:
        made |= {"bitmaps": most, "always": most}
    return made


def _element(field: Spec, key: str, *, at_top: bool = False) -> dict[str, Any]:
    where = f"field {key}"
    kind = _text(field, "type", where)
    made: dict[str, Any] = {"name": _text(field, "description", where, key) or key}
    if kind == "Bitmap":
        raise DialectError(f"{where}: a bitmap in this place is not supported")
    if kind == "Composite":
        made |= _composite(field, where)
    else:
        made |= _content(field, kind, where)
    return made | _length(field, where, at_top=at_top)


def _content(field: Spec, kind: str, where: str) -> dict[str, Any]:
    encoding = _text(field, "enc", where)
    if encoding in _TEXTS:
        format_ = {"Numeric": "n", "Track2": "z", "Track3": "z"}.get(kind, "ans")
        return {"format": format_, "encoding": _TEXTS[encoding], **_fill(field, where)}
    if encoding in _PACKED:
        return {"format": "z" if kind == "Track2" else "n", "encoding": "bcd", "odd": _PACKED[encoding]}
    if encoding in _BYTES:
        return {"format": "b", "encoding": "binary"}
    if encoding in _HEX:
        return {"format": "b", "encoding": "hex", "counts": "bytes"}
    known = (*_TEXTS, *_PACKED, *_BYTES, *_HEX)
    raise DialectError(f"{where}.enc: {encoding!r} is not supported; there are: {', '.join(known)}")


def _fill(field: Spec, where: str) -> dict[str, str]:
    padding = field.get("padding")
    if padding is None or (isinstance(padding, dict) and padding.get("type") in (None, "", "None")):
        return {}
    if not isinstance(padding, dict):
        raise DialectError(f"{where}.padding: an object is expected")
    side, character = _text(padding, "type", where), _text(padding, "pad", where)
    if side not in ("Left", "Right") or len(character) != 1:
        raise DialectError(f"{where}.padding: {side!r} {character!r}: Left or Right and one character are supported")
    return {"fill": f"{side.lower()} {'space' if character == ' ' else character}"}


def _length(field: Spec, where: str, *, at_top: bool) -> dict[str, Any]:
    prefix = _text(field, "prefix", where, "None.Fixed")
    encoding, _, kind = prefix.partition(".")
    if not at_top and encoding in ("BerTLV", "None"):
        return {}
    length = _number(field, "length", where)
    if kind == "Fixed":
        return {"length": length}
    if encoding not in _PREFIXES or set(kind) != {"L"} or len(kind) not in LENGTH_NAMES:
        raise DialectError(f"{where}.prefix: {prefix!r} is not supported")
    return {"length": LENGTH_NAMES[len(kind)], **_most(encoding, len(kind), length)}


def _most(encoding: str, digits: int, length: int) -> dict[str, Any]:
    """The keys of a variable length; of a binary one each L is a byte, of a hex one two characters."""
    written = _PREFIXES[encoding]
    if written in ("binary", "hex"):
        most = min(length, 256**digits - 1)
        size = digits if written == "binary" else 2 * digits
        name = LENGTH_NAMES[max(digits, len(str(most)))]
        return {"length": name, "max": most, "length_encoding": written, "length_size": size}
    return {"max": min(length, 10**digits - 1), "length_encoding": written}


def _composite(field: Spec, where: str) -> dict[str, Any]:
    """A field with subfields, which are read from its bytes."""
    subfields = _object(field, "subfields", where)
    tag = field.get("tag")
    if isinstance(field.get("bitmap"), dict):
        parts = _by_bitmap(field, subfields, where)
    elif isinstance(tag, dict) and tag.get("enc") == "BerTLVTag":
        items = {key: _element(_object(subfields, key, where), f"{where} {key}") for key in subfields}
        parts = {"kind": "ber-tlv", "items": {key.upper(): {**item, "length": "rest"} for key, item in items.items()}}
    elif isinstance(tag, dict) and tag.get("length"):
        parts = _by_tag(tag, subfields, where)
    else:
        keys = sorted(subfields, key=_order)
        items_in_order = [{"key": key, **_element(_object(subfields, key, where), f"{where} {key}")} for key in keys]
        parts = {"kind": "positions", "items": items_in_order}
    return {"format": "b", "encoding": "binary", "parts": parts}


def _by_tag(tag: Spec, subfields: Spec, where: str) -> dict[str, Any]:
    length, encoding = _number(tag, "length", f"{where}.tag"), _text(tag, "enc", f"{where}.tag")
    known = _TEXTS | {"BCD": "bcd", "Binary": "binary"}
    if encoding not in known:
        raise DialectError(f"{where}.tag.enc: {encoding!r} is not supported; there are: {', '.join(known)}")
    items = {key: _element(_object(subfields, key, where), f"{where} {key}") for key in subfields}
    lengths = [item for item in items.values() if isinstance(item.get("length"), str)]
    first = lengths[0] if lengths else {"length": "LLVAR", "length_encoding": "ascii"}
    return {
        "kind": "tlv",
        "tag": length,
        "tag_encoding": known[encoding],
        "length": first["length"],
        "length_encoding": first["length_encoding"],
        "items": {_padded(key, length, tag): item for key, item in items.items()},
    }


def _padded(key: str, length: int, tag: Spec) -> str:
    padding = tag.get("padding")
    left = isinstance(padding, dict) and padding.get("type") == "Left"
    return key.rjust(length, str(padding.get("pad", "0"))) if left and isinstance(padding, dict) else key


def _by_bitmap(field: Spec, subfields: Spec, where: str) -> dict[str, Any]:
    bitmap = _object(field, "bitmap", where)
    encoding = _text(bitmap, "enc", f"{where}.bitmap")
    items = {key: _element(_object(subfields, key, where), f"{where} {key}") for key in subfields}
    return {
        "kind": "bitmap",
        "bitmap": "binary" if encoding in _BYTES else "hex",
        "bits": 8 * _number(bitmap, "length", f"{where}.bitmap"),
        "items": items,
    }
