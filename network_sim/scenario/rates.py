"""Rates as people write them."""

from __future__ import annotations

import math
import re

_RATE = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?:/(?P<unit>s|min|h))?")
_SECONDS = {None: 1.0, "s": 1.0, "min": 60.0, "h": 3600.0}
MAX_RATE = 100_000.0


def parse_rate(text: str) -> float:
    """`200/s`, `30/min`, `200` as so many a second.

    Raises:
        ValueError: it is no rate; `str()` says what one is.
    """
    match = _RATE.fullmatch(text.strip())
    rate = float(match["number"]) / _SECONDS[match["unit"]] if match is not None else 0.0
    if not 0.0 < rate <= MAX_RATE or not math.isfinite(rate):
        raise ValueError(f"{text!r} is no rate: 200/s, 30/min and 1000/h are, up to {MAX_RATE:.0f}/s")
    return rate
