"""System trace audit numbers that the switch gives out towards one issuer."""

from collections.abc import Container

LAST_STAN = 999_999
"""DE 11 is n6, and 000000 is no number (ISO 8583-1:1987, data element 11)."""

MAX_IN_FLIGHT = LAST_STAN // 2
"""At most half of the numbers may be in flight, so that a free one is found at once and none is reused soon."""


_THREE = [f"{number:03d}" for number in range(1000)]
"""Digits, three at a time: a look at them costs a third of writing a number."""


class Stans:
    """Counts 000001 … 999999 and round again, passing over numbers still in flight.

    `start` should differ from run to run, so that a late answer to a request of the run before
    does not meet a young request with the same number.
    """

    def __init__(self, start: int) -> None:
        self._last = start % LAST_STAN

    def take(self, in_flight: Container[str]) -> str:
        """The next free number, six digits; fewer than `MAX_IN_FLIGHT` may be in flight."""
        while True:
            stan = self.next()
            if stan not in in_flight:
                return stan

    def next(self) -> str:
        """The next number, six digits, free or not."""
        self._last = self._last % LAST_STAN + 1
        return _THREE[self._last // 1000] + _THREE[self._last % 1000]
