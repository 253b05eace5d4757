"""A load for hours: does the target hold more and more memory, or get slower and slower?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from saklar.bench.contenders import Contender
from saklar.bench.drift import Drift, drift_of
from saklar.bench.load.result import Interval, Result
from saklar.bench.report.machine import heading
from saklar.bench.rounds import Load, loaded, measure
from saklar.bench.targets.arena import Running

SETTLES = 0.1
"""Of what is measured, what is left out of a drift: caches fill and allocators find their size."""

PROBE_S = 5.0

FIGURES = ("rss_bytes", "p50_ms", "p99_ms", "cpu_share")


@dataclass(frozen=True)
class Endurance:
    """What is done.

    Attributes:
        seconds: how long.
        rate: requests a second; None for half of what a short closed loop shows.
        connections: of the load, where its mix does not say.
        interval_s: of the rows.
        drift_percent: by which memory may grow.
    """

    seconds: float
    rate: float | None = None
    connections: int = 4
    interval_s: float = 10.0
    drift_percent: float = 2.0


@dataclass(frozen=True)
class Soak:
    """What was measured.

    Attributes:
        target, about: its name, and what else is known of it.
        plan: what was to be done.
        rate: of the load.
        result: of the whole run.
    """

    target: str
    plan: Endurance
    rate: float
    result: Result
    about: dict[str, Any]

    @property
    def drifts(self) -> dict[str, Drift | None]:
        """Of each figure; None where it is not known, or too short."""
        return {name: drift_in(self.result.intervals, name) for name in FIGURES}

    @property
    def is_flat(self) -> bool | None:
        """Whether memory is; None where that cannot be told."""
        drift = self.drifts["rss_bytes"]
        return None if drift is None else drift.is_flat(self.plan.drift_percent)

    @property
    def verdict(self) -> str:
        """On memory, in words."""
        drift, limit = self.drifts["rss_bytes"], f"{self.plan.drift_percent:g} %"
        if drift is None:
            known = any(interval.rss_bytes for interval in self.result.intervals)
            why = "too few settled intervals" if known else "the target's process is not known (--pid)"
            return f"memory: cannot be told: {why}"
        said = "flat" if drift.is_flat(self.plan.drift_percent) else "GROWS"
        return (
            f"memory: {said}: {drift.percent:+.2f} % from {drift.first / 1e6:.1f} to {drift.last / 1e6:.1f} MB "
            f"over {drift.points} settled intervals (allowed: {limit})"
        )

    @property
    def ok(self) -> bool:
        """Whether every answer was right, and memory is not known to grow."""
        return self.result.ok and self.is_flat is not False

    def as_document(self) -> dict[str, Any]:
        """As JSON has it."""
        told = {"target": self.target, "about": self.about, **vars(self.plan), "rate": self.rate, "settles": SETTLES}
        drifts = {name: drift and drift.as_document() for name, drift in self.drifts.items()}
        document = self.result.as_document()
        return {
            **heading("soak", told),
            **document,
            "complete": self.result.seconds >= self.plan.seconds,
            "drifts": drifts,
            "memory_is_flat": self.is_flat,
            "verdict": self.verdict,
            "ok": self.ok,
        }


def drift_in(intervals: Sequence[Interval], name: str) -> Drift | None:
    """Of a figure, from the first settled interval to the last."""
    end = intervals[-1].at_s if intervals else 0.0
    settled = [each for each in intervals if each.at_s > end * SETTLES]
    points = [(each.at_s, float(value)) for each in settled if (value := getattr(each, name)) is not None]
    return drift_of(points)


def soak(
    contender: Contender,
    plan: Endurance,
    tell: Callable[[float, Result], None],
    guard: Callable[[Callable[[], None]], AbstractContextManager[None]],
) -> Soak:
    """Load a target until the time is over, or somebody stops it.

    Args:
        contender: the target.
        plan: what is done.
        tell: told twice a second of the seconds that passed, and what was measured.
        guard: a block within which what it is given may be called, to end the run with what it has.

    Raises:
        OSError: the target does not start, or cannot be reached.
        CodecError, ValueError: it cannot be sent what the load is.
    """
    with contender.start() as running:
        rate = plan.rate or _half(contender, running, plan.connections)
        load = Load(plan.connections, rate=rate)
        mix = contender.mix(plan.connections)
        generator = loaded(running, mix, contender.dialect, load, plan.seconds, interval_s=plan.interval_s)
        generator.progress = tell
        with guard(generator.stop):
            result = generator.run()
    return Soak(contender.name, plan, rate, result, contender.about)


def _half(contender: Contender, running: Running, connections: int) -> float:
    """Half of what the target does in a short closed loop."""
    load = Load(connections, 50)
    found = measure(running, contender.mix(connections), contender.dialect, load, PROBE_S)
    return max(1.0, float(f"{found.tps / 2:.3g}"))
