"""Latencies by kind of message: counted a few at a time, and summed up when an interval is over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hdrh.histogram import HdrHistogram

from saklar.network_sim import latencies

AT_A_TIME = 500
"""Latencies that are counted in one go. All that a second at 20,000 left took 2 ms, in which nothing that was due was
sent: that is in the latencies that are measured."""

LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS = latencies.LOWEST_US, 600_000_000, 3


class Latencies(latencies.Latencies):
    """How often each latency was seen, for other programs too."""

    def histogram(self) -> HdrHistogram:
        """The same as an HDR histogram of µs, which other programs read."""
        histogram = HdrHistogram(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS)
        for value, count in self.counts.items():
            histogram.record_value(min(value, HIGHEST_US), count)
        return histogram


@dataclass(eq=False)
class Tally:
    """The right answers to one kind of message.

    Attributes:
        name: of the kind.
        micros: latencies that are not counted yet.
        latencies: those that are.
        codes: the answers by DE 39, in 1987 terms.
    """

    name: str
    micros: list[int] = field(default_factory=list, repr=False)
    latencies: Latencies = field(default_factory=Latencies, repr=False)
    codes: Counter[str] = field(default_factory=Counter)
    _fresh: Latencies = field(default_factory=Latencies, repr=False)

    def count(self, at_least: int = AT_A_TIME) -> None:
        """Count what came since the last call, if there is so much of it."""
        if len(self.micros) >= at_least:
            self._fresh.add(self.micros)
            self.micros.clear()

    def settle(self) -> Latencies:
        """Sum up what came since the last call, and return that alone."""
        self.count(1)
        fresh, self._fresh = self._fresh, Latencies()
        self.latencies.merge(fresh)
        return fresh
