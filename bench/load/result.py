"""What a run measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from saklar.bench.load.tally import Latencies, Tally

PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9, 99.99, 100.0)

CURVE = (*(100 * (1 - 10 ** (-step / 10)) for step in range(61)), 100.0)
"""Percentiles by tenths of a nine, up to six nines, and the maximum."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A part of a run.

    Attributes:
        at_s: when it ended, in seconds of what is counted.
        answers, tps: right ones, and these a second.
        p50_ms, p99_ms, max_ms: of their latencies.
        rss_bytes, cpu_share: memory that the target held at its end, and what it used of a core; None where its process
            is not known.
    """

    at_s: float
    answers: int
    tps: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    rss_bytes: int | None = None
    cpu_share: float | None = None


@dataclass
class Result:
    """Latencies and faults of the counted part of a run.

    A latency is from when the request was due (in a closed loop: handed to the socket) until its answer was checked.

    Attributes:
        loop: "open" or "closed".
        seconds: that were counted.
        tallies: right answers by kind of message.
        faults: counts what must not happen, by kind.
        lateness: how late the generator itself sent what was due.
        cpu_share: of a core, by the generator.
        shares: of a core, by who else serves the load, by name.
        together: of the core that the generator shares with them; None where it shares none.
        target_share: of a core, by the target; None where its process is not known.
        others: of each core, what went to none of these.
        others_together: of a core, by all processes of the machine but these; the target is one of them where its
            process is not known.
        load_average: of the machine, over the last minute.
        invalid: why the run says nothing of the target; None if it does.
        notes: what else should be known of it.
        intervals: the parts of the run, a second each if the plan does not say otherwise.
        answered_calls: requests of the target itself (echo tests) that were answered.
    """

    loop: str = "closed"
    seconds: float = 0.0
    tallies: Sequence[Tally] = ()
    faults: Counter[str] = field(default_factory=Counter)
    lateness: Latencies = field(default_factory=Latencies)
    cpu_share: float = 0.0
    shares: dict[str, float] = field(default_factory=dict)
    together: float | None = None
    target_share: float | None = None
    others: dict[int, float] = field(default_factory=dict)
    others_together: float | None = None
    load_average: float | None = None
    invalid: str | None = None
    notes: list[str] = field(default_factory=list)
    intervals: list[Interval] = field(default_factory=list)
    answered_calls: int = 0

    def settle(self, seconds: float = 1.0, rss_bytes: int | None = None, cpu_share: float | None = None) -> None:
        """An interval of so many seconds is over."""
        fresh = Latencies()
        for tally in self.tallies:
            fresh.merge(tally.settle())
        at_s = (self.intervals[-1].at_s if self.intervals else 0.0) + seconds
        p50_ms, p99_ms, max_ms = fresh.percentile_ms(50.0, 99.0, 100.0)
        tps = round(len(fresh) / seconds, 1)
        self.intervals.append(Interval(round(at_s, 3), len(fresh), tps, p50_ms, p99_ms, max_ms, rss_bytes, cpu_share))

    def settle_rest(self) -> None:
        """What came after the last interval."""
        for tally in self.tallies:
            tally.settle()

    @property
    def latencies(self) -> Latencies:
        """Of all kinds of message."""
        total = Latencies()
        for tally in self.tallies:
            total.merge(tally.latencies)
        return total

    @property
    def answers(self) -> int:
        """Right ones."""
        return sum(len(tally.latencies) for tally in self.tallies)

    @property
    def codes(self) -> Counter[str]:
        """The answers by DE 39."""
        return sum((tally.codes for tally in self.tallies), Counter())

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
        return self.latencies.percentile_ms(percentile)[0]

    def as_document(self) -> dict[str, Any]:
        """The result as JSON has it."""
        latencies = self.latencies
        return {
            "loop": self.loop,
            "seconds": round(self.seconds, 3),
            "answers": self.answers,
            "tps": round(self.tps, 1),
            "latency_ms": _percentiles(latencies),
            "mean_ms": round(latencies.mean_ms, 4),
            "percentiles": [
                [percentile, value]
                for percentile, value in zip(CURVE, latencies.percentile_ms(*CURVE), strict=True)
                if percentile == 100.0 or len(latencies) * (1 - percentile / 100) >= 1
            ],
            "hdr": latencies.histogram().encode().decode(),
            "messages": {
                tally.name: {
                    "answers": len(tally.latencies),
                    "response_codes": dict(sorted(tally.codes.items())),
                    "latency_ms": _percentiles(tally.latencies),
                }
                for tally in self.tallies
            },
            "response_codes": dict(sorted(self.codes.items())),
            "faults": dict(sorted(self.faults.items())),
            "own_lateness_ms_p99": self.lateness.percentile_ms(99.0)[0],
            "own_cpu_share": round(self.cpu_share, 3),
            "cpu_shares": {name: round(share, 3) for name, share in self.shares.items()},
            "target_cpu_share": None if self.target_share is None else round(self.target_share, 3),
            "others_cpu_share": {str(core): round(share, 3) for core, share in self.others.items()},
            "others_together_cpu_share": None if self.others_together is None else round(self.others_together, 3),
            "load_average": self.load_average,
            "answered_calls": self.answered_calls,
            "intervals": [asdict(interval) for interval in self.intervals],
            "invalid": self.invalid,
            "notes": self.notes,
            "ok": self.ok,
        }


def _percentiles(latencies: Latencies) -> dict[str, float]:
    values = latencies.percentile_ms(*PERCENTILES)
    return {f"p{percentile:g}": value for percentile, value in zip(PERCENTILES, values, strict=True)}
