"""Rounds: in each, all that is compared is measured once, so that what the machine does meanwhile hits all of it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from saklar.bench import proc
from saklar.bench.contenders import Contender
from saklar.bench.load.generator import Generator
from saklar.bench.load.mix import Mix
from saklar.bench.load.plan import Plan, groups_of
from saklar.bench.load.result import Result
from saklar.bench.ratios import Ratio, ratio_of
from saklar.bench.targets.arena import Running

WARMUP_S = 1.0


@dataclass(frozen=True)
class Load:
    """How a target is loaded. `rate` is of an open loop; without one, `in_flight` are kept out on each connection."""

    connections: int
    in_flight: int = 1
    rate: float | None = None

    def __str__(self) -> str:
        return f"{self.connections}x{self.in_flight}" if self.rate is None else f"{self.rate:,.0f} a second"

    @classmethod
    def parse(cls, text: str) -> Load:
        """Of "4x50".

        Raises:
            ValueError: it is not of that form.
        """
        connections, _, in_flight = text.partition("x")
        if not (connections.isdecimal() and in_flight.isdecimal() and int(connections) and int(in_flight)):
            raise ValueError(f"{text!r}: connections x requests in flight are expected, as in 4x50")
        return cls(int(connections), int(in_flight))


@dataclass(frozen=True)
class Sample:
    """What one measurement gave. `cpu_us` is of the target's process, for a transaction; None where it is not known."""

    tps: float
    p50_ms: float
    p99_ms: float
    cpu_us: float | None
    rss_mb: float | None
    result: Result

    @classmethod
    def of(cls, result: Result, rss_bytes: int | None) -> Sample:
        """Of a run."""
        share, rss_mb = result.target_share, None if rss_bytes is None else rss_bytes / 1e6
        cpu_us = share * 1e6 / result.tps if share is not None and result.tps else None
        p50_ms, p99_ms = result.latencies.percentile_ms(50.0, 99.0)
        return cls(result.tps, p50_ms, p99_ms, cpu_us, rss_mb, result)


@dataclass
class Row:
    """All that was measured of one contender under one load."""

    load: str
    target: str
    samples: list[Sample] = field(default_factory=list)

    def median(self, name: str) -> float | None:
        """Of a figure of the samples; None where it is not known."""
        values = [getattr(sample, name) for sample in self.samples]
        return None if None in values or not values else float(statistics.median(values))

    def ratio(self, other: Row, name: str = "tps") -> Ratio:
        """Of a figure to that of another in the same rounds; 0 where it is not known."""
        rounds = min(len(self.samples), len(other.samples))
        ours, theirs = ([getattr(sample, name) or 0.0 for sample in row.samples[:rounds]] for row in (self, other))
        return ratio_of(ours, theirs)

    @property
    def faults(self) -> dict[str, int]:
        """What must not happen, by kind."""
        found: dict[str, int] = {}
        for sample in self.samples:
            for fault, count in sample.result.faults.items():
                found[fault] = found.get(fault, 0) + count
        return found

    @property
    def invalid(self) -> list[str]:
        """Why samples say nothing of the target."""
        return [sample.result.invalid for sample in self.samples if sample.result.invalid is not None]

    def as_document(self) -> dict[str, Any]:
        """As JSON has it."""
        names = ("tps", "p50_ms", "p99_ms", "cpu_us", "rss_mb")
        return {
            "load": self.load,
            "target": self.target,
            **{name: self.median(name) for name in names},
            "rounds": [round(sample.tps, 1) for sample in self.samples],
            "faults": self.faults,
            "invalid": self.invalid,
            "shares": _shares([sample.result for sample in self.samples]),
            "runs": [sample.result.as_document() for sample in self.samples],
        }


def _shares(results: Sequence[Result]) -> Mapping[str, float]:
    """Of a core: medians, for the target and those who serve the load."""
    names = {"the generator": [result.cpu_share for result in results]}
    for result in results:
        for name, share in result.shares.items():
            names.setdefault(name, []).append(share)
        if result.target_share is not None:
            names.setdefault("the target", []).append(result.target_share)
    return {name: round(statistics.median(shares), 3) for name, shares in names.items()}


def measure(
    running: Running,
    mix: Mix,
    dialect: str | None,
    load: Load,
    seconds: float,
    *,
    warmup_s: float = WARMUP_S,
    interval_s: float = 1.0,
    tell: Callable[[float, Result], None] | None = None,
) -> Sample:
    """Load a target that runs.

    Raises:
        OSError: it cannot be reached.
        CodecError: a message of the mix has no form in the dialect.
        ValueError: the mix does not say what dialect to speak.
    """
    generator = loaded(running, mix, dialect, load, seconds, warmup_s=warmup_s, interval_s=interval_s)
    generator.progress = tell
    return Sample.of(generator.run(), running.rss_bytes)


def loaded(
    running: Running,
    mix: Mix,
    dialect: str | None,
    load: Load,
    seconds: float,
    *,
    warmup_s: float = WARMUP_S,
    interval_s: float = 1.0,
) -> Generator:
    """A generator that is ready to load a target that runs.

    Raises:
        CodecError, HsmError, ValueError: as `groups_of` has it.
    """
    groups, tallies = groups_of(mix, running.address, dialect)
    plan = Plan(
        groups, tallies, load.rate, load.in_flight, duration_s=seconds, warmup_s=warmup_s, interval_s=interval_s
    )
    generator = Generator(plan)
    generator.usage = running.usage
    return generator


def in_rounds(
    contenders: Sequence[Contender],
    loads: Sequence[Load],
    rounds: int,
    seconds: float,
    progress: Callable[[str], None],
    rows: list[Row],
) -> None:
    """Measure all contenders under all loads, in rounds; who begins changes from round to round.

    Each sample is in `rows` as soon as it is there, so that who interrupts has those before.

    Raises:
        OSError: a contender does not start.
    """
    found = {(load, each.name): Row(str(load), each.name) for load in loads for each in contenders}
    rows += found.values()
    for number in range(rounds):
        for load in loads:
            turn = number % len(contenders)
            for contender in (*contenders[turn:], *contenders[:turn]):
                what = f"round {number + 1} of {rounds}: {contender.name}, {load}"
                progress(what)
                with contender.start() as running:
                    sample = measure(
                        running,
                        contender.mix(load.connections),
                        contender.dialect,
                        load,
                        seconds,
                        tell=lambda _, result, what=what: progress(f"{what}: {latest(result)}"),  # type: ignore[misc]
                    )
                found[load, contender.name].samples.append(sample)


def latest(result: Result) -> str:
    """The last second of a run in words."""
    if not result.intervals:
        return "warming up"
    last = result.intervals[-1]
    faults = f", {result.faults.total():,} faults" if result.faults else ""
    return f"{last.tps:,.0f} TPS, p99 {last.p99_ms:.3g} ms{faults}"


def most_shared(rows: Iterable[Row]) -> str | None:
    """How much of a core others used at most while these were measured; None where nobody was there."""
    results = [sample.result for row in rows for sample in row.samples]
    core, share = max(
        (item for result in results for item in result.others.items()), key=itemgetter(1), default=(0, 0.0)
    )
    return f"others used {share:.0%} of core {core}" if share > proc.QUIET else None
