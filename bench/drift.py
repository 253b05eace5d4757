"""Whether a figure goes up or down over hours: a line through all of it that no outlier bends.

The slope is the median of the slopes between all pairs of points (Theil, Sen): 29 % of the points may be anywhere.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

LEAST = 5
"""Points without which there is nothing to tell."""

MOST = 400
"""Points that are paired; of more, medians of so many groups are."""


@dataclass(frozen=True, slots=True)
class Drift:
    """From the first settled interval to the last, along the line.

    Attributes:
        first, last: what the line says at both ends.
        percent: how much more the last is.
        points: that the line was laid through.
    """

    first: float
    last: float
    percent: float
    points: int

    def is_flat(self, limit_percent: float) -> bool:
        """Whether it grew by no more than that; what shrinks does no harm."""
        return self.percent <= limit_percent

    def as_document(self) -> dict[str, float]:
        """As JSON has it."""
        return {"first": self.first, "last": self.last, "percent": self.percent, "points": self.points}


def drift_of(points: Sequence[tuple[float, float]]) -> Drift | None:
    """The drift of a figure; None where there is too little of it.

    Args:
        points: times, in order, and what the figure was then.
    """
    if len(points) < LEAST:
        return None
    thinned = _thinned(points)
    slopes = [(b - a) / (t - s) for (s, a), (t, b) in combinations(thinned, 2) if t > s]
    if not slopes:
        return None
    slope = statistics.median(slopes)
    at_zero = statistics.median(value - slope * time for time, value in thinned)
    first, last = (at_zero + slope * points[end][0] for end in (0, -1))
    percent = (last / first - 1) * 100 if first > 0 else 0.0
    return Drift(first, last, percent, len(points))


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    if len(points) <= MOST:
        return list(points)
    ends = [len(points) * number // MOST for number in range(MOST + 1)]
    return [
        (statistics.median(time for time, _ in group), statistics.median(value for _, value in group))
        for group in (points[begin:end] for begin, end in pairwise(ends))
    ]
