"""Reading a dialect's TOML file, and saying clearly what is wrong with it. docs/dialects.md describes the format."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from saklar.codecs.element import FORMATS, LENGTHS, Element, Format
from saklar.codecs.errors import DialectError
from saklar.codecs.reference import FIRST, LAST

VERSIONS = ("1987", "1993")
SECRETS = ("pan", "track", "all")
MTI_ENCODINGS = ("ascii", "bcd")
BITMAP_ENCODINGS = ("hex", "binary")

_ENCODINGS: dict[str, tuple[str, ...]] = {
    "n": ("ascii", "bcd"),
    "z": ("ascii", "bcd"),
    "text": ("ascii",),
    "b": ("hex", "binary"),
    "length": ("ascii", "bcd"),
}
"""The encodings that each group of formats, and the length before an element, may have."""

_TOP = ("name", "title", "version", "mti", "bitmap", "encoding", "elements")
_ELEMENT = ("name", "format", "length", "max", "secret", "encoding", "length_encoding")


@dataclass(frozen=True, slots=True)
class Description:
    """What a dialect file says."""

    name: str
    title: str
    version: str
    mti_encoding: str
    bitmap_encoding: str
    elements: Mapping[int, Element]


def describe(content: bytes, file: str) -> Description:
    """Read a dialect file; `file` names it in errors.

    Raises:
        DialectError: it is not TOML, or says something that cannot be.
    """
    try:
        top = _Table(tomllib.loads(content.decode()), file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DialectError(f"{file}: not valid TOML: {error}") from None
    top.only(_TOP)
    defaults = top.table("encoding")
    defaults.only(_ENCODINGS)
    by_group = {group: defaults.choice(group, allowed) for group, allowed in _ENCODINGS.items()}
    elements = top.table("elements")
    return Description(
        name=top.text("name"),
        title=top.text("title"),
        version=top.choice("version", VERSIONS),
        mti_encoding=top.table("mti").choice("encoding", MTI_ENCODINGS),
        bitmap_encoding=top.table("bitmap").choice("encoding", BITMAP_ENCODINGS),
        elements={_number(elements, key): _element(elements, key, by_group) for key in elements.keys},
    )


def _number(elements: "_Table", key: str) -> int:
    if not (key.isascii() and key.isdigit() and FIRST <= int(key) <= LAST and int(key) != 65):
        raise elements.error(key, f"an element is a number from {FIRST} to {LAST} other than 65, a bitmap")
    return int(key)


def _element(elements: "_Table", key: str, by_group: Mapping[str, str]) -> Element:
    table = elements.table(key)
    table.only(_ELEMENT)
    format_ = cast("Format", table.choice("format", FORMATS))
    group = format_ if format_ in ("n", "z", "b") else "text"
    length_type, max_length = _length(table)
    return Element(
        number=int(key),
        name=table.text("name"),
        format=format_,
        length_type=length_type,
        max_length=max_length,
        encoding=table.choice("encoding", _ENCODINGS[group], by_group[group]),
        length_encoding=table.choice("length_encoding", _ENCODINGS["length"], by_group["length"]),
        secret=table.choice("secret", SECRETS) if "secret" in table.keys else None,
    )


def _length(table: "_Table") -> tuple[str, int]:
    length = table.value("length")
    if isinstance(length, int) and not isinstance(length, bool) and length > 0:
        if "max" in table.keys:
            raise table.error("max", "is for variable lengths; with a fixed one leave it out")
        return "fixed", length
    kinds = [kind for kind in LENGTHS if kind != "fixed"]
    if length not in kinds:
        raise table.error("length", f"{length!r}: expected a number above 0, or one of {', '.join(kinds)}")
    most = table.value("max")
    if not isinstance(most, int) or not 0 < most < 10 ** LENGTHS[str(length)]:
        raise table.error("max", f"{most!r}: expected a number from 1 to {10 ** LENGTHS[str(length)] - 1} for {length}")
    return str(length), most


class _Table:
    """A TOML table that knows where it stands, for errors."""

    def __init__(self, data: Mapping[str, object], file: str, path: str = "") -> None:
        self._data = data
        self._file = file
        self._path = path

    @property
    def keys(self) -> Iterable[str]:
        return self._data.keys()

    def error(self, key: str, what: str) -> DialectError:
        return DialectError(f"{self._file}: {self._at(key)}: {what}")

    def only(self, known: Iterable[str]) -> None:
        for key in self.keys:
            if key not in known:
                near = difflib.get_close_matches(key, list(known), n=1)
                hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
                raise self.error(key, f"unknown key; {hint}")

    def value(self, key: str) -> object:
        if key not in self._data:
            raise self.error(key, "is required")
        return self._data[key]

    def text(self, key: str) -> str:
        value = self.value(key)
        if not isinstance(value, str) or not value:
            raise self.error(key, f"{value!r}: expected a text in quotes")
        return value

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        value = self._data.get(key, default) if default is not None else self.value(key)
        if not isinstance(value, str) or value not in allowed:
            raise self.error(key, f"{value!r}: expected one of {', '.join(allowed)}")
        return value

    def table(self, key: str) -> "_Table":
        value = self.value(key)
        if not isinstance(value, dict):
            raise self.error(key, f"{value!r}: expected a table")
        return _Table(value, self._file, self._at(key))

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key
