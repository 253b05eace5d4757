"""Which issuer a request goes to: by its PAN's leading digits, the longest match first, and by what else it says."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

MIN_BIN_DIGITS, MAX_BIN_DIGITS = 6, 11
"""ISO/IEC 7812-1: an issuer identification number has 6 or 8 digits; networks route on up to 11."""

_RANGE = re.compile(r"(\d{6,11})(?:-(\d{6,11}))?")
_MTI = re.compile(r"[\dx](\d{1,3})x{0,2}")
MTI_DIGITS = 4

_CONDITIONS = ("mti", "processing", "currency", "acquirer")


class RouteError(ValueError):
    """A route that cannot be, or two that contradict each other."""


@dataclass(frozen=True, slots=True)
class BinRange:
    """PANs that begin with digits from `low` to `high`, both included and of the same number of digits."""

    low: str
    high: str

    @classmethod
    def parse(cls, text: str) -> BinRange:
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
        return cls(low, high)

    def __str__(self) -> str:
        return self.low if self.low == self.high else f"{self.low}-{self.high}"


class Facts(NamedTuple):
    """What of a request, besides its PAN, a route may depend on; None for what it does not say.

    Attributes:
        mti: its message type identifier.
        processing: the first two digits of DE 3: what kind of transaction.
        currency: DE 49.
        acquirer: the name of the link that it came from.
    """

    mti: str
    processing: str | None
    currency: str | None
    acquirer: str


NO_FACTS = Facts("", None, None, "")


def mti_prefix(text: str) -> str:
    """What an MTI must have behind its first digit, the edition: "200" of "0200" and "1200", "2" of "02xx".

    Raises:
        RouteError: it is no MTI, nor one with x in place of its last digits.
    """
    match = _MTI.fullmatch(text)
    if match is None or len(text) != MTI_DIGITS:
        raise RouteError(f"{text!r} is no MTI: give four digits, or x in place of the last ones")
    return match[1]


@dataclass(frozen=True, slots=True)
class Route:
    """Issuers in the order in which they are asked, and for which requests; an empty condition is none.

    Attributes:
        issuers: names of links; another is asked where those before it cannot be.
        mti: prefixes of MTIs (`mti_prefix`).
        processing: kinds of transactions, two digits.
        currency: currencies, three digits.
        acquirer: names of links.
    """

    issuers: tuple[str, ...]
    mti: frozenset[str] = frozenset()
    processing: frozenset[str] = frozenset()
    currency: frozenset[str] = frozenset()
    acquirer: frozenset[str] = frozenset()
    conditions: dict[str, frozenset[str]] = field(init=False, repr=False, compare=False)
    """Those that there are, by name."""

    def __post_init__(self) -> None:
        every = {name: getattr(self, name) for name in _CONDITIONS}
        object.__setattr__(self, "conditions", {name: allowed for name, allowed in every.items() if allowed})

    def misses(self, facts: Facts) -> list[str]:
        """Names of the conditions that a request does not meet."""
        return [name for name, allowed in self.conditions.items() if not _meets(name, allowed, getattr(facts, name))]

    def contradicts(self, other: Route) -> bool:
        """Whether a request could go by either, and neither says more than the other."""
        ours, theirs = self.conditions, other.conditions
        apart = any(_are_apart(name, ours[name], theirs[name]) for name in ours.keys() & theirs.keys())
        return len(ours) == len(theirs) and not apart

    def __str__(self) -> str:
        said = [f"{name} {' or '.join(sorted(allowed))}" for name, allowed in self.conditions.items()]
        return ", ".join([" then ".join(self.issuers), *said])


def _meets(name: str, allowed: frozenset[str], value: str | None) -> bool:
    if value is None:
        return False
    return any(value[1:].startswith(prefix) for prefix in allowed) if name == "mti" else value in allowed


def _are_apart(name: str, ours: frozenset[str], theirs: frozenset[str]) -> bool:
    if name != "mti":
        return not ours & theirs
    return not any(one.startswith(other) or other.startswith(one) for one in ours for other in theirs)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A route whose range holds a PAN, and the conditions that the request misses: none, if it can go by it."""

    bin_range: BinRange
    route: Route
    misses: list[str]


class RoutingTable:
    """Routes by the number of digits of their ranges.

    A look-up is one bisection for each number of digits in use, whatever the table's size. Ranges are numbers in
    arrays: half a million of them take some 20 MB.

    Raises:
        RouteError: two ranges of the same length overlap without being the same, or two routes of the same range
            contradict each other.
    """

    def __init__(self, entries: Iterable[tuple[BinRange, Route]]) -> None:
        by_length: dict[int, dict[tuple[int, int], tuple[Route, ...]]] = {}
        for bin_range, route in entries:
            slots = by_length.setdefault(len(bin_range.low), {})
            ends = int(bin_range.low), int(bin_range.high)
            slots[ends] = _with(slots.get(ends, ()), route, bin_range)
        self._levels = [_Level(length, by_length[length]) for length in sorted(by_length, reverse=True)]

    def candidates(self, pan: str, facts: Facts) -> Iterator[Candidate]:
        """Routes whose range holds the PAN, the longest range first, and of one range the most conditions first."""
        for level in self._levels:
            if (place := level.find(pan)) is not None:
                bin_range = level.range_at(place)
                yield from (Candidate(bin_range, route, route.misses(facts)) for route in level.routes[place])

    def find(self, pan: str, facts: Facts) -> Route | None:
        """The first of these whose conditions the request meets."""
        for level in self._levels:
            if (place := level.find(pan)) is not None:
                for route in level.routes[place]:
                    if not route.conditions or not route.misses(facts):
                        return route
        return None

    @cached_property
    def conditional(self) -> bool:
        """Whether any route asks for more than a PAN; if none does, facts do not matter."""
        return any(route.conditions for level in self._levels for routes in level.kinds for route in routes)

    @property
    def issuers(self) -> set[str]:
        """All that a request can go to."""
        return {name for level in self._levels for routes in level.kinds for route in routes for name in route.issuers}

    def __len__(self) -> int:
        return sum(map(len, self._levels))

    def __iter__(self) -> Iterator[tuple[BinRange, Route]]:
        """All of them, the longest ranges first."""
        for level in self._levels:
            yield from level


def _with(routes: tuple[Route, ...], route: Route, bin_range: BinRange) -> tuple[Route, ...]:
    """The routes of one range with one more, those with the most conditions first."""
    for other in routes:
        if route.contradicts(other):
            raise RouteError(f"routes contradict each other: {bin_range} to {other}; and to {route}")
    return tuple(sorted((*routes, route), key=lambda each: -len(each.conditions)))


class _Level:
    """Ranges of one number of digits, that do not overlap."""

    def __init__(self, length: int, slots: dict[tuple[int, int], tuple[Route, ...]]) -> None:
        ordered = sorted(slots)
        self._length = length
        self._lows, self._highs = array("q", (low for low, _ in ordered)), array("q", (high for _, high in ordered))
        shared: dict[tuple[Route, ...], tuple[Route, ...]] = {}
        self.routes = [shared.setdefault(slots[ends], slots[ends]) for ends in ordered]
        self.kinds = list(shared)
        """What there is of routes, each once."""
        for (before, after), place in zip(pairwise(ordered), range(len(ordered)), strict=False):
            if after[0] <= before[1]:
                raise RouteError(f"routes overlap: {self._said(place)} and {self._said(place + 1)}")

    def find(self, pan: str) -> int | None:
        """The place of the range that holds the PAN."""
        if len(pan) < self._length:
            return None
        digits = int(pan[: self._length])
        place = bisect_right(self._lows, digits) - 1
        return place if place >= 0 and digits <= self._highs[place] else None

    def range_at(self, place: int) -> BinRange:
        """The range at a place."""
        low, high = (f"{end:0{self._length}d}" for end in (self._lows[place], self._highs[place]))
        return BinRange(low, high)

    def _said(self, place: int) -> str:
        return f"{self.range_at(place)} ({self.routes[place][0]})"

    def __len__(self) -> int:
        return len(self.routes)

    def __iter__(self) -> Iterator[tuple[BinRange, Route]]:
        for place, routes in enumerate(self.routes):
            for route in routes:
                yield self.range_at(place), route
