"""Durations as a user gives them: `30s`, `2m`, `500ms`; a number alone is seconds."""

from __future__ import annotations

import re

from saklar.cli.service import fail
from saklar.network_sim.scenario.language.words import UNITS_S

_UNITS_S = {**UNITS_S, "m": UNITS_S["min"], "": 1.0}
_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?) ?(?P<unit>[a-z]*)")


def seconds_of(text: str) -> float:
    """The seconds of a duration.

    Raises:
        ValueError: it is none, or no time at all.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None or match["unit"] not in _UNITS_S:
        raise ValueError(f"{text!r} is no time: 60s, 5min and 500ms are")
    seconds = float(match["number"]) * _UNITS_S[match["unit"]]
    if seconds <= 0:
        raise ValueError(f"{text!r} is no time to wait")
    return seconds


def duration_option(option: str, text: str) -> float:
    """A duration given as an option, in seconds; or the end of the program with what is wrong with it."""
    try:
        return seconds_of(text)
    except ValueError as error:
        raise fail(f"{option}: {error}") from None
