"""pyiso8583's specifications (its documentation, "Specifications") and dialects, either made of the other."""

from __future__ import annotations

import encodings
from collections.abc import Iterable, Mapping
from typing import Any

from saklar.codecs import charsets
from saklar.codecs.bitmap import BITS, MOST
from saklar.codecs.dialect import Dialect
from saklar.codecs.element import BY_PARTS, LENGTHS, Element
from saklar.codecs.errors import DialectError
from saklar.codecs.imports.document import LENGTH_NAMES, Document, document, secret_of

Spec = Mapping[str, Mapping[str, Any]]

_MOST = 99_999
"""The most that a length of a dialect may state."""


_FIELD_KEYS = {"data_enc": str, "len_enc": str, "len_type": int, "max_len": int}


def from_pyiso8583(spec: Spec, name: str = "imported") -> Document:
    """The dialect file that says what a specification does.

    Values are the same, and so are bytes. Packed digits are format n, so that a track's separator stays D.

    Raises:
        DialectError: the specification says something that a dialect file cannot, or lacks something.
    """
    for key in ("t", "p", "1"):
        if key not in spec:
            raise DialectError(f"{key}: is required")
    for key, content in spec.items():
        for part, kind in _FIELD_KEYS.items():
            if not isinstance(content.get(part), kind):
                raise DialectError(f"{key}.{part}: {content.get(part)!r}: expected {kind.__name__}")
    bitmap = {"encoding": _bitmap_encoding(spec["p"]), "bitmaps": MOST}
    mti = "bcd" if spec["t"]["data_enc"] == "b" else _charset(spec["t"]["data_enc"], "t")
    made = document(name, f"{name}, imported from pyiso8583", mti, bitmap)
    header = spec.get("h", {})
    if header.get("max_len", 0) > 0:
        made["header"] = {"parts": [{**_element("h", header), "name": "header"}]}
    for number in range(2, MOST * BITS + 1):
        field = spec.get(str(number))
        if field is not None and number != BITS + 1 and field["max_len"] > 0:
            made["elements"][str(number)] = _element(str(number), field) | secret_of(number)
    return made


def _bitmap_encoding(field: Mapping[str, Any]) -> str:
    if field["data_enc"] == "b":
        return "binary"
    name = _charset(field["data_enc"], "p")
    if name == "ascii":
        return "hex"
    if name in ("cp500", "cp037", "cp1140"):  # digits and letters are in the same places
        return "hex-ebcdic"
    raise DialectError(f"p: a bitmap in {name}")


def _charset(name: str, field: str) -> str:
    """Our name for a Python codec."""
    found = _python_name(name)
    for ours in charsets.NAMES:
        if ours not in ("ebcdic", "cp1047") and _python_name(ours) == found:
            return ours
    raise DialectError(f"{field}: encoding {name!r}; there are: {', '.join(charsets.NAMES)}")


def _python_name(name: str) -> str:
    """A codec has many names; this is the one that all of them share."""
    found = encodings.search_function(encodings.normalize_encoding(name.lower()))
    return str(found.name) if found is not None else name


def _element(key: str, field: Mapping[str, Any]) -> dict[str, Any]:
    packed = field["data_enc"] == "b"
    nibbles = field.get("len_count", "bytes") == "nibbles"
    most = field["max_len"]
    made: dict[str, Any] = {"name": field.get("desc") or key}
    if packed:
        made |= {"format": "n", "encoding": "bcd"} if nibbles else {"format": "b", "encoding": "binary"}
    else:
        made |= {"format": "ans", "encoding": _charset(field["data_enc"], key)}
    if packed and nibbles:
        made |= _odd(key, field)
    if nibbles and not packed:
        if most % 2:
            raise DialectError(f"{key}: {most} half bytes of text")
        made["counts"], most = "digits", most // 2
    return made | _length(key, field, most)


def _odd(key: str, field: Mapping[str, Any]) -> dict[str, str]:
    left, right = (str(field.get(f"{side}_pad", ""))[:1] for side in ("left", "right"))
    if left and right:
        raise DialectError(f"{key}: a pad on both sides")
    if not left and not right:
        return {"odd": "none"}
    pad = left or right
    if pad not in "0123456789ABCDEF":
        raise DialectError(f"{key}: the pad {pad!r}, which is no digit")
    return {"odd": f"{'left' if left else 'right'} {pad}"}


def _length(key: str, field: Mapping[str, Any], most: int) -> dict[str, Any]:
    size = field["len_type"]
    if most > _MOST:
        raise DialectError(f"{key}: a length of {most}")
    if size == 0:
        return {"length": most}
    encoding = {"b": "binary", "bcd": "bcd"}.get(field["len_enc"]) or _charset(field["len_enc"], key)
    stated = most * (2 if field.get("len_count") == "nibbles" and field["data_enc"] != "b" else 1)
    digits = len(str(stated)) if encoding in ("binary", "bcd") else size
    if digits not in LENGTH_NAMES:
        raise DialectError(f"{key}: a length of {size} digits")
    states = {"binary": 256**size - 1, "bcd": 100**size - 1}.get(encoding, 10**size - 1)
    most = min(most, states // (stated // most))
    return {"length": LENGTH_NAMES[digits], "max": most, "length_encoding": encoding, "length_size": size}


def to_pyiso8583(dialect: Dialect, only: Iterable[int] | None = None) -> dict[str, dict[str, Any]]:
    """The specification that says what a dialect does, of all its elements or only of these.

    Values are the same, but that a packed track has D between its fields, not `=`.

    Raises:
        DialectError: the dialect has what pyiso8583 cannot say; it names the first such thing.
    """
    described = dialect.description
    bitmap = described.bitmap
    if bitmap.lower or bitmap.always > 1 or bitmap.most == 1:
        raise DialectError(
            f"{dialect.name}: bitmap: pyiso8583 knows upper case and bitmaps that follow each other only"
        )
    if dialect.has_header:
        raise DialectError(f"{dialect.name}: header: pyiso8583 knows one text only")
    encoding = {"binary": "b", "hex": "ascii", "hex-ebcdic": "cp500"}[bitmap.encoding]
    size = bitmap.size
    packed = described.mti_encoding == "bcd"
    spec = {
        "h": _field("ascii", 0, "Message Header"),
        "t": _field(
            "b" if packed else _codec(dialect, "mti", described.mti_encoding), 2 if packed else 4, "Message Type"
        ),
        "p": _field(encoding, size, "Bitmap, Primary"),
        "1": _field(encoding, size, "Bitmap, Secondary"),
    }
    wanted = dialect.elements if only is None else set(only)
    for number, element in dialect.elements.items():
        if number not in wanted:
            continue
        if number == BITS + 1:
            raise DialectError(f"{dialect.name}: element 65: is a bitmap's own bit to pyiso8583")
        spec[str(number)] = _spec_of(dialect, element)
    return spec


def _field(encoding: str, length: int, name: str) -> dict[str, Any]:
    return {"data_enc": encoding, "len_enc": "ascii", "len_type": 0, "max_len": length, "desc": name}


def _codec(dialect: Dialect, key: str, name: str) -> str:
    characters = charsets.charset(name)
    if characters.codec is None:
        raise DialectError(f"{dialect.name}: {key}: Python has no codec {name}")
    return characters.codec


def _spec_of(dialect: Dialect, element: Element) -> dict[str, Any]:
    where = f"element {element.key}"
    if element.length_type == BY_PARTS or element.length_plus or element.length_encoding in ("bcd-left", "hex"):
        raise DialectError(f"{dialect.name}: {where}: pyiso8583 has no such length")
    most = element.max_length
    field: dict[str, Any] = {"data_enc": "b", "len_enc": "ascii", "len_type": element.length_size, "desc": element.name}
    if LENGTHS[element.length_type]:
        by_name = {"bcd": "bcd", "binary": "b"}
        length = element.length_encoding
        field["len_enc"] = by_name.get(length) or _codec(dialect, where, length)
    if element.encoding == "bcd":
        if element.counts == "digits":
            field["len_count"] = "nibbles"
            field |= {f"{element.odd.side}_pad": element.odd.character} if element.odd else {}
        elif most % 2:
            raise DialectError(f"{dialect.name}: {where}: an odd number of digits counted in bytes")
        else:
            most //= 2
    elif element.encoding in ("hex", "hex-ebcdic") and element.counts != "bytes":
        field["data_enc"] = "ascii" if element.encoding == "hex" else "cp500"
        most *= 2
    elif element.encoding != "binary":
        field["data_enc"] = _text_codec(dialect, where, element)
        if element.counts == "digits":
            field["len_count"], most = "nibbles", 2 * most
    return {**field, "max_len": most}


def _text_codec(dialect: Dialect, where: str, element: Element) -> str:
    packed = "+" in element.encoding or element.encoding in ("hex", "hex-ebcdic")
    if packed or (element.counts == "characters" and not charsets.charset(element.encoding).single_byte):
        raise DialectError(f"{dialect.name}: {where}: pyiso8583 has no such encoding")
    return _codec(dialect, where, element.encoding)
