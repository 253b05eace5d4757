"""Scales of plots: where a value is drawn, and the ticks that people expect there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

Ticks = Sequence[tuple[float, str]]

NO_SPREAD = 1e-12
"""A range that is smaller, as a share of its values, is taken for a single value."""


class Scale(Protocol):
    """A range of values, drawn from 0 to 1."""

    @property
    def ticks(self) -> Ticks:
        """Values within the range, rising, and what is written there."""

    def at(self, value: float) -> float:
        """Where the value is drawn, from 0 to 1; the nearer end for what is outside."""


def _clamped(share: float) -> float:
    return min(1.0, max(0.0, share))


def said(value: float) -> str:
    """A tick's value, with no more digits than it needs."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.10g}"


def round_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10, 20) if step * power >= least * (1 - 1e-9))


@dataclass(frozen=True)
class Linear:
    """From one tick to another, equal steps."""

    low: float
    high: float
    step: float

    @classmethod
    def over(cls, values: Iterable[float], *, from_zero: bool = True, about: int = 5) -> Linear:
        """A scale that has all of the values; `about` so many ticks."""
        found = list(values) or [0.0, 1.0]
        low, high = min(found), max(found)
        if from_zero:
            low, high = min(low, 0.0), max(high, 0.0)
        if high - low <= NO_SPREAD * max(abs(low), abs(high)):
            low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
        step = round_step((high - low) / about)
        return cls(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step)

    @property
    def ticks(self) -> Ticks:
        """Each step."""
        first = round(self.low / self.step)
        count = round((self.high - self.low) / self.step)
        values = [(first + number) * self.step for number in range(count + 1)]
        digits = max(0, -math.floor(math.log10(self.step)))
        return [(value, f"{value + 0.0:,.{digits}f}") for value in values]

    def at(self, value: float) -> float:
        """In proportion."""
        return _clamped((value - self.low) / (self.high - self.low))


@dataclass(frozen=True)
class Log:
    """From one tick of 1, 2 or 5 times a power of ten to another; equal steps for equal ratios."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Iterable[float]) -> Log:
        """A scale that has all of the values that are above zero; others are drawn at its low end."""
        found = [value for value in values if value > 0] or [1.0]
        low, high = _down(min(found)), round_step(max(found))
        return cls(low, high if high > low else round_step(low * 1.5))

    @property
    def ticks(self) -> Ticks:
        """Powers of ten; with 2 and 5 between where they are few."""
        first, last = math.floor(math.log10(self.low)) - 1, math.ceil(math.log10(self.high)) + 1
        steps = (1, 2, 5) if self.high / self.low <= 1_000 else (1,)
        values = [step * 10.0**power for power in range(first, last + 1) for step in steps]
        return [(value, said(value)) for value in values if self.low * (1 - 1e-9) <= value <= self.high * (1 + 1e-9)]

    def at(self, value: float) -> float:
        """In proportion of logarithms."""
        if value <= self.low:
            return 0.0
        return _clamped(math.log(value / self.low) / math.log(self.high / self.low))


def _down(value: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above the value."""
    power = 10.0 ** math.floor(math.log10(value))
    return max(step * power for step in (0.5, 1, 2, 5) if step * power <= value * (1 + 1e-9))


@dataclass(frozen=True)
class Nines:
    """Percentiles, as those who measure latency draw them: each nine has the same room; 100 % is at the end."""

    nines: int

    @classmethod
    def over(cls, percentiles: Iterable[float]) -> Nines:
        """A scale up to the next whole nine."""
        below = [value for value in percentiles if value < 100]
        return cls(max(1, math.ceil(_nines(max(below, default=0.0)) - 1e-6)))

    @property
    def ticks(self) -> Ticks:
        """0 %, 50 %, and each nine."""
        values = [0.0, 50.0, *(100 - 10.0 ** (2 - nine) for nine in range(1, self.nines + 1))]
        return [(value, f"{value:.{max(0, place - 3)}f} %") for place, value in enumerate(values)]

    def at(self, value: float) -> float:
        """In proportion of nines."""
        return _clamped(_nines(value) / self.nines) if value < 100 else 1.0


def _nines(percentile: float) -> float:
    return 2 - math.log10(100 - percentile)


_TIME_STEPS = (
    (1, "s", (1, 2, 5, 10, 15, 30)),
    (60, "min", (1, 2, 5, 10, 15, 30)),
    (3600, "h", (1, 2, 3, 6, 12, 24, 48, 96, 168)),
)


@dataclass(frozen=True)
class Time:
    """Seconds since the beginning, with ticks at whole seconds, minutes or hours."""

    high: float

    @classmethod
    def over(cls, values: Iterable[float]) -> Time:
        """A scale from 0 to the last of the values."""
        return cls(max(1.0, *values, 0.0))

    @property
    def ticks(self) -> Ticks:
        """About six."""
        steps = [(unit, name, unit * count) for unit, name, counts in _TIME_STEPS for count in counts]
        unit, name, step = next((found for found in steps if found[2] >= self.high / 7), steps[-1])
        step = step if self.high / step <= 14 else math.ceil(self.high / 7 / unit) * unit
        values = [number * step for number in range(int(self.high / step * (1 + 1e-9)) + 1)]
        return [(float(value), f"{value // unit:,} {name}" if value else "0") for value in values]

    def at(self, value: float) -> float:
        """In proportion."""
        return _clamped(value / self.high)
