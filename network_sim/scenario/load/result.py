"""What a load found: plain data, masked, ready for reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saklar.network_sim.latencies import Latencies
from saklar.network_sim.scenario.result import CaseResult, Place, plain

PERCENTILES = (50.0, 90.0, 99.0, 99.9, 100.0)
KEPT_UP_MS = 50.0
"""A runner that was later than this (p99) had a part in the times that it measured."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, so many times (ms)."""

    count: int = 0
    p50_ms: float = 0.0
    p90_ms: float = 0.0
    p99_ms: float = 0.0
    p999_ms: float = 0.0
    max_ms: float = 0.0

    @classmethod
    def of(cls, latencies: Latencies) -> Times:
        """Those that were counted."""
        return cls(len(latencies), *latencies.percentile_ms(*PERCENTILES))


@dataclass(frozen=True, slots=True)
class StepTimes:
    """The answers to a step's expectation: from the request to its answer; else how long the step waited."""

    place: Place
    times: Times


@dataclass(frozen=True, slots=True)
class LoadResult:
    """A load.

    Attributes:
        rate: plays a second that were to begin.
        for_s: for how long.
        plays: that were begun. `passed`, `failed`, `error` are how they came out, `cut` those that were still going on.
        not_started: that were due while too many were going on.
        messages: that our parties sent and received.
        whole: how long plays took that passed, from when they were due.
        lateness: how much later than due the runner itself was, at sending or (where a play begins otherwise) starting.
        reasons: why plays did not pass, and how many.
        failures: the first of them, whole.
        problem: why there was no load; "" if there was.
    """

    cases: int
    terminals: int
    rate: float
    for_s: float
    seed: int
    started_at: str
    elapsed_s: float = 0.0
    plays: int = 0
    passed_plays: int = 0
    failed_plays: int = 0
    error_plays: int = 0
    cut_plays: int = 0
    not_started: int = 0
    messages: int = 0
    most_at_once: int = 0
    whole: Times = Times()
    steps: tuple[StepTimes, ...] = ()
    lateness: Times = Times()
    reasons: Mapping[str, int] | None = None
    failures: tuple[CaseResult, ...] = ()
    interrupted: bool = False
    problem: str = ""
    rerun: str = ""

    @property
    def passed(self) -> bool:
        """Whether every play that was due was played, and passed."""
        wrong = self.failed_plays or self.error_plays or self.cut_plays or self.not_started
        return not (wrong or self.interrupted or self.problem) and self.plays > 0

    @property
    def kept_up(self) -> bool:
        """Whether the runner was in time, so that what was slow is the host."""
        return self.lateness.p99_ms <= KEPT_UP_MS and not self.not_started

    def to_dict(self) -> dict[str, Any]:
        """The whole of it as JSON has it."""
        return {"format": "saklar-load-1", "kept_up": self.kept_up, **plain(self)}
