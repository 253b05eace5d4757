"""Correlation ids of transactions."""

import random
from collections.abc import Callable
from datetime import UTC, datetime

_LAST = [f"{number:03x}" for number in range(4096)]
"""The last digits of an id; a look at them costs a sixth of writing a number."""

_REST = [f".{milliseconds:03d}+00:00" for milliseconds in range(1000)]
"""What follows the second in a time."""


class Ids:
    """Ids that sort by time: 11 hex digits of milliseconds, and 9 of a count that begins anywhere.

    Args:
        wall_clock: the current UTC time.
        rng: where to begin; what two switches give out in one millisecond differs by it.
    """

    def __init__(self, wall_clock: Callable[[], datetime], rng: random.Random) -> None:
        self._wall_clock = wall_clock
        self._moment: tuple[str, str] | None = None
        self._second = datetime.min.replace(tzinfo=UTC)
        self._milliseconds = 0
        self._written = ""
        self._thousands = rng.getrandbits(24)
        self._first = f"{self._thousands:06x}"
        self._count = 0

    def new(self) -> tuple[str, str]:
        """An id, and the time (ISO 8601) that it says, which all have until `next_moment`."""
        moment = self._moment or self._look()
        self._count += 1
        if self._count == len(_LAST):
            self._count = 0
            self._thousands = (self._thousands + 1) % (1 << 24)
            self._first = f"{self._thousands:06x}"
        return moment[0] + self._first + _LAST[self._count], moment[1]

    def _look(self) -> tuple[str, str]:
        now = self._wall_clock()
        since = now - self._second
        if since.days or since.seconds:
            # Once a second: to write all of it for each moment takes three times as long, and there are two a ms.
            self._second = now.replace(microsecond=0)
            self._milliseconds = int(self._second.timestamp()) * 1000
            self._written = self._second.replace(tzinfo=None).isoformat()
            since = now - self._second
        milliseconds = since.microseconds // 1000
        self._moment = f"{self._milliseconds + milliseconds:011x}", self._written + _REST[milliseconds]
        return self._moment

    def next_moment(self) -> None:
        """Time has gone on."""
        self._moment = None
