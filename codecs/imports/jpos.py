"""Packagers of jPOS (GenericPackager, in XML), made into dialect files.

What an element's class does on the wire is in `jpos_classes`, what the attributes of packagers mean here, both after
jPOS's public source and its DTD (generic-packager-1.0).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element as Node

from saklar.codecs.bitmap import BITS, MOST
from saklar.codecs.errors import DialectError
from saklar.codecs.imports.document import Document, checked, document, name_of, secret_of
from saklar.codecs.imports.jpos_classes import (
    BITMAPS,
    CLASSES,
    CONTENTS,
    MTIS,
    NOTHING,
    PACKAGE,
    TAGGED,
    UNSUPPORTED,
    Content,
    Tag,
    length_keys,
)
from saklar.codecs.imports.jpos_file import by_number, class_of, flag, number_of, packager_of, parsed, refuse
from saklar.codecs.parts import MAX_DEPTH

_TRACKS = (35, 36)
"""Elements whose packed digits have D where jPOS shows `=`."""


def from_jpos(text: str, name: str = "imported") -> Document:
    """The dialect file that says what a packager does.

    Elements of classes that write nothing are left out; a message that has one is refused.

    Raises:
        DialectError: it is no such file, or has what a dialect cannot say; names field and class.
    """
    root = parsed(text)
    fields = by_number(root, "packager")
    refuse(root, "packager")
    for key, usual in (("emitBitmap", "true"), ("bitmapField", "1"), ("firstField", "2")):
        if root.get(key, usual) != usual:
            raise DialectError(f"packager: {key}={root.get(key)!r} is not supported")
    if not {0, 1} <= fields.keys():
        raise DialectError("fields 0 (the MTI) and 1 (the bitmap) are required")
    made = document(name, f"{name}, imported from jPOS", _mti(fields.pop(0)), _bitmap(fields.pop(1)))
    header = number_of(root, "headerLength", "packager", 0)
    if header:
        made["header"] = {"parts": [{"name": "header", "length": header, "encoding": "binary"}]}
    made["elements"] = _elements(fields, made["bitmap"]["bitmaps"])
    return checked(made)


def _elements(fields: Mapping[int, Node], bitmaps: int) -> dict[str, Any]:
    made = {}
    for number, field in fields.items():
        where = f"field {number}"
        if class_of(field, where) in NOTHING or (number == BITS + 1 and bitmaps == MOST):
            continue
        if number > bitmaps * BITS:
            raise DialectError(f"{where}: is not in a bitmap of {bitmaps * BITS} bits")
        element = _element(field, where)
        if number in _TRACKS and element["format"] == "n":
            element["format"] = "z"
        made[str(number)] = element | secret_of(number, divided="parts" in element)
    return made


def _mti(field: Node) -> str:
    class_ = class_of(field, "field 0")
    if class_ not in MTIS or field.tag != "isofield":
        raise DialectError(f"field 0: {class_}: an MTI is one of {', '.join(MTIS)}")
    return MTIS[class_]


def _bitmap(field: Node) -> dict[str, Any]:
    class_, length = class_of(field, "field 1"), number_of(field, "length", "field 1")
    if class_ not in BITMAPS:
        raise DialectError(f"field 1: {class_}: a bitmap is one of {', '.join(BITMAPS)}")
    if length not in (8, 16, 24):
        raise DialectError(f"field 1: {class_}: a bitmap of {length} bytes is not supported; 8, 16 and 24 are")
    return {"encoding": BITMAPS[class_], "bitmaps": length * 8 // BITS}


def _element(field: Node, where: str, *, depth: int = 0) -> dict[str, Any]:
    """An element, or one of its parts."""
    refuse(field, where)
    class_ = class_of(field, where)
    if class_ not in CLASSES:
        raise _unknown(class_, where)
    kind, code = CLASSES[class_]
    made = {"name": name_of(field.get("name", ""), where)}
    return made | _described(field, CONTENTS[kind], _length(field, kind, code, where), where, depth)


def _unknown(class_: str, where: str) -> DialectError:
    if class_ in TAGGED:
        return DialectError(f"{where}: {class_}: a tag in this place is not supported")
    why = f": {UNSUPPORTED[class_]}" if class_ in UNSUPPORTED else ""
    return DialectError(f"{where}: {class_} is not supported{why}")


def _length(field: Node, kind: str, code: str, where: str) -> dict[str, Any]:
    length = number_of(field, "length", where)
    if not length:
        raise DialectError(f"{where}: {class_of(field, where)}: a length of 0 is not supported")
    # jPOS states in digits what it counts in bytes, and fills digits up to whole bytes before it counts them.
    length = {"hex digits even": 2 * length, "n bcd even": length + length % 2}.get(kind, length)
    inclusive = flag(field, "inclusive")
    if inclusive and not (kind == "b" and code.startswith("H")):
        raise DialectError(f"{where}: {class_of(field, where)}: inclusive is for bytes behind a binary length")
    return length_keys(code, length, inclusive=inclusive)


def _described(field: Node, content: Content, length: dict[str, Any], where: str, depth: int) -> dict[str, Any]:
    if field.tag == "isofieldpackager":
        return _divided(field, content, where, depth) | length
    made = dict(content.keys) | length
    if content.odd:
        made["odd"] = content.odd[flag(field, "pad")]
    if content.fill and isinstance(length["length"], int):
        made["fill"] = content.fill
    return made


def _divided(field: Node, content: Content, where: str, depth: int) -> dict[str, Any]:
    """An element whose value is what another packager made, which the class then treats as it does any value."""
    packager, class_ = packager_of(field), class_of(field, where)
    if packager not in _PACKAGERS:
        raise DialectError(f"{where}: {class_}: packager {packager!r} is not supported")
    if content.inner is None:
        raise DialectError(f"{where}: {class_}: subfields in {content.keys['encoding']} are not supported")
    if depth >= MAX_DEPTH:
        raise DialectError(f"{where}: {class_}: subfields go {MAX_DEPTH} deep at most")
    parts = _PACKAGERS[packager](field, where, depth + 1)
    if content.inner == "text":
        return {"format": "ans", "encoding": content.keys["encoding"], "parts": _as_text(parts, where, class_)}
    keys = CONTENTS["b"].keys if content.inner == "bytes" else content.keys
    return {**keys, "parts": parts}


def _as_text(parts: dict[str, Any], where: str, class_: str) -> dict[str, Any]:
    """The parts of a text: all that is there in ASCII before the whole is put into another character set."""
    items: Any = parts.get("items", [])
    each = items.values() if isinstance(items, dict) else items
    if (
        parts.get("prefix")
        or parts["kind"] not in ("positions", "bitmap")
        or parts.get("bitmap", "hex") != "hex"
        or not all(
            {item["encoding"], item.get("length_encoding", "ascii")} <= {"ascii", "latin-1"} and "parts" not in item
            for item in each
        )
    ):
        raise DialectError(f"{where}: {class_}: subfields that are not all ASCII are not supported")
    made = (
        {key: _of_text(item) for key, item in items.items()} if isinstance(items, dict) else list(map(_of_text, items))
    )
    return parts | {"items": made}


def _of_text(item: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in item.items() if key not in ("encoding", "length_encoding")}
    return kept | {"counts": "characters"}


def _by_attributes(field: Node, where: str, depth: int) -> dict[str, Any]:
    """GenericPackager and GenericSubFieldPackager: a bitmap, unless emitBitmap is false, then fields by number.

    The first of them is number 1, or 2 behind a bitmap, unless firstField says otherwise. The former packager has a
    header and field 0 before the bitmap, as messages have their MTI.
    """
    fields = by_number(field, where)
    second = fields.get(1)
    usual = 2 if second is not None and class_of(second, where) in BITMAPS else 1
    if (0 in fields and fields[0].tag == "isofieldpackager") or max(fields, default=0) == 0:
        usual = 0
    first = number_of(field, "firstField", where, usual)
    emits = flag(field, "emitBitmap", default=True)
    at = number_of(field, "bitmapField", where, 1) if emits else -1
    shown = {number: child for number, child in fields.items() if number >= first and number != at}
    head: dict[str, dict[str, Any]] = {}
    if packager_of(field).endswith(".GenericPackager"):
        header = number_of(field, "headerLength", where, 0)
        head = {"header": {"name": "header", "length": header, "format": "b", "encoding": "binary"}} if header else {}
        if 0 in fields and class_of(fields[0], where) not in BITMAPS:
            if not first:
                raise DialectError(f"{where}.0: {class_of(fields[0], where)}: is read twice, with firstField 0")
            head |= _items({0: fields[0]}, where, depth)
    return _fields_in_order(head, fields.get(at), shown, where, depth, emits=emits)


def _of_visa(field: Node, where: str, depth: int) -> dict[str, Any]:
    """Base1SubFieldPackager: a bitmap if field 0 is one."""
    fields = by_number(field, where)
    emits = 0 in fields and class_of(fields[0], where) in (*BITMAPS, _BITMAP_126)
    bitmap = fields.pop(0) if emits else None
    return _fields_in_order({}, bitmap, fields, where, depth, emits=emits)


_BITMAP_126 = "packager.Base1_BITMAP126"


def _fields_in_order(
    head: Mapping[str, dict[str, Any]],
    bitmap: Node | None,
    fields: Mapping[int, Node],
    where: str,
    depth: int,
    *,
    emits: bool,
) -> dict[str, Any]:
    after = _items(fields, where, depth)
    if not emits:
        return {"kind": "positions", "items": [{"key": key, **item} for key, item in {**head, **after}.items()]}
    if bitmap is None:
        raise DialectError(f"{where}: there is no bitmap, and emitBitmap is not false")
    parts = {"kind": "bitmap", **_inner_bitmap(bitmap, f"{where}.{bitmap.get('id')}", fields), "items": after}
    beyond = next((key for key in after if not 0 < int(key) <= parts["bits"]), None)
    if beyond is not None:
        raise DialectError(f"{where}.{beyond}: is not in a bitmap of {parts['bits']} bits")
    return parts | ({"prefix": [{"key": key, **item} for key, item in head.items()]} if head else {})


def _inner_bitmap(field: Node, where: str, fields: Mapping[int, Node]) -> dict[str, Any]:
    """The bitmap before subfields. Up to 8 bytes it has its length; a longer one grows if its first bit is set."""
    class_, length = class_of(field, where), number_of(field, "length", where)
    if class_ == _BITMAP_126:
        return {"bitmap": "binary", "bits": BITS}
    if class_ not in BITMAPS:
        raise DialectError(f"{where}: {class_}: a bitmap is one of {', '.join(BITMAPS)}")
    if length in (16, 24) and all(1 < number <= BITS for number in fields):
        length = 8
    # IFE_BITMAP writes 8 bytes for any number of bits above 32.
    if not 0 < length <= 8 or (class_ == "IFE_BITMAP" and 4 < length < 8):
        raise DialectError(f"{where}: {class_}: a bitmap of {length} bytes before these subfields is not supported")
    return {"bitmap": BITMAPS[class_], "bits": 8 * length}


def _items(fields: Mapping[int, Node], where: str, depth: int) -> dict[str, dict[str, Any]]:
    return {
        str(number): _element(field, f"{where}.{number}", depth=depth)
        for number, field in fields.items()
        if class_of(field, f"{where}.{number}") not in NOTHING
    }


def _by_tag(field: Node, where: str, depth: int) -> dict[str, Any]:
    """EuroSubFieldPackager and its like: subfields of classes that write a tag, in any order; field 0 before them."""
    fields = by_number(field, where)
    if 0 in fields and packager_of(field).endswith(".GICCSubFieldPackager"):
        raise DialectError(
            f"{where}.0: {class_of(fields[0], where)}: a first part that may be missing is not supported"
        )
    head = {0: fields.pop(0)} if 0 in fields and class_of(fields[0], where) not in TAGGED else {}
    found = {number: _tagged(child, f"{where}.{number}", depth) for number, child in fields.items()}
    tags = {tag for tag, _ in found.values()}
    if len(tags) != 1:
        raise DialectError(f"{where}: {class_of(field, where)}: subfields with one kind of tag are supported")
    tag = tags.pop()
    items = {f"{number:0{tag.digits}d}": item for number, (_, item) in found.items()}
    lengths = {key: value for key, value in next(iter(items.values())).items() if key.startswith(("length", "max"))}
    lengths["max"] = max(item["max"] for item in items.values())
    if any(item["length_size"] != lengths["length_size"] for item in items.values()) and tag.length_first:
        raise DialectError(f"{where}: {class_of(field, where)}: tags behind lengths of two sizes are not supported")
    parts = {"kind": "tlv", "tag": tag.digits, "tag_encoding": tag.encoding, "length_first": tag.length_first}
    before = [{"key": key, **item} for key, item in _items(head, where, depth).items()]
    return {**parts, "length": lengths["length"], "items": items, "other": lengths, "prefix": before}


def _tagged(field: Node, where: str, depth: int) -> tuple[Tag, dict[str, Any]]:
    refuse(field, where)
    class_, number = class_of(field, where), number_of(field, "id", where)
    if class_ not in TAGGED:
        raise DialectError(f"{where}: {class_}: has no tag") if class_ in CLASSES else _unknown(class_, where)
    tag, kind, code = TAGGED[class_]
    if number >= 10**tag.digits:
        raise DialectError(f"{where}: {class_}: a tag of {tag.digits} digits cannot state {number}")
    length = _length(field, kind, code, where)
    if tag.length_first:
        length["max"] = min(length["max"], 10 ** length["length_size"] - 1 - tag.digits)
    return tag, {
        "name": name_of(field.get("name", ""), where),
        **_described(field, CONTENTS[kind], length, where, depth),
    }


def _by_mapped_tag(field: Node, where: str, depth: int) -> dict[str, Any]:
    """GenericTaggedFieldsPackager, with a tag mapper that writes the subfield's number."""
    mapper, class_ = field.get("tagMapper"), class_of(field, where)
    if mapper not in _MAPPERS or flag(field, "swapTagAndLen"):
        what = "swapTagAndLen" if mapper in _MAPPERS else f"tagMapper {mapper!r}"
        raise DialectError(f"{where}: {class_}: {what} is not supported")
    return _by_tag(field, where, depth)


_MAPPERS = ("org.jpos.iso.packager.TTDecimalTagMapper", "org.jpos.iso.packager.TTTDecimalTagMapper")


def _of_chip(field: Node, where: str, depth: int) -> dict[str, Any]:  # noqa: ARG001 (one signature)
    """BERTLVBinaryPackager: subfields by their tags, whatever is listed."""
    by_number(field, where)
    return {"kind": "ber-tlv"}


_PACKAGERS: dict[str, Callable[[Node, str, int], dict[str, Any]]] = {
    f"{PACKAGE}packager.GenericPackager": _by_attributes,
    f"{PACKAGE}packager.GenericSubFieldPackager": _by_attributes,
    f"{PACKAGE}packager.Base1SubFieldPackager": _of_visa,
    f"{PACKAGE}packager.EuroSubFieldPackager": _by_tag,
    f"{PACKAGE}packager.MasterCardEBCDICSubFieldPackager": _by_tag,
    f"{PACKAGE}packager.GICCSubFieldPackager": _by_tag,
    f"{PACKAGE}packager.GenericTaggedFieldsPackager": _by_mapped_tag,
    "org.jpos.tlv.packager.bertlv.BERTLVBinaryPackager": _of_chip,
}
"""How each packager divides an element."""
