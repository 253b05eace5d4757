"""The switch beside the baselines: in turn, in rounds, so that what this machine does meanwhile hits all of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import cast, get_args

from saklar.bench.arena import PAN, Kind, cores, running
from saklar.bench.generator import Generator, Plan, default_message
from saklar.bench.machine import machine
from saklar.bench.result import Result
from saklar.codecs import framing, load_dialect

DIALECT = "iso87-ascii"


@dataclass(frozen=True)
class Figure:
    """Of one target under one load: medians of the rounds. `cpu_us` is of the target's process, for a transaction."""

    load: str
    target: str
    tps: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    rss_mb: float
    rounds: tuple[float, ...]


@dataclass
class Comparison:
    """What was measured.

    Attributes:
        figures: in closed loops, each target's throughput.
        at_half: in an open loop at half of its throughput, how late the first target and the raw relay are.
        faults: what must not happen.
    """

    rounds: int
    cores: tuple[int, int] | None
    figures: list[Figure] = field(default_factory=list)
    at_half: list[Figure] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def ratio(self, figure: Figure, other: str) -> float | None:
        """Of the throughput of another target under the same load: the median of the rounds' ratios."""
        theirs = next((each for each in self.figures if (each.load, each.target) == (figure.load, other)), None)
        if theirs is None:
            return None
        pairs = zip(figure.rounds, theirs.rounds, strict=True)
        return statistics.median(mine / its if its else 0.0 for mine, its in pairs)

    @property
    def ok(self) -> bool:
        """Whether every answer was right."""
        return not self.faults

    def as_document(self) -> dict[str, object]:
        """The figures as JSON has them."""
        figures = [
            {**asdict(figure), "of_raw": self.ratio(figure, "raw"), "of_naive": self.ratio(figure, "naive")}
            for figure in self.figures
        ]
        return {
            "machine": machine(),
            "cores": self.cores,
            "rounds": self.rounds,
            "figures": figures,
            "at_half": [asdict(figure) for figure in self.at_half],
            "faults": self.faults,
        }


def compare(
    targets: Sequence[str], loads: Sequence[str], rounds: int, seconds: float, progress: Callable[[str], None]
) -> Comparison:
    """Measure them.

    Args:
        targets: of "strict", "relaxed", "raw", "naive"; the first is the one that is asked about.
        loads: as "4x50": connections and requests out on each.
        rounds: how often all of it is done.
        seconds: of each measurement.
        progress: told what is being done.

    Raises:
        ValueError: a target or a load that there is not.
        OSError: a target does not start.
    """
    kinds = [_kind(target) for target in targets]
    shapes = {load: _shape(load) for load in loads}
    comparison = Comparison(rounds, cores())
    measured: dict[tuple[str, str], list[_Measured]] = {}
    for number in range(rounds):
        for load, (connections, in_flight) in shapes.items():
            for kind in kinds:
                progress(f"round {number + 1} of {rounds}: {kind}, {load}")
                one = _measure(kind, connections, None, in_flight, seconds)
                measured.setdefault((load, kind), []).append(one)
                comparison.faults += [f"{kind}, {load}: {count} x {fault}" for fault, count in one.faults.items()]
    comparison.figures = [_figure(load, kind, ones) for (load, kind), ones in measured.items()]
    _measure_at_half(comparison, kinds, next(iter(shapes.values()))[0], seconds, progress)
    return comparison


@dataclass(frozen=True)
class _Measured:
    tps: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    rss_mb: float
    faults: dict[str, int]


def _kind(target: str) -> Kind:
    if target not in get_args(Kind):
        raise ValueError(f"{target!r} is no target; there are: {', '.join(get_args(Kind))}")
    return cast("Kind", target)


def _shape(load: str) -> tuple[int, int]:
    connections, _, in_flight = load.partition("x")
    if not (connections.isdecimal() and in_flight.isdecimal() and int(connections) and int(in_flight)):
        raise ValueError(f"{load!r}: connections x requests in flight are expected, as in 4x50")
    return int(connections), int(in_flight)


def _measure(kind: Kind, connections: int, rate: float | None, in_flight: int, seconds: float) -> _Measured:
    dialect = load_dialect(DIALECT)
    with running(kind) as target:
        plan = Plan(
            target.address,
            dialect,
            framing("binary-2", 65_535),
            default_message(dialect, PAN),
            connections=connections,
            rate=rate,
            in_flight=in_flight,
            duration_s=seconds,
        )
        before = target.cpu_s
        result: Result = Generator(plan).run()
        # The warm-up is in the CPU time and not in the count: a share of it goes to each transaction.
        share = plan.duration_s / (plan.duration_s + plan.warmup_s)
        cpu_us = (target.cpu_s - before) * share * 1e6 / max(1, result.answers)
        faults = dict(result.faults)
        if result.invalid is not None and rate is not None:
            faults[result.invalid] = 1
        return _Measured(
            result.tps, result.percentile_ms(50.0), result.percentile_ms(99.0), cpu_us, target.rss_bytes / 1e6, faults
        )


def _measure_at_half(
    comparison: Comparison, kinds: list[Kind], connections: int, seconds: float, progress: Callable[[str], None]
) -> None:
    """At the rate that is half of what the first target can do: it, and the raw relay beside it."""
    rate = comparison.figures[0].tps / 2
    if not rate:
        return
    for kind in [kinds[0], *(["raw"] if "raw" in kinds[1:] else [])]:
        ones = []
        for number in range(comparison.rounds):
            progress(f"round {number + 1} of {comparison.rounds}: {kind} at {rate:,.0f} a second")
            ones.append(_measure(_kind(kind), connections, rate, 0, seconds))
        comparison.at_half.append(_figure(f"{rate:.0f} a second", kind, ones))
        found = [fault for one in ones for fault in one.faults.items()]
        comparison.faults += [f"{kind} at half: {count} x {fault}" for fault, count in found]


def _figure(load: str, target: str, ones: list[_Measured]) -> Figure:
    def median(name: str) -> float:
        return float(statistics.median(getattr(one, name) for one in ones))

    rounds = tuple(round(one.tps, 1) for one in ones)
    return Figure(
        load, target, median("tps"), median("p50_ms"), median("p99_ms"), median("cpu_us"), median("rss_mb"), rounds
    )
