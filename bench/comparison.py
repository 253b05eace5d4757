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
    """What was measured.

    Attributes:
        rounds, seconds: how often, and how long each time.
        cores: of the target and of the load.
        rows: in closed loops, what each target can do.
        python: that ran the switch.
        at_half: in an open loop at half of that, how late the first target and the raw relay are.
    """

    rounds: int
    seconds: float
    cores: tuple[int, int] | None
    rows: list[Row] = field(default_factory=list)
    at_half: list[Row] = field(default_factory=list)
    python: str = sys.executable

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
        ours, raw = by_name.get(self.rows[0].target) if self.rows else None, by_name.get("raw")
        return None if ours is None or raw is None or self.rows[0].target == "raw" else ours - raw

    def as_document(self) -> dict[str, Any]:
        """The figures as JSON has them."""
        return {
            **heading("switch", self._configuration),
            "cores": self.cores,
            "rounds": self.rounds,
            "seconds": self.seconds,
            "figures": [self._document(row) for row in self.rows],
            "at_half": [row.as_document() for row in self.at_half],
            "p99_added_ms": self.p99_added_ms,
            "faults": self.faults,
            "invalid": self.invalid,
        }

    @property
    def _configuration(self) -> dict[str, Any]:
        rows = (*self.rows, *self.at_half)
        return {
            "targets": list(dict.fromkeys(row.target for row in rows)),
            "loads": list(dict.fromkeys(row.load for row in rows)),
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


def compare(
    targets: Sequence[str],
    loads: Sequence[str],
    rounds: int,
    seconds: float,
    progress: Callable[[str], None],
    python: str = sys.executable,
) -> Comparison:
    """Measure them.

    Args:
        targets: of `TARGETS`; the first is the one that is asked about.
        loads: as "4x50": connections and requests out on each.
        rounds: how often all of it is done.
        seconds: of each measurement.
        progress: told what is being done.
        python: that runs the switch; baselines and issuers run by this one.

    Raises:
        ValueError: a target or a load that there is not.
        OSError: a target does not start.
    """
    contenders = [contender(name, python) for name in targets]
    shapes = [Load.parse(load) for load in loads]
    comparison = Comparison(rounds, seconds, proc.cores(), python=python)
    in_rounds(contenders, shapes, rounds, seconds, progress, comparison.rows)
    can = comparison.rows[0].median("tps")
    if can:
        late = [contenders[0], *(each for each in contenders[1:] if each.name == "raw")]
        half = Load(shapes[0].connections, rate=round(can / 2, 1))
        in_rounds(late, [half], rounds, seconds, progress, comparison.at_half)
    return comparison
