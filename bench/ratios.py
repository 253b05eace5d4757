"""How many times as much, and how sure that is: ratios of what was measured in turn."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

RESAMPLES = 2_000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Ratio:
    """The geometric mean of the ratios of pairs, with an interval around it; 0 where there is nothing to divide by.

    Attributes:
        value: the mean.
        low, high: of the interval.
        pairs: how many there were; an interval of few is a rough one, of one there is none.
    """

    value: float
    low: float
    high: float
    pairs: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves no doubt which of the two is more."""
        return self.pairs > 1 and not self.low <= 1.0 <= self.high

    @property
    def turned(self) -> Ratio:
        """Of the other to the one."""
        return self if self.value == 0 else Ratio(1 / self.value, 1 / self.high, 1 / self.low, self.pairs)

    def __str__(self) -> str:
        if self.pairs < 2:
            return f"{self.value:.2f}"
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"

    @property
    def short(self) -> str:
        """For a narrow column: the wider half of the interval behind the mean."""
        half = max(self.high - self.value, self.value - self.low)
        return f"{self.value:.2f} ±{half:.2f}" if self.pairs > 1 else f"{self.value:.2f}"

    def as_document(self) -> dict[str, float]:
        """As JSON has it."""
        return {"ratio": self.value, "low": self.low, "high": self.high, "pairs": self.pairs}


def ratio_of(ours: Sequence[float], theirs: Sequence[float], *, seed: int = 1) -> Ratio:
    """The ratio of what was measured in the same rounds.

    The interval is a bootstrap over pairs: rounds are drawn again and again, with replacement, and the interval holds
    95 % of the means that come out. A pair stays together, so that what hit a whole round hits both.

    Args:
        ours: by round.
        theirs: likewise.
        seed: of the draws.

    Raises:
        ValueError: there are not as many of the one as of the other.
    """
    pairs = list(zip(ours, theirs, strict=True))
    logs = [math.log(mine / its) for mine, its in pairs if mine > 0 and its > 0]
    if not logs or len(logs) < len(pairs):
        return Ratio(0.0, 0.0, 0.0, len(pairs))
    rng = random.Random(seed)  # noqa: S311 (the same figures are the same interval)
    means = sorted(_mean(rng.choices(logs, k=len(logs))) for _ in range(RESAMPLES))
    cut = round(RESAMPLES * (1 - CONFIDENCE) / 2)
    return Ratio(math.exp(_mean(logs)), math.exp(means[cut]), math.exp(means[-1 - cut]), len(logs))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
