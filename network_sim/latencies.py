"""Latencies as they are counted: by the hundred thousand a second, and in bounded memory for hours.

A latency is counted in a bucket, as HDR histograms have them: whole microseconds below 2,048, and above that with an
error of less than a thousandth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

LOWEST_US = 1
EXACT_BITS = 11
"""Bits of a latency that are kept."""


def bucket_of(latency_us: int) -> int:
    """The lowest latency that is counted together with this one, in µs."""
    shift = latency_us.bit_length() - EXACT_BITS
    if shift <= 0:
        return latency_us if latency_us > 0 else LOWEST_US
    return latency_us >> shift << shift


class Latencies:
    """How often each latency was seen, by bucket."""

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self.counts: Counter[int] = Counter(counts)

    def __len__(self) -> int:
        return self.counts.total()

    def add(self, latencies_us: Iterable[int]) -> None:
        """Count some."""
        self.counts.update(map(bucket_of, latencies_us))

    def merge(self, other: Latencies) -> None:
        """Count what another has counted."""
        self.counts.update(other.counts)

    def percentile_ms(self, *percentiles: float) -> list[float]:
        """The latencies that so many percent did not exceed, in ms; zeros where there are none."""
        total, ordered = len(self), sorted(self.counts.items())
        found, seen, at = [], 0, 0
        for percentile in percentiles:
            wanted = max(1, _ceil(total * percentile / 100))
            while at < len(ordered) and seen + ordered[at][1] < wanted:
                seen += ordered[at][1]
                at += 1
            found.append(ordered[min(at, len(ordered) - 1)][0] / 1000 if ordered else 0.0)
        return found

    @property
    def mean_ms(self) -> float:
        """The mean."""
        total = len(self)
        return sum(value * count for value, count in self.counts.items()) / total / 1000 if total else 0.0


def _ceil(number: float) -> int:
    """Up to a whole number; what is whole but for the noise of floats is taken as it is."""
    return int(number) if number - int(number) < 1e-9 else int(number) + 1
