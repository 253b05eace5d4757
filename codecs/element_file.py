"""Reading the elements of a dialect file, and their parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal, cast

from saklar.codecs import charsets
from saklar.codecs.bitmap import BITS, Bitmap
from saklar.codecs.dates import DATES
from saklar.codecs.element import BY_PARTS, FORMATS, LENGTHS, REST, Counts, Element, Fill, Format
from saklar.codecs.fault import Fault
from saklar.codecs.kinds import BerTlv, Bitmapped, NameValue, Positions, Repeated, Tagged
from saklar.codecs.parts import MAX_DEPTH, Kind, Parts
from saklar.codecs.toml_table import TomlTable
from saklar.codecs.wire import LengthPrefix

SECRETS = ("pan", "track", "all")
COUNTS = ("bytes", "characters", "digits")
BITMAP_ENCODINGS = ("hex", "hex-ebcdic", "binary")
KINDS = ("positions", "repeated", "tlv", "ber-tlv", "bitmap", "name-value")

SIGNED_PACKED = tuple(f"{name}+bcd" for name in ("ascii", "ebcdic"))
ENCODINGS: dict[str, tuple[str, ...]] = {
    "n": (*charsets.NAMES, "bcd"),
    "z": (*charsets.NAMES, "bcd"),
    "text": (*charsets.NAMES, "bcd"),
    "x+n": (*charsets.NAMES, *SIGNED_PACKED),
    "b": ("binary", "hex", "hex-ebcdic"),
    "length": (*charsets.NAMES, "bcd", "bcd-left", "binary", "hex"),
}
"""The encodings that each group of formats, and the length before an element, may have."""

ELEMENT_KEYS = (
    *("name", "format", "date", "length", "max", "secret", "encoding", "length_encoding", "length_size"),
    *("length_plus", "counts", "odd", "fill", "parts"),
)
ITEM_KEYS = ("key", *ELEMENT_KEYS)
PARTS_KEYS = (
    *("kind", "prefix", "counted", "items", "each", "other", "tag", "tag_encoding", "length", "length_encoding"),
    *("length_first", "bitmap", "bits", "base"),
)
ODD_KEYS = ("fixed", "variable")

MAX_LENGTH = 999_999
"""Of a fixed element; the most that six digits of length can state."""


class Defaults:
    """What holds for every element that does not say otherwise."""

    def __init__(self, top: TomlTable) -> None:
        table = top.table("encoding")
        table.only(ENCODINGS)
        self.by_group = {group: table.choice(group, allowed) for group, allowed in ENCODINGS.items() if group != "x+n"}
        text = self.by_group["text"]
        self.by_group["x+n"] = table.choice("x+n", ENCODINGS["x+n"], "ascii" if text == "bcd" else text)
        odd = top.table("odd", default={})
        odd.only(ODD_KEYS)
        self.odd_fixed = _odd(odd, "fixed", "left 0")
        self.odd_variable = _odd(odd, "variable", "right 0")


def read_element(table: TomlTable, key: str, defaults: Defaults, depth: int = 0) -> Element:
    """One element, or (at a depth) a part of one; raises DialectError."""
    table.only(ELEMENT_KEYS if not depth else ITEM_KEYS)
    format_ = cast("Format", table.choice("format", FORMATS))
    group = format_ if format_ in ("n", "z", "b", "x+n") else "text"
    length_type, max_length = _length(table)
    if length_type == BY_PARTS and ("parts" not in table or format_ != "b"):
        raise table.error("length", f"{BY_PARTS!r} is for elements of format b that have parts")
    if length_type == REST and not depth:
        raise table.error("length", f"{REST!r} is for parts of elements")
    fixed = length_type == "fixed"
    element = Element(
        key=key,
        name=table.text("name"),
        format=format_,
        length_type=length_type,
        max_length=max_length,
        encoding=table.choice("encoding", ENCODINGS[group], defaults.by_group[group]),
        length_encoding=table.choice("length_encoding", ENCODINGS["length"], defaults.by_group["length"]),
        odd=_odd(table, "odd") if "odd" in table else defaults.odd_fixed if fixed else defaults.odd_variable,
        fill=_fill(table, "fill", None) if "fill" in table else None,
        secret=table.choice("secret", SECRETS) if "secret" in table else None,
        date=table.choice("date", DATES) if "date" in table else None,
    )
    if element.date is not None and (format_, length_type, max_length) != ("n", "fixed", len(element.date)):
        raise table.error("date", f"{element.date} is for elements of format n and length {len(element.date)}")
    element = _with_length(element, table)
    if "parts" in table:
        over: Literal["bytes", "text"] = "bytes" if format_ == "b" else "text"
        element = replace(element, parts=_parts(table.table("parts"), over, defaults, depth + 1))
    return element


def _with_length(element: Element, table: TomlTable) -> Element:
    """The element with what its length counts and how large that is on the wire."""
    counts = cast("Counts", table.choice("counts", COUNTS, _usual_counts(element.encoding)))
    if not LENGTHS.get(element.length_type):
        for key in ("length_size", "length_plus", "length_encoding"):
            if key in table:
                raise table.error(key, "is for variable lengths")
        return replace(element, counts=counts)
    digits = LENGTHS[element.length_type]
    size = table.whole_number("length_size", 1, 8, _usual_size(element.length_encoding, digits))
    plus = table.whole_number("length_plus", -99, 99, 0)
    element = replace(element, counts=counts, length_size=size, length_plus=plus)
    try:
        LengthPrefix(element).write(element.max_length)
    except Fault as fault:
        raise table.error("max", f"{element.max_length}: {fault.expected} only") from None
    return element


def _usual_counts(encoding: str) -> str:
    if encoding in ("bcd", *SIGNED_PACKED):
        return "digits" if encoding == "bcd" else "characters"
    if encoding in ("hex", "hex-ebcdic"):
        return "characters"
    return "bytes"


def _usual_size(encoding: str, digits: int) -> int:
    """Bytes of a length of so many digits."""
    if encoding in ("bcd", "bcd-left"):
        return (digits + 1) // 2
    if encoding == "binary":
        return (int("9" * digits).bit_length() + 7) // 8
    return digits


def _length(table: TomlTable) -> tuple[str, int]:
    length = table.value("length")
    if isinstance(length, int) and not isinstance(length, bool) and 0 < length <= MAX_LENGTH:
        if "max" in table:
            raise table.error("max", "is for variable lengths; with a fixed one leave it out")
        return "fixed", length
    if length in (BY_PARTS, REST):
        return str(length), 0
    kinds = [kind for kind in LENGTHS if kind != "fixed"]
    if length not in kinds:
        raise table.error("length", f"{length!r}: expected a number above 0, or one of {', '.join(kinds)}")
    return str(length), table.whole_number("max", 1, 10 ** LENGTHS[str(length)] - 1)


def _odd(table: TomlTable, key: str, default: str | None = None) -> Fill | None:
    """What completes an odd number of packed digits."""
    if table.text(key, default) == "none":
        return None
    fill = _fill(table, key, default)
    if fill.character not in "0123456789ABCDEF":
        raise table.error(key, f"{fill.character!r}: digits are completed with one of 0123456789ABCDEF")
    return fill


def _fill(table: TomlTable, key: str, default: str | None) -> Fill:
    text = table.text(key, default)
    side, _, character = text.partition(" ")
    character = " " if character == "space" else character
    if side not in ("left", "right") or len(character) != 1:
        raise table.error(key, f'{text!r}: expected a side and a character, such as "left 0" or "right space"')
    return Fill(cast("Literal['left', 'right']", side), character)


def _parts(table: TomlTable, over: Literal["bytes", "text"], defaults: Defaults, depth: int) -> Parts:
    if depth > MAX_DEPTH:
        raise table.error("kind", f"parts of parts go {MAX_DEPTH} deep at most")
    table.only(PARTS_KEYS)
    read = _Items(over, defaults, depth)
    name = table.choice("kind", KINDS)
    prefix = tuple(read.element(item, item.text("key")) for item in table.tables("prefix"))
    counted = table.choice("counted", [element.key for element in prefix]) if "counted" in table else None
    return Parts(_KIND_READERS[name](table, read), name, prefix, counted, over)


class _Items:
    """Reads the parts of an element; those of a text are text."""

    def __init__(self, over: Literal["bytes", "text"], defaults: Defaults, depth: int) -> None:
        self.over = over
        self._depth = depth
        self._defaults = defaults if over == "bytes" else _OfText(defaults)

    def element(self, table: TomlTable, key: str) -> Element:
        """One part. What it leaves out: format b (of a text: ans), to the end."""
        given = {"name": key, "format": "b" if self.over == "bytes" else "ans", "length": REST} | dict(table.data)
        element = read_element(TomlTable(given, table.file, table.path), key, self._defaults, self._depth)
        if self.over == "text" and element.encoding != "utf-8":
            raise table.error("encoding", "the parts of a text are text; give the element format b to say otherwise")
        return element

    def by_key(self, table: TomlTable) -> dict[str, Element]:
        """Parts by tag or number."""
        items = table.table("items", default={})
        return {key: self.element(items.table(key), key) for key in items.keys}

    def default(self, name: str) -> str:
        """The usual encoding of a group."""
        return self._defaults.by_group[name]


class _OfText(Defaults):
    def __init__(self, defaults: Defaults) -> None:
        self.by_group = dict.fromkeys(ENCODINGS, "utf-8") | {"b": "hex"}
        self.odd_fixed, self.odd_variable = defaults.odd_fixed, defaults.odd_variable


def _positions(table: TomlTable, read: _Items) -> Kind:
    return Positions([read.element(item, item.text("key")) for item in table.tables("items")])


def _repeated(table: TomlTable, read: _Items) -> Kind:
    return Repeated(read.element(table.table("each"), "each"))


def _tagged(table: TomlTable, read: _Items) -> Kind:
    tag_encoding = table.choice("tag_encoding", (*charsets.NAMES, "bcd", "binary"), read.default("text"))
    binary = tag_encoding in ("binary", "bcd")
    length = table.choice("length", [kind for kind in LENGTHS if kind != "fixed"])
    given: dict[str, object] = {"length": length, "max": 10 ** LENGTHS[length] - 1}
    if "length_encoding" in table:
        given["length_encoding"] = table.text("length_encoding")

    def item(content: Mapping[str, object], path: str, key: str) -> Element:
        lengths = given if "length" not in content else {}
        return read.element(TomlTable({**lengths, **content}, table.file, path), key)

    items = table.table("items", default={})
    elements = {key: item(items.table(key).data, items.at(key), key) for key in items.keys}
    other = item(table.table("other", default={}).data, table.at("other"), "other")
    tag = Element(
        key="tag",
        name="tag",
        format="b" if binary else "an",
        length_type="fixed",
        max_length=table.whole_number("tag", 1, 8),
        encoding="binary" if binary else tag_encoding,
    )
    return Tagged(tag, elements, other, length_first=table.flag("length_first"))


def _ber_tlv(table: TomlTable, read: _Items) -> Kind:
    elements = read.by_key(table)
    if read.over == "text":
        raise table.error("kind", "BER-TLV is made of bytes; give the element format b")
    return BerTlv({key.upper(): element for key, element in elements.items()})


def _bitmapped(table: TomlTable, read: _Items) -> Kind:
    encoding = table.choice("bitmap", BITMAP_ENCODINGS)
    bits = table.whole_number("bits", 8, 192, BITS)
    if bits % 8:
        raise table.error("bits", f"{bits}: expected a multiple of 8")
    bitmap = Bitmap(cast("Literal['binary', 'hex', 'hex-ebcdic']", encoding), 1, 1, False, bits)
    base = table.whole_number("base", 0, 999, 0)
    items = table.table("items")
    for key in items.keys:
        if not (key.isascii() and key.isdigit() and base < int(key) <= base + bits):
            raise items.error(key, f"expected a number from {base + 1} to {base + bits}")
    return Bitmapped(bitmap, base, {int(key): element for key, element in read.by_key(table).items()})


def _name_value(table: TomlTable, read: _Items) -> Kind:  # noqa: ARG001 (one signature)
    return NameValue(Element("", "", "ans", REST, 0, "utf-8"))


_KIND_READERS: dict[str, Callable[[TomlTable, _Items], Kind]] = {
    "positions": _positions,
    "repeated": _repeated,
    "tlv": _tagged,
    "ber-tlv": _ber_tlv,
    "bitmap": _bitmapped,
    "name-value": _name_value,
}
