"""Composite fields of moov-io/iso8583: subfields in an order, by tag, or by bitmap.

After that project's public source (field/composite.go) and its docs/composite-fields.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from saklar.codecs.errors import DialectError
from saklar.codecs.imports.moov_file import Spec, number_of, object_of, text_of

Read = Callable[[str, Spec], dict[str, Any]]
"""Reads a subfield, of a name."""

_TAGS = {
    "ASCII": "ascii",
    "EBCDIC": "cp500",
    "EBCDIC1047": "cp1047",
    "Binary": "latin-1",
    "BCD": "bcd",
    "LBCD": "bcd",
    **dict.fromkeys(("ASCIIToHex", "ASCIIHexToBytes", "AsciiHexToBytes"), "binary"),
}
"""How tags are written. A Binary one is the tag's own characters."""

_BITMAPS = {"Binary": "binary", "HexToASCII": "hex", "BytesToASCIIHex": "hex"}

_BER_VALUES = ("binary", "ascii", "cp500", "cp1047", "latin-1")
"""Encodings of values whose BER-TLV length there counts bytes, as it should."""

_SORTS = {"StringsByInt": 10, "StringsByHex": 16}


def parts_of(field: Spec, where: str, read: Read) -> dict[str, Any]:
    """The table of parts of a composite; raises DialectError."""
    subfields = object_of(field, "subfields", where)
    if not subfields:
        raise DialectError(f"{where}.subfields: there are none")
    specs = {key: object_of(subfields, key, f"{where}.subfields") for key in subfields}
    if field.get("bitmap") is not None:
        return _by_bitmap(object_of(field, "bitmap", where), specs, where, read)
    tag = object_of(field, "tag", where) if field.get("tag") is not None else {}
    encoding = text_of(tag, "enc", f"{where}.tag", "")
    if encoding == "BerTLVTag":
        return {"kind": "ber-tlv", "items": {key.upper(): _ber(key, spec, where, read) for key, spec in specs.items()}}
    if encoding:
        return _by_tag(tag, encoding, specs, where, read)
    order = _ordered(specs, text_of(tag, "sort", f"{where}.tag", "StringsByInt"), where)
    return {"kind": "positions", "items": [{"key": key, **_stated(key, specs[key], where, read)} for key in order]}


def _ordered(specs: Mapping[str, Spec], sort: str, where: str) -> list[str]:
    if sort not in _SORTS:
        raise DialectError(f"{where}.tag.sort: {sort!r} is not supported; there are: {', '.join(_SORTS)}")

    def number(key: str) -> int:
        if not (key.isascii() and key.isalnum()) or len(key) > 16:
            raise DialectError(f"{where}.{key}: a number is expected by {sort}")
        try:
            return int(key, _SORTS[sort])
        except ValueError:
            raise DialectError(f"{where}.{key}: a number is expected by {sort}") from None

    return sorted(specs, key=number)


def _stated(key: str, spec: Spec, where: str, read: Read) -> dict[str, Any]:
    """A subfield whose length is not in BER-TLV, which is only behind tags in it."""
    if spec.get("prefix") == "BerTLV":
        raise DialectError(f"{where}.{key}.prefix: BerTLV is not supported here; it is for subfields with a BerTLVTag")
    return read(key, spec)


def _ber(key: str, spec: Spec, where: str, read: Read) -> dict[str, Any]:
    at = f"{where}.{key}"
    if spec.get("prefix") != "BerTLV":
        raise DialectError(f"{at}.prefix: {spec.get('prefix')!r} behind a BerTLVTag is not supported; BerTLV is")
    made = read(key, spec)
    if made["encoding"] not in _BER_VALUES:
        raise DialectError(f"{at}.enc: {spec.get('enc')!r}: a BerTLV length that does not count bytes is not supported")
    return made


def _by_tag(tag: Spec, encoding: str, specs: Mapping[str, Spec], where: str, read: Read) -> dict[str, Any]:
    at = f"{where}.tag"
    if encoding not in _TAGS:
        raise DialectError(f"{at}.enc: {encoding!r} is not supported; there are: BerTLVTag, {', '.join(_TAGS)}")
    length, written = number_of(tag, "length", at), _TAGS[encoding]
    if written == "bcd" and length % 2:
        raise DialectError(f"{at}.length: {length}: an odd number of packed digits is not supported")
    digits = 2 * length if written == "binary" else length
    items = {
        _tag(key, digits, tag, at, upper=written == "binary"): _stated(key, spec, where, read)
        for key, spec in specs.items()
    }
    other = _other(tag, items, where, read)
    return {
        "kind": "tlv",
        "tag": length // 2 if written == "bcd" else length,
        "tag_encoding": written,
        "length": other["length"] if "max" in other else "LLVAR",
        "items": items,
        "other": other,
    }


def _other(tag: Spec, items: Mapping[str, dict[str, Any]], where: str, read: Read) -> dict[str, Any]:
    """What is behind a tag that is not listed: what prefUnknownTLV says; if nothing, a length as the others have it.

    Without prefUnknownTLV such tags are refused there, which a dialect cannot say.
    """
    prefix = text_of(tag, "prefUnknownTLV", f"{where}.tag", "")
    if prefix:
        spec = {"type": "Binary", "enc": "Binary", "prefix": prefix, "length": 999_999}
        return {key: value for key, value in _stated("tag", spec, where, read).items() if key != "name"}
    usual: dict[str, Any] = next((item for item in items.values() if "max" in item), {"length": "rest"})
    return {key: value for key, value in usual.items() if key.startswith("length") or key == "max"}


def _tag(key: str, digits: int, tag: Spec, where: str, *, upper: bool) -> str:
    """The tag as it is written, padded."""
    padding = object_of(tag, "padding", where) if tag.get("padding") is not None else {}
    side, pad = text_of(padding, "type", f"{where}.padding", "None"), text_of(padding, "pad", f"{where}.padding", "0")
    if side not in ("Left", "Right", "None") or len(pad) != 1:
        raise DialectError(f"{where}.padding: {side!r} {pad!r}: Left or Right and one character are supported")
    padded = {"Left": key.rjust(digits, pad), "Right": key.ljust(digits, pad), "None": key}[side]
    if len(padded) != digits or not padded.isascii():
        raise DialectError(f"{where}: {key!r}: a tag has {digits} characters")
    return padded.upper() if upper else padded


def _by_bitmap(bitmap: Spec, specs: Mapping[str, Spec], where: str, read: Read) -> dict[str, Any]:
    at = f"{where}.bitmap"
    encoding, length = text_of(bitmap, "enc", at), bitmap.get("length", 8)
    if encoding not in _BITMAPS:
        raise DialectError(f"{at}.enc: {encoding!r}: a bitmap is one of {', '.join(_BITMAPS)}")
    if not isinstance(length, int) or isinstance(length, bool) or not 0 < length <= 24:
        raise DialectError(f"{at}.length: {length!r}: a number from 1 to 24 is expected")
    if bitmap.get("disableAutoExpand") is not True:
        raise DialectError(f"{at}.disableAutoExpand: a bitmap that grows is not supported")
    items = {}
    for key, spec in specs.items():
        if not (key.isascii() and key.isdigit() and len(key) <= 3 and 0 < int(key) <= 8 * length):
            raise DialectError(f"{where}.{key}: a number from 1 to {8 * length} is expected")
        items[str(int(key))] = _stated(key, spec, where, read)
    return {"kind": "bitmap", "bitmap": _BITMAPS[encoding], "bits": 8 * length, "items": items}
