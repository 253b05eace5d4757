"""Parts of a layout that are data behind their count."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from saklar.hsm_sim.layout import Reader, Values


@dataclass(frozen=True, slots=True)
class Counted:
    """Data of any bytes, behind their count in four hex digits (or `width`); the count is no field of its own."""

    name: str
    about: str = ""
    width: int = 4

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        count = reader.take(re.compile(f"[0-9A-Fa-f]{{{self.width}}}"), f"length of {self.name}")
        values[self.name] = reader.take_count(int(count, 16), self.name)

    def write(self, values: Values) -> str:
        """See `Part`.

        Raises:
            ValueError: the value is missing, too long, or has characters that are no bytes.
        """
        value = values.get(self.name)
        most = 16**self.width - 1
        if value is None or len(value) > most or not all(ord(character) <= 0xFF for character in value):
            raise ValueError(f"{self.name}: up to {most} bytes are expected")
        return f"{len(value):0{self.width}X}{value}"

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """See `Part`."""
        yield self.name, f"{self.width}H, nB", f"{self.about}, behind their count"


@dataclass(frozen=True, slots=True)
class CountedHex:
    """Bytes in hex digits, behind the count of the bytes in four hex digits; the count is no field of its own."""

    name: str
    about: str = ""

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        count = reader.take(re.compile("[0-9A-Fa-f]{4}"), f"length of {self.name}")
        values[self.name] = reader.take_count(2 * int(count, 16), self.name)

    def write(self, values: Values) -> str:
        """See `Part`.

        Raises:
            ValueError: the value is missing, too long, or not whole bytes in hex digits.
        """
        value = values.get(self.name)
        if value is None or re.fullmatch("([0-9A-Fa-f]{2}){0,65535}", value) is None:
            raise ValueError(f"{self.name}: whole bytes in hex are expected")
        return f"{len(value) // 2:04X}{value}"

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """See `Part`."""
        yield self.name, "4H, nH", f"{self.about}, behind the count of its bytes"


@dataclass(frozen=True, slots=True)
class CountedDigits:
    """Data of any bytes, behind their count in so many decimal digits."""

    name: str
    width: int

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        count = reader.take(re.compile(f"[0-9]{{{self.width}}}"), f"length of {self.name}")
        values[self.name] = reader.take_count(int(count), self.name)

    def write(self, values: Values) -> str:
        """See `Part`."""
        value = values.get(self.name)
        if value is None or len(value) >= 10**self.width or not all(ord(character) <= 0xFF for character in value):
            raise ValueError(f"{self.name}: fewer than {10**self.width} bytes are expected")
        return f"{len(value):0{self.width}d}{value}"

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """See `Part`."""
        yield self.name, f"{self.width}N, nB", "data, behind their count"
