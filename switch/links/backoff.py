"""How long to wait before the next try to connect."""

import random
from collections.abc import Iterator


def backoff(minimum_s: float, maximum_s: float, rng: random.Random) -> Iterator[float]:
    """Seconds to wait: twice the last, up to the maximum, each drawn between half and the whole of it.

    The draw keeps many links that lost one peer at one moment from coming back at one moment.
    """
    wait = minimum_s
    while True:
        yield wait * rng.uniform(0.5, 1.0)
        wait = min(wait * 2, maximum_s)
