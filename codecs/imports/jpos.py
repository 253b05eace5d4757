"""Packagers of jPOS (GenericPackager, in XML), made into dialect files.

What each field class does on the wire is in a table here, after that project's public documentation and class names:
IFA, IFB and IFE are ASCII, BCD or binary, and EBCDIC; LL and so on the digits of a length; NUM, CHAR and BINARY what
follows.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

from saklar.codecs.errors import DialectError
from saklar.codecs.imports.document import LENGTH_NAMES, Document, document, secret_of

_CLASS = re.compile(r"(?P<family>IF[ABE][ABEHP]?|IF)_(?P<length>F?L{0,6})(?P<binary_length>H?)(?P<what>[A-Z0-9]+)")
_BITMAP = re.compile(r"IF(?P<family>[ABE])_BITMAP")

_LENGTH_ENCODINGS = {"A": "ascii", "B": "bcd", "E": "cp500"}
_TEXTS = {"A": "ascii", "B": "ascii", "E": "cp500"}
_BINARIES = {"A": "hex", "B": "binary", "E": "hex-ebcdic"}
_MOST_TEXT = 1 << 20
"""Characters of a file; the largest known packagers have some 60,000."""


def from_jpos(content: str, name: str = "imported") -> Document:
    """The dialect file that says what a packager does.

    Raises:
        DialectError: it is no such file, or has a class that is not supported; names field and class.
    """
    root = _parsed(content)
    fields = {child.get("id", ""): child for child in root}
    if not {"0", "1"} <= fields.keys():
        raise DialectError("fields 0 (the MTI) and 1 (the bitmap) are required")
    made = document(name, f"{name}, imported from jPOS", _mti(fields.pop("0")), _bitmap(fields.pop("1")))
    header = _number(root, "headerLength", 0)
    if header:
        made["header"] = {"parts": [{"name": "header", "length": header, "encoding": "binary"}]}
    last = made["bitmap"]["bitmaps"] * 64
    for key, field in fields.items():
        if not (key.isascii() and key.isdigit()) or not 2 <= int(key) <= last:
            raise DialectError(f"field {key!r}: a number from 2 to {last} is expected")
        if (int(key) - 1) % 64 == 0 and int(key) < last:
            continue  # a bitmap's own bit
        element = _element(field, f"field {key}")
        made["elements"][key] = element | ({} if "parts" in element else secret_of(int(key)))
    return made


def _parsed(content: str) -> ET.Element:
    """The root of the file. Its DOCTYPE names jPOS's own DTD; entities are not needed, and refused."""
    if len(content) > _MOST_TEXT:
        raise DialectError(f"over {_MOST_TEXT} characters")
    if "<!ENTITY" in content:
        raise DialectError("entities are not supported")
    try:
        root = ET.fromstring(content)  # noqa: S314 (without entities nothing can grow; the DTD is never fetched)
    except (ET.ParseError, ValueError) as error:
        raise DialectError(f"not XML: {error}") from None
    if root.tag != "isopackager":
        raise DialectError(f"<{root.tag}>: <isopackager> is expected")
    return root


def _number(field: ET.Element, key: str, default: int | None = None) -> int:
    text = field.get(key)
    if text is None and default is not None:
        return default
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise DialectError(f"field {field.get('id', '?')}: {key}={text!r}: a number is expected")
    return int(text)


def _class_of(field: ET.Element, where: str) -> str:
    found = field.get("class")
    if not found:
        raise DialectError(f"{where}: class is required")
    return found.rpartition(".")[2]


def _mti(field: ET.Element) -> str:
    by_class = {
        "IFA_NUMERIC": "ascii",
        "IFB_NUMERIC": "bcd",
        "IFE_NUMERIC": "cp500",
        "IF_CHAR": "ascii",
        "IFE_CHAR": "cp500",
    }
    class_ = _class_of(field, "field 0")
    if class_ not in by_class:
        raise DialectError(f"field 0: {class_}: an MTI is one of {', '.join(by_class)}")
    return by_class[class_]


def _bitmap(field: ET.Element) -> dict[str, Any]:
    class_ = _class_of(field, "field 1")
    match = _BITMAP.fullmatch(class_)
    if match is None:
        raise DialectError(f"field 1: {class_}: a bitmap is one of IFA_BITMAP, IFB_BITMAP, IFE_BITMAP")
    return {"encoding": _BINARIES[match["family"]], "bitmaps": min(3, max(1, _number(field, "length") // 8))}


def _element(field: ET.Element, where: str) -> dict[str, Any]:
    class_ = _class_of(field, where)
    match = _CLASS.fullmatch(class_)
    made: dict[str, Any] = {"name": field.get("name") or where}
    if match is None:
        raise DialectError(f"{where}: {class_} is not supported")
    content = _content(match, class_, field, where)
    made |= content | _length(match, class_, field, content["format"], where)
    if field.tag == "isofieldpackager":
        made |= {"format": "b", "encoding": "binary", "parts": _parts(field, where)}
        made.pop("odd", None)
        made.pop("fill", None)
    return made


def _content(match: re.Match[str], class_: str, field: ET.Element, where: str) -> dict[str, Any]:
    family, what = match["family"][2:], match["what"]
    data = family[-1:] or "A"  # IF_CHAR is ASCII; of two letters the second is the data's
    if what in ("NUMERIC", "NUM") and (family == "B" or data == "B"):
        return {"format": "n", "encoding": "bcd", "odd": "left 0" if field.get("pad") == "true" else "right 0"}
    if what in ("NUMERIC", "NUM"):
        fill = {"fill": "left 0"} if what == "NUMERIC" else {}
        return {"format": "n", "encoding": _TEXTS.get(data, "ascii"), **fill}
    if what in ("CHAR", "ECHAR"):
        text = "cp500" if what == "ECHAR" else _TEXTS.get(data, "ascii")
        return {"format": "ans", "encoding": text, **({} if match["length"] else {"fill": "right space"})}
    if what == "BINARY":
        # Behind a length jPOS writes bytes as they are; without one IFA and IFE write them as hex.
        return {
            "format": "b",
            "encoding": "binary" if match["length"] else _BINARIES.get(data, "binary"),
            "counts": "bytes",
        }
    if what == "ABINARY":
        return {"format": "b", "encoding": "hex", "counts": "bytes"}
    if what == "AMOUNT":
        return {"format": "x+n", "encoding": {"B": "ascii+bcd"}.get(data, _TEXTS.get(data, "ascii"))}
    raise DialectError(f"{where}: {class_} is not supported")


def _length(match: re.Match[str], class_: str, field: ET.Element, format_: str, where: str) -> dict[str, Any]:
    length, digits = _number(field, "length"), len(match["length"])
    if match["length"].startswith("F"):
        raise DialectError(f"{where}: {class_} is not supported")
    if digits == 0:
        return {"length": length} if length else _refuse(where, "a length of 0")
    family = match["family"][2:3]
    if match["binary_length"]:
        size = {1: 1, 2: 1}.get(digits, 2)
        name = LENGTH_NAMES[max(digits, len(str(length)))]
        return {"length": name, "max": min(length, 256**size - 1), "length_encoding": "binary", "length_size": size}
    encoding = _LENGTH_ENCODINGS.get(family, "ascii")
    most = min(length, 10**digits - 1) or _refuse(where, f"a length of {length} for {format_}")
    return {"length": LENGTH_NAMES[digits], "max": most, "length_encoding": encoding}


def _refuse(where: str, what: str) -> Any:
    raise DialectError(f"{where}: {what} is not supported")


def _parts(field: ET.Element, where: str) -> dict[str, Any]:
    """The subfields of a field: with a bitmap, or one after the other."""
    children = [(child.get("id", ""), child) for child in field]
    bitmaps = {key: child for key, child in children if _BITMAP.fullmatch(_class_of(child, f"{where} {key}"))}
    kept = [(key, child) for key, child in children if key not in bitmaps and _class_of(child, where) != "IF_NOP"]
    items = {key: _element(child, f"{where} {key}") for key, child in kept}
    if bitmaps and field.get("emitBitmap", "true") != "false":
        first = next(iter(bitmaps.values()))
        found = _bitmap(first)
        return {
            "kind": "bitmap",
            "bitmap": found["encoding"],
            "bits": 8 * min(24, _number(first, "length")),
            "items": items,
        }
    return {"kind": "positions", "items": [{"key": key, **item} for key, item in items.items()]}
