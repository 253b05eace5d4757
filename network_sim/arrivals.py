"""When what comes by itself comes: decided before, whatever becomes of it."""

from __future__ import annotations

import random
from collections.abc import Iterator


def arrivals(rate: float, *, poisson: bool, rng: random.Random) -> Iterator[float]:
    """Seconds from the start at which requests are due, without end.

    Args:
        rate: a second, in the mean.
        poisson: as independent customers come; else at equal times.
        rng: of the draws.
    """
    at, number = 0.0, 0
    while True:
        yield at
        number += 1
        at = at + rng.expovariate(rate) if poisson else number / rate
