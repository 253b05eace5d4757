"""A dialect: what bytes mean to one network."""

import os
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from saklar.codecs import reference
from saklar.codecs.compiler import Plans
from saklar.codecs.dialect_file import Description, describe
from saklar.codecs.element import Element, Violation
from saklar.codecs.errors import DecodeError, DialectError, EncodeError
from saklar.codecs.message import Message, View
from saklar.codecs.mti import is_mti
from saklar.codecs.writer import Writer

_MTI = 0
_DERIVED_KEYS = ("p", "1", "65", 1, 65)
"""Bitmaps, which pyiso8583's documents carry: they follow from the elements."""


class Dialect:
    """Reads and writes messages; made by `load_dialect`.

    Attributes:
        name, title: what it is called, and in words.
        version: "1987" or "1993", the edition of ISO 8583 whose elements it has.
        elements: its elements by number.
        spec: the same as a pyiso8583 specification.
    """

    def __init__(self, description: Description) -> None:
        self.name = description.name
        self.title = description.title
        self.version = description.version
        self.elements: Mapping[int, Element] = description.elements
        self.spec = reference.make_spec(description.mti_encoding, description.bitmap_encoding, self.elements)
        self._numbers: dict[str | int, int] = {"mti": _MTI, "t": _MTI}
        for number in self.elements:
            self._numbers |= {number: number, str(number): number}
        self._packed_mti = description.mti_encoding == "bcd"
        bitmap_in_hex = description.bitmap_encoding == "hex"
        self._plans = Plans(2 if self._packed_mti else 4, 16 if bitmap_in_hex else 8, self.elements)
        self._writer = Writer(self.elements, packed_mti=self._packed_mti, bitmap_in_hex=bitmap_in_hex)

    def __repr__(self) -> str:
        return f"<Dialect {self.name}>"

    def decode(self, data: bytes) -> Message:
        """The message that the bytes (without framing) are.

        Raises:
            DecodeError: they are none; it says where, and holds what could be read.
        """
        data = bytes(data)
        plan = self._plans.of(data)
        if plan is not None:
            try:
                subject = data.decode("ascii") if self._plans.all_ascii else data
                mti = data[:2].hex().upper() if self._packed_mti else str(data[:4], "ascii")
            except UnicodeDecodeError:
                return self._decode_any(data)
            ends = plan.scan(subject)
            if ends is not None:
                return Message.over(self, mti, data, View(subject, plan, ends))
        return self._decode_any(data)

    def _decode_any(self, data: bytes) -> Message:
        """By the reference codec, which knows every message and what is wrong with the others."""
        try:
            mti, values = reference.decode(data, self.spec, self.elements)
        except reference.WireError as error:
            partial = Message(self, error.read.get("t", ""), reference.values_of(error.read, self.elements))
            raise DecodeError(error.field, error.offset or 0, error.message, partial) from None
        return Message(self, mti, values, data)

    def message(self, mapping: Mapping[str | int, str] | Mapping[str, str] | Mapping[int, str]) -> Message:
        """A message of these elements: keys "mti" (or "t") and element numbers, as `11` or `"11"`.

        Raises:
            EncodeError: no MTI, a key that names no element of the dialect, or a value that is no str.
        """
        mti, elements = None, {}
        for key, value in mapping.items():
            number = self._numbers.get(key)
            if number is None and key not in _DERIVED_KEYS:
                number = self.number(key)
            if not isinstance(value, str):
                raise EncodeError(str(key), f"a value is a str, not {type(value).__name__}")
            if number == _MTI:
                mti = value
            elif number is not None:
                elements[number] = value
        if mti is None:
            raise EncodeError("t", 'an MTI is required, under the key "mti"')
        return Message(self, mti, elements)

    def encode(self, mapping: Mapping[str | int, str] | Mapping[str, str] | Mapping[int, str] | Message) -> bytes:
        """The bytes of a message, or of what `message` takes.

        Raises:
            EncodeError: an element that the dialect lacks, or a value that does not fit its element.
        """
        return bytes(mapping if isinstance(mapping, Message) else self.message(mapping))

    def check(self, message: Message, elements: Iterable[int] | None = None) -> tuple[Violation, ...]:
        """The elements (of those given, or all) whose content is not what their format allows.

        Decoding looks only at lengths and character sets; what it takes may still be no number where one is due.
        """
        found = []
        for number in message if elements is None else elements:
            value = message.get(number)
            problem = self.elements[number].problem(value) if value is not None else None
            if problem is not None:
                found.append(Violation(number, problem))
        return tuple(found)

    def write(self, mti: str, values: Mapping[int, str]) -> bytes:
        """The bytes of an MTI and elements.

        Raises:
            EncodeError: a value does not fit its element.
        """
        if not is_mti(mti):
            raise EncodeError("t", "an MTI is four digits")
        written = self._writer.message(mti, values)
        if written is not None:
            return written
        try:
            return reference.encode(mti, values, self.spec, self.elements)
        except reference.WireError as error:
            raise EncodeError(error.field, error.message) from None

    def rewrite(self, mti: str, patches: Mapping[int, str], view: View) -> bytes | None:
        """A message's bytes with another MTI and other values; None where it must be written anew."""
        if not is_mti(mti):
            return None
        written = {number: self._writer.element(number, value) for number, value in patches.items()}
        good = {number: element for number, element in written.items() if element is not None}
        if len(good) < len(written):
            return None
        head = self._writer.mti(mti) + view.bitmaps(2 if self._packed_mti else 4)
        return view.patched(head, good)

    def number(self, key: int | str) -> int:
        """The number of an element of this dialect, given as `11` or `"11"`.

        Raises:
            EncodeError: the dialect has no such element.
        """
        number = self._numbers.get(key)
        if number:
            return number
        text = str(key)
        if text.isascii() and text.isdigit() and int(text) in self.elements:
            return int(text)
        raise EncodeError(text, f"dialect {self.name} has no such element")

    def shown(self, number: int, value: str) -> str:
        """An element's value as people may see it."""
        element = self.elements.get(number)
        return element.shown(value) if element else value


def dialect_names() -> tuple[str, ...]:
    """The names of the dialects that saklar ships."""
    names = (file.name for file in _folder().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_dialect(name_or_path: str | os.PathLike[str]) -> Dialect:
    """The dialect of that name, or in that TOML file (a path has a `/` or ends in `.toml`).

    Raises:
        DialectError: there is none, or its file is wrong; says where and what would be right.
    """
    text = os.fspath(name_or_path)
    if is_file(text):
        try:
            return Dialect(describe(Path(text).read_bytes(), text))
        except OSError as error:
            raise DialectError(f"{text}: {error.strerror}") from None
    return _shipped(text)


def is_file(name: str) -> bool:
    """Whether a dialect's name is the path of a file: it has a `/` or ends in `.toml`."""
    return name.endswith(".toml") or os.sep in name


@cache
def _shipped(name: str) -> Dialect:
    if name not in dialect_names():
        raise DialectError(f"unknown dialect {name!r}; there are: {', '.join(dialect_names())}, or give a .toml file")
    return Dialect(describe((_folder() / f"{name}.toml").read_bytes(), f"{name}.toml"))


def _folder() -> Traversable:
    return resources.files("saklar.codecs.dialects")
