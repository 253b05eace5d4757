"""A TOML table that knows where it stands, so that what is wrong with it can be said with file and key."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping

from saklar.codecs.errors import DialectError


class TomlTable:
    """Reads keys of a table and refuses what should not be there.

    Args:
        data: the table.
        file: what errors call the file.
        path: where in the file the table is.
    """

    def __init__(self, data: Mapping[str, object], file: str, path: str = "") -> None:
        self.data = data
        self.file = file
        self.path = path

    @classmethod
    def of(cls, content: bytes, file: str) -> TomlTable:
        """The whole of a file; raises DialectError."""
        try:
            return cls(tomllib.loads(content.decode()), file)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise DialectError(f"{file}: not valid TOML: {error}") from None

    def __contains__(self, key: str) -> bool:
        return key in self.data

    @property
    def keys(self) -> Iterable[str]:
        """What it has."""
        return self.data.keys()

    def error(self, key: str, what: str) -> DialectError:
        """What is wrong with a key."""
        return DialectError(f"{self.file}: {self.at(key)}: {what}")

    def at(self, key: str) -> str:
        """A key with the way to it."""
        return f"{self.path}.{key}" if self.path else key

    def only(self, known: Iterable[str]) -> None:
        """Refuse keys other than these."""
        for key in self.keys:
            if key not in known:
                near = difflib.get_close_matches(key, list(known), n=1)
                hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
                raise self.error(key, f"unknown key; {hint}")

    def value(self, key: str) -> object:
        """What a required key says."""
        if key not in self.data:
            raise self.error(key, "is required")
        return self.data[key]

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty."""
        value = self.value(key) if default is None else self.data.get(key, default)
        if not isinstance(value, str) or (not value and default is None):
            raise self.error(key, f"{value!r}: expected a text in quotes")
        return value

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        """One of some texts."""
        value = self.data.get(key, default) if default is not None else self.value(key)
        if not isinstance(value, str) or value not in allowed:
            near = difflib.get_close_matches(str(value), list(allowed), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise self.error(key, f"{value!r}: expected one of {', '.join(allowed)}{hint}")
        return value

    def whole_number(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A number in a range."""
        value = self.data.get(key, default) if default is not None else self.value(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.error(key, f"{value!r}: expected a number from {low} to {high}")
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"{value!r}: expected true or false")
        return value

    def table(self, key: str, *, default: Mapping[str, object] | None = None) -> TomlTable:
        """A table inside this one."""
        value = self.value(key) if default is None else self.data.get(key, default)
        if not isinstance(value, dict):
            raise self.error(key, f"{value!r}: expected a table")
        return TomlTable(value, self.file, self.at(key))

    def tables(self, key: str) -> list[TomlTable]:
        """A list of tables; empty if the key is not there."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(key, f"{value!r}: expected a list of tables")
        return [TomlTable(item, self.file, f"{self.at(key)}[{index}]") for index, item in enumerate(value, 1)]

    def numbers(self, key: str, low: int, high: int) -> frozenset[int]:
        """A list of numbers in a range; empty if the key is not there."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(type(item) is int and low <= item <= high for item in value):
            raise self.error(key, f"{value!r}: expected a list of numbers from {low} to {high}")
        return frozenset(value)
