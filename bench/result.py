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

    A latency is from when the request was due (in a closed loop: handed to the socket) until its answer was decoded and
    checked. `faults` counts what must not happen, by kind; `codes` the answers by DE 39. `lateness` is how late the
    generator itself was, `cpu_share` how much of a core it used; `invalid` says why the run says nothing of the target.
    `by_second` counts the answers of each second.
    """

    loop: str = "closed"
    seconds: float = 0.0
    answers: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    latencies: HdrHistogram = field(default_factory=_histogram)
    lateness: HdrHistogram = field(default_factory=_histogram)
    cpu_share: float = 0.0
    invalid: str | None = None
    by_second: Counter[int] = field(default_factory=Counter)

    def answered(self, code: str, seconds: float, at: float = 0.0) -> None:
        """Count a right answer that came `at` seconds into what is counted."""
        self.answers += 1
        self.codes[code] += 1
        self.by_second[int(at)] += 1
        self.latencies.record_value(max(LOWEST_US, round(seconds * 1e6)))

    def late(self, seconds: float) -> None:
        """Count how late a request was sent."""
        self.lateness.record_value(max(LOWEST_US, round(seconds * 1e6)))

    def lateness_ms(self, percentile: float) -> float:
        """The own lateness that so many percent of the requests did not exceed, in ms."""
        return float(self.lateness.get_value_at_percentile(percentile)) / 1000

    @property
    def tps(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds if self.seconds else 0.0

    @property
    def ok(self) -> bool:
        """Whether there were answers, and no fault among them."""
        return self.answers > 0 and not self.faults and self.invalid is None

    def percentile_ms(self, percentile: float) -> float:
        """The latency that so many percent of the answers did not exceed, in ms."""
        return float(self.latencies.get_value_at_percentile(percentile)) / 1000

    def as_document(self) -> dict[str, object]:
        """The result as JSON has it."""
        return {
            "loop": self.loop,
            "seconds": round(self.seconds, 3),
            "answers": self.answers,
            "tps": round(self.tps, 1),
            "latency_ms": {f"p{percentile:g}": self.percentile_ms(percentile) for percentile in PERCENTILES},
            "response_codes": dict(sorted(self.codes.items())),
            "faults": dict(sorted(self.faults.items())),
            "own_lateness_ms_p99": self.lateness_ms(99.0),
            "own_cpu_share": round(self.cpu_share, 3),
            "invalid": self.invalid,
            "by_second": [self.by_second[second] for second in range(round(self.seconds))],
            "ok": self.ok,
        }
