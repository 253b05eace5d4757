"""Which issuer owns a PAN: ranges of 6 to 11 leading digits, the longest match first."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

MIN_BIN_DIGITS, MAX_BIN_DIGITS = 6, 11
"""ISO/IEC 7812-1: an issuer identification number has 6 or 8 digits; networks route on up to 11."""

_RANGE = re.compile(r"(\d{6,11})(?:-(\d{6,11}))?")


class RouteError(ValueError):
    """A BIN range that cannot be, or two that contradict each other."""


@dataclass(frozen=True, slots=True)
class BinRange:
    """From `low` to `high`, both included and of the same number of digits, belongs to `issuer`."""

    low: str
    high: str
    issuer: str

    @classmethod
    def parse(cls, text: str, issuer: str) -> "BinRange":
        """Read `"400000"` or `"510000-559999"`.

        Raises:
            RouteError: not 6 to 11 digits, ends of different lengths, or the end before the start.
        """
        match = _RANGE.fullmatch(text)
        if match is None:
            raise RouteError(f"{text!r} is no BIN: give 6 to 11 digits, or two such joined by '-'")
        low, high = match[1], match[2] or match[1]
        if len(low) != len(high):
            raise RouteError(f"{text!r}: both ends of a range need the same number of digits")
        if high < low:
            raise RouteError(f"{text!r}: the range ends before it starts")
        return cls(low, high, issuer)

    def __str__(self) -> str:
        return self.low if self.low == self.high else f"{self.low}-{self.high}"


class RoutingTable:
    """Ranges by number of digits; a look-up is one bisection for each length in use, whatever the table's size.

    Raises:
        RouteError: two ranges of the same length overlap (of different lengths, the longer one wins).
    """

    def __init__(self, ranges: Iterable[BinRange]) -> None:
        by_length: dict[int, list[BinRange]] = {}
        for bin_range in ranges:
            by_length.setdefault(len(bin_range.low), []).append(bin_range)
        self._levels: list[tuple[int, list[str], list[BinRange]]] = []
        for length in sorted(by_length, reverse=True):
            ordered = sorted(by_length[length], key=lambda r: r.low)
            _refuse_overlaps(ordered)
            self._levels.append((length, [r.low for r in ordered], ordered))

    def find(self, pan: str) -> BinRange | None:
        """The longest range that holds the PAN's leading digits, or None."""
        for length, lows, ranges in self._levels:
            prefix = pan[:length]
            index = bisect_right(lows, prefix) - 1
            if index >= 0 and len(prefix) == length and prefix <= ranges[index].high:
                return ranges[index]
        return None


def _refuse_overlaps(ordered: list[BinRange]) -> None:
    for before, after in pairwise(ordered):
        if after.low <= before.high:
            raise RouteError(f"routes overlap: {before} ({before.issuer}) and {after} ({after.issuer})")
