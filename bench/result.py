"""What a run measured."""

from collections import Counter
from dataclasses import dataclass, field

from hdrh.histogram import HdrHistogram

LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS = 1, 600_000_000, 3
PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9, 100.0)


def _histogram() -> HdrHistogram:
    return HdrHistogram(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS)


@dataclass
class Result:
    """Latencies and faults of the counted part of a run.

    A latency is from handing the request to the socket until its answer was decoded and checked. `faults` counts
    what must not happen, by kind; `codes` the answers by DE 39.
    """

    seconds: float = 0.0
    answers: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    latencies: HdrHistogram = field(default_factory=_histogram)

    def answered(self, code: str, seconds: float) -> None:
        """Count a right answer."""
        self.answers += 1
        self.codes[code] += 1
        self.latencies.record_value(max(LOWEST_US, round(seconds * 1e6)))

    @property
    def tps(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds if self.seconds else 0.0

    @property
    def ok(self) -> bool:
        """Whether there were answers, and no fault among them."""
        return self.answers > 0 and not self.faults

    def percentile_ms(self, percentile: float) -> float:
        """The latency that so many percent of the answers did not exceed, in ms."""
        return float(self.latencies.get_value_at_percentile(percentile)) / 1000

    def as_document(self) -> dict[str, object]:
        """The result as JSON has it."""
        return {
            "loop": "closed",
            "seconds": round(self.seconds, 3),
            "answers": self.answers,
            "tps": round(self.tps, 1),
            "latency_ms": {f"p{percentile:g}": self.percentile_ms(percentile) for percentile in PERCENTILES},
            "response_codes": dict(sorted(self.codes.items())),
            "faults": dict(sorted(self.faults.items())),
            "ok": self.ok,
        }
