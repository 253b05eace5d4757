"""A data element as a dialect describes it, and whether a value is one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from saklar.codecs.dates import is_date
from saklar.codecs.masking import mask

if TYPE_CHECKING:
    from saklar.codecs.parts import Parts

Format = Literal["n", "a", "an", "anp", "as", "ns", "ans", "z", "b", "x+n"]
"""Attributes of ISO 8583-1:1987 §4.3: n digits, a letters, s specials, p space, z track 2 and 3 code set, b binary."""

FORMATS: tuple[str, ...] = get_args(Format)
LENGTHS = {"fixed": 0, "LVAR": 1, "LLVAR": 2, "LLLVAR": 3, "LLLLVAR": 4, "LLLLLVAR": 5, "LLLLLLVAR": 6}
"""Kinds of length, and how many digits state it."""

BY_PARTS = "parts"
"""A kind of length without a statement: the element ends where the last of its parts does."""

REST = "rest"
"""A kind of length of a part: it goes on to the end."""

Counts = Literal["bytes", "characters", "digits"]

_CONTENT: dict[str, tuple[re.Pattern[str], str]] = {
    "n": (re.compile(r"[0-9]*"), "digits"),
    "a": (re.compile(r"[A-Za-z ]*"), "letters"),
    "an": (re.compile(r"[0-9A-Za-z]*"), "letters and digits"),
    "anp": (re.compile(r"[0-9A-Za-z ]*"), "letters, digits and spaces"),
    "as": (re.compile(r"[^0-9\x00-\x1f\x7f]*"), "letters and special characters"),
    "ns": (re.compile(r"[^A-Za-z\x00-\x1f\x7f]*"), "digits and special characters"),
    "ans": (re.compile(r"[^\x00-\x1f\x7f]*"), "printable characters"),
    "z": (re.compile(r"[0-9=D]*"), "digits and separators"),
    "b": (re.compile(r"(?:[0-9A-Fa-f]{2})*"), "whole bytes in hex"),
    "x+n": (re.compile(r"[CD][0-9]*"), "C or D and digits"),
}


def content_pattern(form: Format | str) -> re.Pattern[str]:
    """What values of a format are made of, whatever their length."""
    return _CONTENT[form][0]


@dataclass(frozen=True, slots=True)
class Fill:
    """What fills up a value (or an odd number of digits): on which side, with which character."""

    side: Literal["left", "right"]
    character: str

    def to(self, value: str, length: int) -> str:
        """The value, filled up to a length."""
        return value.rjust(length, self.character) if self.side == "left" else value.ljust(length, self.character)


@dataclass(frozen=True, slots=True)
class Element:
    """One element, or one part of an element.

    Attributes:
        key: its number, or what its part is called.
        name: what people call it.
        length_type: one of `LENGTHS`, or `BY_PARTS` or `REST`.
        max_length: digits or characters, of format b bytes; fixed elements have exactly it.
        encoding: how data stands on the wire: a character set, "bcd", "binary", "hex" (or "hex-ebcdic"), or, for
            x+n, a character set and "+bcd" behind the sign.
        length_encoding: the same for the length: a character set, "bcd", "bcd-left", "binary" or "hex".
        length_size: bytes of the length on the wire.
        length_plus: what the length states beyond the data: 2 where it counts its own two bytes.
        counts: what the length counts.
        odd: what completes an odd number of BCD digits; None where there can be none.
        fill: what a short value is filled up with when it is written; None where it must have its length.
        secret: "pan", "track", "all" or None.
        date: of digits that say a date or a time, how they do: one of `dates.DATES`.
        parts: how the data divides, if it does.
    """

    key: str
    name: str
    format: Format
    length_type: str
    max_length: int
    encoding: str
    length_encoding: str = "ascii"
    length_size: int = 0
    length_plus: int = 0
    counts: Counts = "bytes"
    odd: Fill | None = Fill("left", "0")
    fill: Fill | None = None
    secret: str | None = None
    date: str | None = None
    parts: Parts | None = None

    @property
    def is_fixed(self) -> bool:
        """Whether every value has the same length."""
        return self.length_type == "fixed"

    @property
    def expectation(self) -> str:
        """What its format allows, in words."""
        return f"{_CONTENT[self.format][1]} (format {self.format})"

    def problem(self, value: str) -> str | None:
        """What about the value is not as the element's format has it, without saying the value; None if nothing."""
        if self.format != "n" or not (value.isascii() and value.isdigit()):  # most are digits, and quickly seen to be
            pattern, expected = _CONTENT[self.format]
            if pattern.fullmatch(value) is None:
                return f"other than {expected}"
        if self.length_type in (BY_PARTS, REST):
            return None
        units, unit = (len(value) // 2, "bytes") if self.format == "b" else (len(value), "characters")
        if self.is_fixed and units != self.max_length:
            return f"{units} {unit}, expected {self.max_length}"
        if self.date is not None and not is_date(value, self.date):
            return f"no date or time of the form {self.date}"
        return f"{units} {unit}, at most {self.max_length}" if units > self.max_length else None

    def misfit(self, value: str) -> int:
        """Where the first character is that the element's format does not allow; the length where all are allowed."""
        found = _CONTENT[self.format][0].match(value)
        return found.end() if found else 0

    def shown(self, value: str) -> str:
        """The value as it may be shown to people, its parts too."""
        if self.secret is None and self.parts is not None:
            return self.parts.shown(value)
        return mask(self.secret, value)


@dataclass(frozen=True, slots=True)
class Violation:
    """An element that is not as its dialect has it; `message` does not repeat the content.

    `path` names a part: "55.9F26"; of a whole element it is its number.
    """

    element: int
    message: str
    path: str = ""
