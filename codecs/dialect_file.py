"""Reading a dialect's TOML file, and saying clearly what is wrong with it. docs/dialects.md describes the format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from saklar.codecs import charsets
from saklar.codecs.bitmap import BITS, MOST, Bitmap
from saklar.codecs.element import Element
from saklar.codecs.element_file import BITMAP_ENCODINGS, ELEMENT_KEYS, Defaults, read_element
from saklar.codecs.errors import DialectError
from saklar.codecs.framing import Framing, make_framing
from saklar.codecs.header import Header, HeaderPart
from saklar.codecs.parts import MAX_DEPTH
from saklar.codecs.toml_table import TomlTable

VERSIONS = ("1987", "1993", "2003")
MTI_ENCODINGS = (*charsets.NAMES, "bcd")
CASES = ("upper", "lower")
FRAMING_ENCODINGS = ("binary", "ascii", "bcd", "hex", "ebcdic")
FRAMING_COUNTS = ("bytes", "hex-digits")
HEADER_LENGTHS = ("header", "message")
TOP_KEYS = (
    *("name", "title", "version", "extends", "source", "strict"),
    *("header", "mti", "bitmap", "framing", "encoding", "odd", "elements", "messages"),
)
BITMAP_KEYS = ("encoding", "bitmaps", "always", "first_bit", "case")
FIRST_BITS = ("needed", "never", "always")
HEADER_KEYS = ("parts", "standard")
HEADER_PART_KEYS = (
    *("name", "format", "length", "max", "encoding", "length_encoding", "length_size", "counts", "odd"),
    *("value", "literal", "length_of", "since", "answers"),
)
FRAMING_KEYS = ("size", "encoding", "plus", "counts")
MESSAGE_KEYS = ("required", "optional")

FIRST, LAST = 1, MOST * BITS

Loader = Callable[[str], TomlTable]
"""Finds the file that another one extends."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The elements that messages of an MTI have: those that must be there, and (unless None) those that may."""

    required: frozenset[int]
    optional: frozenset[int] | None

    def allows(self, number: int) -> bool:
        """Whether the element has a place."""
        return self.optional is None or number in self.required or number in self.optional


@dataclass(frozen=True, slots=True)
class Description:
    """What a dialect file says."""

    name: str
    title: str
    version: str
    source: str
    mti_encoding: str
    bitmap: Bitmap
    elements: Mapping[int, Element]
    header: Header | None = None
    framing: Framing | None = None
    strict: bool = False
    profiles: Mapping[str, Profile] | None = None

    def profile_of(self, mti: str) -> Profile | None:
        """What is said about messages of an MTI: by itself, or by a pattern such as "02x0"."""
        profiles = self.profiles or {}
        exact = profiles.get(mti)
        return exact or next((profile for pattern, profile in profiles.items() if _fits(pattern, mti)), None)


def _fits(pattern: str, mti: str) -> bool:
    return len(pattern) == len(mti) and all(p in ("x", m) for p, m in zip(pattern, mti, strict=True))


def describe(content: bytes, file: str, load: Loader | None = None) -> Description:
    """Read a dialect file.

    Args:
        content: its bytes.
        file: what errors call it.
        load: finds a file that it extends.

    Raises:
        DialectError: it is not TOML, or says something that cannot be.
    """
    top = extended(TomlTable.of(content, file), load)
    top.only(TOP_KEYS)
    defaults = Defaults(top)
    bitmap = _bitmap(top.table("bitmap"))
    elements = top.table("elements")
    numbers = {key: _number(elements, key, bitmap) for key in elements.keys}
    return Description(
        name=top.text("name"),
        title=top.text("title"),
        version=top.choice("version", VERSIONS),
        source=top.text("source", ""),
        mti_encoding=top.table("mti").choice("encoding", MTI_ENCODINGS),
        bitmap=bitmap,
        elements={numbers[key]: read_element(elements.table(key), key, defaults) for key in sorted(numbers, key=int)},
        header=_header(top.table("header"), defaults) if "header" in top else None,
        framing=_framing(top.table("framing")) if "framing" in top else None,
        strict=top.flag("strict"),
        profiles=_profiles(top.table("messages", default={})),
    )


def extended(top: TomlTable, load: Loader | None, depth: int = 0) -> TomlTable:
    """The file with what it leaves out taken from the one that it extends.

    An element's table adds to the other's, but one that gives a length takes over none of the other's lengths, nor what
    date it is; false in place of a table leaves an element, the header, the framing or a message out.
    """
    if "extends" not in top:
        return top
    name = top.text("extends")
    if load is None or depth > MAX_DEPTH:
        raise top.error("extends", f"{name!r}: files extend each other in a circle, or too deep")
    try:
        base = extended(load(name), load, depth + 1)
    except DialectError as error:
        raise top.error("extends", str(error)) from None
    own = {key: value for key, value in top.data.items() if key != "extends"}
    merged = TomlTable(_merged(base.data, own), top.file)
    return TomlTable({**merged.data, "elements": _reached(merged, own)}, top.file)


def _reached(merged: TomlTable, own: Mapping[str, object]) -> dict[str, object]:
    """The elements without those that were taken over and that fewer bitmaps do not reach."""
    last = merged.table("bitmap").whole_number("bitmaps", 1, MOST, MOST) * BITS
    mine = own.get("elements")
    elements = merged.table("elements").data
    return {
        key: value
        for key, value in elements.items()
        if not (key.isdecimal() and int(key) > last) or (isinstance(mine, dict) and key in mine)
    }


_LENGTH_KEYS = ("length", "max", "length_encoding", "length_size", "length_plus", "counts", "date")
_REPLACED = ("parts", "items")
"""Tables that are taken as a whole."""


def _merged(base: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    kept = dict(base)
    if "length" in own:
        kept = {key: value for key, value in kept.items() if key not in _LENGTH_KEYS}
    for key, value in own.items():
        below = kept.get(key)
        if value is False and key != "strict":
            kept.pop(key, None)
        elif isinstance(value, dict) and isinstance(below, dict) and key not in _REPLACED:
            kept[key] = _merged(below, value)
        else:
            kept[key] = value
    return kept


def _number(elements: TomlTable, key: str, bitmap: Bitmap) -> int:
    most = bitmap.most * BITS
    number = int(key) if key.isascii() and key.isdigit() and len(key) <= 3 else 0
    if not FIRST <= number <= most:
        raise elements.error(key, f"an element is a number from {FIRST} to {most}, as the bitmaps have it")
    if bitmap.is_marker(number):
        raise elements.error(key, "is a bitmap's own bit; with fewer bitmaps (bitmap.bitmaps) it can be an element")
    return number


def _bitmap(table: TomlTable) -> Bitmap:
    table.only(BITMAP_KEYS)
    encoding = cast("Literal['binary', 'hex', 'hex-ebcdic']", table.choice("encoding", BITMAP_ENCODINGS))
    most = table.whole_number("bitmaps", 1, MOST, MOST)
    always = table.whole_number("always", 1, most, 1)
    lower = table.choice("case", CASES, "upper") == "lower"
    first_bit = table.choice("first_bit", FIRST_BITS, "never" if 1 < always == most else "needed")
    if first_bit == "never" and always < most:
        raise table.error("first_bit", '"never" is for bitmaps that are always there (bitmap.always)')
    return Bitmap(encoding, most, always, lower, first_bit=cast("Literal['needed', 'never', 'always']", first_bit))


def _header(table: TomlTable, defaults: Defaults) -> Header:
    table.only(HEADER_KEYS)
    parts = table.tables("parts")
    if not parts:
        raise table.error("parts", "a header has one part or more")
    names = [part.text("name") for part in parts]
    read = tuple(_header_part(part, names, defaults) for part in parts)
    if any(part.length_of for part in read) and not all(part.element.is_fixed for part in read):
        raise table.error("parts", "where one states a length, all have a fixed length")
    standard = table.whole_number("standard", 1, 999) if "standard" in table else None
    return Header(read, standard)


def _header_part(table: TomlTable, names: list[str], defaults: Defaults) -> HeaderPart:
    table.only(HEADER_PART_KEYS)
    name, value = table.text("name"), table.text("value") if "value" in table else None
    encoding = table.choice("encoding", (*charsets.NAMES, "binary", "bcd"), "binary")
    binary = encoding == "binary"
    given: dict[str, object] = {"encoding": encoding, "format": "b" if binary else "n" if encoding == "bcd" else "ans"}
    given |= {"length": len(value) // (2 if binary else 1)} if value is not None else {}
    given |= {key: item for key, item in table.data.items() if key in ELEMENT_KEYS}
    element = read_element(TomlTable(given, table.file, table.path), name, defaults)
    if value is not None and element.problem(value) is not None:
        raise table.error("value", f"{element.problem(value)}")
    literal = table.flag("literal")
    if literal and value is None:
        raise table.error("value", "is required of a literal")
    length_of = table.choice("length_of", HEADER_LENGTHS) if "length_of" in table else None
    since = table.choice("since", names, name if length_of == "header" else names[0])
    if length_of is not None and value is None:
        value = "0" * element.max_length * (2 if binary else 1)
    answers = table.choice("answers", names) if "answers" in table else ""
    counted = cast("Literal['header', 'message'] | None", length_of)
    return HeaderPart(element, value, literal, counted, since, answers)


def _framing(table: TomlTable) -> Framing:
    table.only(FRAMING_KEYS)
    size = table.whole_number("size", 1, 8)
    encoding = table.choice("encoding", FRAMING_ENCODINGS)
    plus = table.whole_number("plus", -99, 99, 0)
    halves = table.choice("counts", FRAMING_COUNTS, "bytes") == "hex-digits"
    return make_framing(size, encoding, plus=plus, halves=halves)


def _profiles(table: TomlTable) -> dict[str, Profile]:
    profiles = {}
    for pattern in table.keys:
        if len(pattern) != 4 or not all(c in "0123456789x" for c in pattern):
            raise table.error(pattern, 'expected four digits of an MTI, with x for any, such as "02x0"')
        message = table.table(pattern)
        message.only(MESSAGE_KEYS)
        optional = message.numbers("optional", FIRST, LAST) if "optional" in message else None
        profiles[pattern] = Profile(message.numbers("required", FIRST, LAST), optional)
    return profiles
