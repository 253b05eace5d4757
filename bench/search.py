"""The highest rate that holds: what to try next, decided by what came of the tries before. It measures nothing itself.

Rates double until one does not hold, or halve until one does; then the interval between is halved (as a ratio, since
rates differ by factors) until it is small. The rate that is left must hold for longer too, or the next below it, and so
on.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum

LOWEST, HIGHEST = 1.0, 1e6
"""Rates between which is searched."""

TRIES = 2
"""Of a rate of which a run said nothing, before it is taken for too high for those who measure."""

MOST_CONFIRMATIONS = 20


class Verdict(Enum):
    """What a try says of its rate."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"
    """The run was invalid: those who measured were the bottleneck."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A rate to try, in requests a second; `confirms` asks for a longer run."""

    rate: float
    confirms: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What the search ends with.

    Attributes:
        rate: the highest that held in a longer run; None if none did.
        by_load: whether the next higher one was too much for those who measure, so that the target may do more.
    """

    rate: float | None
    by_load: bool


Search = Generator[Trial, Verdict, Found]


def search(start: float, *, precision: float = 0.05) -> Search:
    """Yields what to try, takes the verdict on it, and returns what was found.

    Args:
        start: the rate to begin with.
        precision: the ratio by which the next higher rate is above the one that is found, less one.
    """
    low, high, by_load = yield from _bracket(rounded(min(max(start, LOWEST), HIGHEST)))
    while low is not None and high is not None and high > low * (1 + precision):
        middle = rounded(math.sqrt(low * high))
        if not low < middle < high:
            break
        verdict = yield from _judged(Trial(middle))
        if verdict is Verdict.HOLDS:
            low = middle
        else:
            high, by_load = middle, verdict is Verdict.UNKNOWN
    return Found(None, by_load) if low is None else (yield from _confirmed(low, by_load, precision))


def _bracket(rate: float) -> Generator[Trial, Verdict, tuple[float | None, float | None, bool]]:
    """A rate that holds and twice as much, which does not; and whether that is too much for the load."""
    verdict = yield from _judged(Trial(rate))
    if verdict is Verdict.HOLDS:
        while rate * 2 <= HIGHEST:
            verdict = yield from _judged(Trial(rate * 2))
            if verdict is not Verdict.HOLDS:
                return rate, rate * 2, verdict is Verdict.UNKNOWN
            rate *= 2
        return rate, None, True
    while rate / 2 >= LOWEST:
        below, by_load = rounded(rate / 2), verdict is Verdict.UNKNOWN
        verdict = yield from _judged(Trial(below))
        if verdict is Verdict.HOLDS:
            return below, rate, by_load
        rate = below
    return None, rate, verdict is Verdict.UNKNOWN


def _judged(trial: Trial) -> Generator[Trial, Verdict, Verdict]:
    verdict = Verdict.UNKNOWN
    for _ in range(TRIES):
        verdict = yield trial
        if verdict is not Verdict.UNKNOWN:
            break
    return verdict


def _confirmed(rate: float, by_load: bool, precision: float) -> Search:  # noqa: FBT001 (its only use is above)
    for _ in range(MOST_CONFIRMATIONS):
        verdict = yield from _judged(Trial(rate, confirms=True))
        if verdict is Verdict.HOLDS:
            return Found(rate, by_load)
        by_load = verdict is Verdict.UNKNOWN
        below = rounded(rate / (1 + precision))
        if not LOWEST <= below < rate:
            break
        rate = below
    return Found(None, by_load)


def rounded(rate: float) -> float:
    """To three digits, as people say rates."""
    return float(f"{rate:.3g}")
