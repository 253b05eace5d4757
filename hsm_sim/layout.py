"""How the body of a host command is laid out: one description for the parser, the builder and the documentation.

A body is text (each byte a character). Its parts follow each other without separators; each knows by its
form where it ends.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from saklar.hsm_sim.errors import ErrorCode, HsmError

Values = Mapping[str, str]
"""The fields of a body by name, as they stand in it."""


class Reader:
    """A body and how far it has been read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def take(self, pattern: re.Pattern[str], name: str) -> str:
        """The next field, which must match.

        Raises:
            HsmError: it does not.
        """
        match = pattern.match(self._text, self._position)
        if match is None:
            raise HsmError(ErrorCode.INVALID_INPUT, f"{name}: missing or malformed")
        self._position = match.end()
        return match[0]

    def take_count(self, count: int, name: str) -> str:
        """The next so many characters, whatever they are.

        Raises:
            HsmError: there are fewer.
        """
        text = self._text[self._position : self._position + count]
        if len(text) < count:
            raise HsmError(ErrorCode.DATA_LENGTH, f"{name}: fewer characters than its length says")
        self._position += count
        return text

    def take_if(self, literal: str) -> bool:
        """Whether the literal comes next; if so it is read."""
        found = self._text.startswith(literal, self._position)
        self._position += len(literal) if found else 0
        return found

    @property
    def rest(self) -> str:
        """What has not been read."""
        return self._text[self._position :]


class Part(Protocol):
    """A piece of a body."""

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """Take the piece from the reader and add its fields to the values."""

    def write(self, values: Values) -> str:
        """The piece, of these values."""

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """Name, form and meaning of each field, for people."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        name: of the value.
        form: for people (16H hex digits, 2N digits, 1A characters).
        pattern: what the value looks like.
        about: what it means.
        shown: the value is harmless, and may be logged; keys, PINs, blocks, account numbers and data never are.
    """

    name: str
    form: str
    pattern: re.Pattern[str]
    about: str = ""
    shown: bool = False

    @property
    def quick(self) -> tuple[str | None, re.Pattern[str]] | None:
        """Its usual form (see `quick_form`)."""
        return self.name, self.pattern

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        values[self.name] = reader.take(self.pattern, self.name)

    def write(self, values: Values) -> str:
        """See `Part`.

        Raises:
            ValueError: the value is missing or not of the form; says the name, not the value.
        """
        value = values.get(self.name)
        if value is None or self.pattern.fullmatch(value) is None:
            raise ValueError(f"{self.name}: {self.form} is expected")
        return value

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """See `Part`."""
        yield self.name, self.form, self.about


@dataclass(frozen=True, slots=True)
class Optional:
    """Parts that are there all together behind a delimiter, or not at all."""

    delimiter: str
    parts: tuple[Part, ...]

    @property
    def quick(self) -> tuple[str | None, re.Pattern[str]] | None:
        """Usually it is not there."""
        return None, re.compile(f"(?!{re.escape(self.delimiter)})")

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        if reader.take_if(self.delimiter):
            for part in self.parts:
                part.read(reader, values)

    def write(self, values: Values) -> str:
        """See `Part`."""
        names = {name for part in self.parts for name, _, _ in part.rows()}
        if not names & values.keys():
            return ""
        return self.delimiter + "".join(part.write(values) for part in self.parts)

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """See `Part`."""
        for part in self.parts:
            for name, form, about in part.rows():
                yield name, form, f"{about}; optional, after {self.delimiter!r}".removeprefix("; ")


@dataclass(frozen=True, slots=True)
class Maybe:
    """A field that is there if what comes next looks like it."""

    field: Field

    @property
    def quick(self) -> tuple[str | None, re.Pattern[str]] | None:
        """Usually it is not there."""
        return None, re.compile(f"(?!{self.field.pattern.pattern})")

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        if self.field.pattern.match(reader.rest):
            self.field.read(reader, values)

    def write(self, values: Values) -> str:
        """See `Part`."""
        return self.field.write(values) if self.field.name in values else ""

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """See `Part`."""
        yield self.field.name, self.field.form, f"{self.field.about}; optional"


@dataclass(frozen=True, slots=True)
class When:
    """Parts that are there where an earlier field has a certain value, or one of several."""

    field: str
    value: str | tuple[str, ...]
    parts: tuple[Part, ...]

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        if values[self.field] in self._wanted:
            for part in self.parts:
                part.read(reader, values)

    def write(self, values: Values) -> str:
        """See `Part`."""
        return "".join(part.write(values) for part in self.parts) if values.get(self.field) in self._wanted else ""

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """See `Part`."""
        for part in self.parts:
            for name, form, about in part.rows():
                yield name, form, f"{about}; where {self.field} is {' or '.join(self._wanted)}".removeprefix("; ")

    @property
    def _wanted(self) -> tuple[str, ...]:
        return (self.value,) if isinstance(self.value, str) else self.value


@dataclass(frozen=True, slots=True)
class Choice:
    """A field that has one of a few values, all of one length; any other value has an error code of its own."""

    name: str
    meanings: Mapping[str, str]
    error: ErrorCode

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`.

        Raises:
            HsmError: with code 15 where the field is missing, with that of the field where it has another value.
        """
        value = reader.take(re.compile(f"[\\x21-\\x7e]{{{self._length}}}"), self.name)
        if value not in self.meanings:
            raise HsmError(self.error, f"{self.name}: one of {', '.join(self.meanings)} is expected")
        values[self.name] = value

    def write(self, values: Values) -> str:
        """See `Part`.

        Raises:
            ValueError: the value is missing or none of them.
        """
        value = values.get(self.name, "")
        if value not in self.meanings:
            raise ValueError(f"{self.name}: one of {', '.join(self.meanings)} is expected")
        return value

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """See `Part`."""
        yield self.name, f"{self._length}A", ", ".join(f"{value} {about}" for value, about in self.meanings.items())

    @property
    def _length(self) -> int:
        return len(next(iter(self.meanings)))


@dataclass(frozen=True, slots=True)
class Literal:
    """A character that must be there and says nothing."""

    text: str

    def read(self, reader: Reader, values: dict[str, str]) -> None:  # noqa: ARG002 (one signature)
        """See `Part`."""
        reader.take(re.compile(re.escape(self.text)), repr(self.text))

    def write(self, values: Values) -> str:  # noqa: ARG002 (one signature)
        """See `Part`."""
        return self.text

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """See `Part`."""
        return ()


@dataclass(frozen=True, slots=True)
class Key(Field):
    """A key, with its scheme; a key block (scheme S or R) says its own length, from its version on."""

    @property
    def quick(self) -> tuple[str | None, re.Pattern[str]] | None:
        """Usually it is no key block."""
        return self.name, re.compile(f"(?!{_BLOCK})(?:{self.pattern.pattern})")

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        text = reader.take(self.pattern, self.name)
        if text[0] in _BLOCK_SCHEMES:
            text += reader.take_count(max(int(text[2:]) + 1 - len(text), 0), self.name)
        values[self.name] = text

    def write(self, values: Values) -> str:
        """See `Part`.

        Raises:
            ValueError: the value is missing or no key; says the name, not the value.
        """
        value = values.get(self.name, "")
        start = self.pattern.match(value)
        length = 0 if start is None else int(value[2:6]) + 1 if value[0] in _BLOCK_SCHEMES else start.end()
        if not value or length != len(value):
            raise ValueError(f"{self.name}: a key with its scheme is expected")
        return value


_BLOCK_SCHEMES = ("S", "R")
_SINGLE = "Z?[0-9A-Fa-f]{16}"
_SCHEMED = "[UX][0-9A-Fa-f]{32}|[TY][0-9A-Fa-f]{48}"
_BLOCK = "[SR][0-9A-Z][0-9]{4}"
"""As far as the length."""


def key(name: str, about: str) -> Key:
    """A key under the LMK or another key, with its scheme; a single-length one has none."""
    return Key(name, "key", re.compile(f"{_BLOCK}|{_SCHEMED}|{_SINGLE}"), about)


def key_pair(name: str, about: str) -> Key:
    """A double-length key, of which old systems leave out the scheme: 32 hex digits are two single keys."""
    return Key(name, "key", re.compile(f"{_BLOCK}|{_SCHEMED}|[0-9A-Fa-f]{{32}}|{_SINGLE}"), about)


def pair(name: str, about: str) -> Key:
    """A double-length key, with or without its scheme, and nothing shorter."""
    return Key(name, "key", re.compile(f"{_BLOCK}|{_SCHEMED}|[0-9A-Fa-f]{{32}}"), about)


def digits(name: str, count: int, about: str = "", *, shown: bool = False) -> Field:
    """So many decimal digits."""
    return Field(name, f"{count}N", re.compile(f"[0-9]{{{count}}}"), about, shown)


def raw(name: str, count: int, about: str = "") -> Field:
    """So many bytes, each a character of any value."""
    return Field(name, f"{count}B", re.compile(f"[\\x00-\\xff]{{{count}}}"), about)


def hexadecimal(name: str, count: int, about: str = "", *, shown: bool = False) -> Field:
    """So many hex digits."""
    return Field(name, f"{count}H", re.compile(f"[0-9A-Fa-f]{{{count}}}"), about, shown)


def characters(name: str, count: int, about: str = "", *, shown: bool = False) -> Field:
    """So many letters, digits or hyphens."""
    return Field(name, f"{count}A", re.compile(f"[0-9A-Za-z-]{{{count}}}"), about, shown)


def remainder(name: str, about: str = "") -> Field:
    """All that is left."""
    return Field(name, "nB", re.compile(r".*", re.DOTALL), about)


def read_all(parts: Iterable[Part], reader: Reader) -> dict[str, str]:
    """The fields of a body.

    Raises:
        HsmError: it is not laid out so.
    """
    values: dict[str, str] = {}
    for part in parts:
        part.read(reader, values)
    return values


def write_all(parts: Iterable[Part], values: Values) -> str:
    """A body of these fields.

    Raises:
        ValueError: one is missing or malformed.
    """
    return "".join(part.write(values) for part in parts)


def shown_names(parts: Iterable[Part]) -> Iterator[str]:
    """Names of the fields whose values may be logged. Parts of another kind name them in `shown`, if there are any."""
    for part in parts:
        match part:
            case Choice():
                yield part.name
            case Field():
                yield from (part.name,) if part.shown else ()
            case Maybe():
                yield from shown_names((part.field,))
            case Optional() | When():
                yield from shown_names(part.parts)
            case _:
                yield from getattr(part, "shown", ())
