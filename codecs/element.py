"""A data element as a dialect describes it, and whether a value is one."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from saklar.codecs.masking import mask

Format = Literal["n", "a", "an", "anp", "as", "ns", "ans", "z", "b", "x+n"]
"""Attributes of ISO 8583-1:1987 §4.3: n digits, a letters, s specials, p space, z track 2 and 3 code set, b binary."""

FORMATS: tuple[str, ...] = get_args(Format)
LENGTHS = {"fixed": 0, "LVAR": 1, "LLVAR": 2, "LLLVAR": 3, "LLLLVAR": 4}
"""Kinds of length, and how many digits state it."""

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


@dataclass(frozen=True, slots=True)
class Element:
    """One element: `max_length` counts digits or characters, of format b bytes; fixed elements have exactly it.

    `encoding` and `length_encoding` say how data and length stand on the wire; `secret` is "pan", "track",
    "all" or None.
    """

    number: int
    name: str
    format: Format
    length_type: str
    max_length: int
    encoding: str
    length_encoding: str
    secret: str | None = None

    def problem(self, value: str) -> str | None:
        """What about the value is not as the element's format has it, without saying the value; None if nothing."""
        pattern, expected = _CONTENT[self.format]
        if pattern.fullmatch(value) is None:
            return f"format {self.format} takes {expected} only"
        units, unit = (len(value) // 2, "bytes") if self.format == "b" else (len(value), "characters")
        if self.length_type == "fixed" and units != self.max_length:
            return f"{units} {unit}, expected {self.max_length}"
        return f"{units} {unit}, at most {self.max_length}" if units > self.max_length else None

    def shown(self, value: str) -> str:
        """The value as it may be shown to people."""
        return mask(self.secret, value)


@dataclass(frozen=True, slots=True)
class Violation:
    """An element whose content is not what its format allows; `message` does not repeat the content."""

    element: int
    message: str
