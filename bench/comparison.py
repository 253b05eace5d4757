"""The switch beside its baselines: each result as a ratio to the most and to the least that a relay in Python does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from saklar.bench import proc
from saklar.bench.contenders import contender
from saklar.bench.ratios import Ratio
from saklar.bench.report.machine import heading
from saklar.bench.rounds import Load, Row, in_rounds, most_shared
from saklar.bench.targets.arena import ROUTES, TARGETS

BASELINES = ("raw", "naive")


@dataclass
class Comparison:
    """What is measured, and what was, as far as it went.

    Attributes:
        targets: of `TARGETS`; the first is the one that is asked about.
        loads: connections and requests out on each.
        rounds, seconds: how often all of it is done, and how long each measurement is.
        python: runs the switch; baselines and issuers are run by this one.
        cores: of the target and of the load.
        closed: in closed loops, what each target can do.
        at_half: in an open loop at half of that, how late the first target and the raw relay are.
    """

    targets: Sequence[str]
    loads: Sequence[Load]
    rounds: int
    seconds: float
    python: str = sys.executable
    cores: tuple[int, int] | None = field(default_factory=proc.cores)
    closed: list[Row] = field(default_factory=list)
    at_half: list[Row] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        """Those of the closed loops that were measured."""
        return [row for row in self.closed if row.samples]

    def ratio(self, row: Row, other: str) -> Ratio | None:
        """Of the throughput to that of another target under the same load."""
        theirs = next((each for each in self.rows if (each.load, each.target) == (row.load, other)), None)
        return None if theirs is None else row.ratio(theirs)

    def beside(self, row: Row) -> Ratio | None:
        """Of the throughput to that of the target which does the same without what this one is about."""
        other = TARGETS[row.target].beside
        return None if other is None else self.ratio(row, other)

    @property
    def faults(self) -> list[str]:
        """What must not happen."""
        return [
            f"{row.target}, {row.load}: {count:,} x {fault}"
            for row in (*self.rows, *self.at_half)
            for fault, count in row.faults.items()
        ]

    @property
    def invalid(self) -> list[str]:
        """Which figures say nothing of their target, and why."""
        return [f"{row.target}, {row.load}: {why}" for row in (*self.rows, *self.at_half) for why in row.invalid]

    @property
    def most_shared(self) -> str | None:
        """How much of a core others used at most; None where nobody was there."""
        return most_shared((*self.rows, *self.at_half))

    @property
    def ok(self) -> bool:
        """Whether every answer was right."""
        return not self.faults

    @property
    def p99_added_ms(self) -> float | None:
        """What the first target adds to the p99 of the raw relay at the same rate, in ms; None: not known."""
        by_name = {row.target: row.median("p99_ms") for row in self.at_half}
        first = self.targets[0]
        ours, raw = by_name.get(first), by_name.get("raw")
        return None if ours is None or raw is None or first == "raw" else ours - raw

    def as_document(self) -> dict[str, Any]:
        """The figures as JSON has them."""
        return {
            **heading("switch", self._configuration),
            "cores": self.cores,
            "rounds": self.rounds,
            "seconds": self.seconds,
            "figures": [self._document(row) for row in self.rows],
            "at_half": [row.as_document() for row in self.at_half if row.samples],
            "p99_added_ms": self.p99_added_ms,
            "faults": self.faults,
            "invalid": self.invalid,
        }

    @property
    def _configuration(self) -> dict[str, Any]:
        return {
            "targets": list(self.targets),
            "loads": [str(load) for load in self.loads],
            "rounds": self.rounds,
            "seconds": self.seconds,
            "cores": self.cores,
            "routes": ROUTES,
            "python": self.python,
        }

    def _document(self, row: Row) -> dict[str, Any]:
        ratios = {f"of_{name}": self.ratio(row, name) for name in BASELINES}
        if TARGETS[row.target].beside is not None:
            ratios[f"of_{TARGETS[row.target].beside}"] = self.beside(row)
        return row.as_document() | {name: ratio and ratio.as_document() for name, ratio in ratios.items()}


def compare(into: Comparison, progress: Callable[[str], None]) -> None:
    """Measure.

    Args:
        into: what, and how; takes what is measured as it comes.
        progress: told what is being done.

    Raises:
        ValueError: a target that there is not.
        OSError: a target does not start.
    """
    contenders = [contender(name, into.python) for name in into.targets]
    in_rounds(contenders, into.loads, into.rounds, into.seconds, progress, into.closed)
    can = into.closed[0].median("tps")
    if can:
        late = [contenders[0], *(each for each in contenders[1:] if each.name == "raw")]
        half = Load(into.loads[0].connections, rate=round(can / 2, 1))
        in_rounds(late, [half], into.rounds, into.seconds, progress, into.at_half)
