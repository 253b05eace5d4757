"""One against another: two versions, two configurations, two targets, in turn, and whether the difference is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from saklar.bench.contenders import Contender
from saklar.bench.ratios import Ratio
from saklar.bench.report.machine import heading
from saklar.bench.rounds import Load, Row, in_rounds, most_shared

ROUNDS_TO_TELL = 5
"""Of fewer, an interval by bootstrap is too narrow to be believed."""

CLOSED, OPEN = ("tps", "cpu_us"), ("p50_ms", "p99_ms")
"""What is compared of what a target can do, and of how late it is at the same rate as the other."""

NAMES = {"tps": "TPS", "cpu_us": "µs of CPU", "p50_ms": "p50", "p99_ms": "p99"}


@dataclass
class Versus:
    """What was measured of the two, as far as it went.

    Attributes:
        a, b: who.
        load: of the closed loop.
        rounds, seconds: how often, and how long each time.
        closed: what each can do.
        at_rate: how late each is, at a rate that both can take.
    """

    a: Contender
    b: Contender
    load: Load
    rounds: int
    seconds: float
    closed: list[Row] = field(default_factory=list)
    at_rate: list[Row] = field(default_factory=list)

    @property
    def ratios(self) -> dict[str, Ratio]:
        """Of A to B, by figure; those that could be measured."""
        return {
            name: ratio
            for rows, names in ((self.closed, CLOSED), (self.at_rate, OPEN))
            if len(rows) == 2
            for name in names
            if (ratio := rows[0].ratio(rows[1], name)).value > 0
        }

    @property
    def sentence(self) -> str:
        """Which is faster, or that it cannot be told."""
        ratio = self.ratios.get("tps")
        if ratio is None:
            return "It cannot be told which is faster: one of them gave no answers."
        if self.invalid:
            return "It cannot be told which is faster: in some runs those who measured were the bottleneck."
        if ratio.pairs < ROUNDS_TO_TELL:
            return f"It cannot be told which is faster: {ratio.pairs} rounds are too few (at least {ROUNDS_TO_TELL})."
        if not ratio.is_clear:
            return f"It cannot be told which is faster: A does {ratio} times the TPS of B, and 1 is within that."
        faster, times = ("A", ratio) if ratio.value > 1 else ("B", ratio.turned)
        return f"{faster} is faster: it does {times} times the TPS of the other."

    @property
    def faults(self) -> list[str]:
        """What must not happen."""
        return [
            f"{row.target}, {row.load}: {count:,} x {fault}"
            for row in (*self.closed, *self.at_rate)
            for fault, count in row.faults.items()
        ]

    @property
    def invalid(self) -> list[str]:
        """Which runs say nothing of their target, and why."""
        return [f"{row.target}, {row.load}: {why}" for row in (*self.closed, *self.at_rate) for why in row.invalid]

    @property
    def most_shared(self) -> str | None:
        """How much of a core others used at most; None where nobody was there."""
        return most_shared((*self.closed, *self.at_rate))

    @property
    def ok(self) -> bool:
        """Whether every answer was right and every run says something."""
        return not self.faults and not self.invalid

    def as_document(self) -> dict[str, Any]:
        """As JSON has it."""
        told = {
            "a": {"target": self.a.name, **self.a.about},
            "b": {"target": self.b.name, **self.b.about},
            "load": str(self.load),
            "rounds": self.rounds,
            "seconds": self.seconds,
        }
        return {
            **heading("compare", told),
            "ratios": {name: ratio.as_document() for name, ratio in self.ratios.items()},
            "sentence": self.sentence,
            "figures": [row.as_document() for row in self.closed],
            "at_rate": [row.as_document() for row in self.at_rate],
            "faults": self.faults,
            "invalid": self.invalid,
        }


def versus(into: Versus, progress: Callable[[str], None], rate: float | None = None) -> None:
    """Measure both, in turn: what they can do, then how late they are at a rate.

    Args:
        into: who, and how; takes what is measured as it comes.
        progress: told what is being done.
        rate: of the open loop; None for half of what the slower one can do.

    Raises:
        OSError: one of them does not start, or cannot be reached.
        CodecError, ValueError: it cannot be sent what the load is.
    """
    both = [replace(into.a, name="A"), replace(into.b, name="B")]
    in_rounds(both, [into.load], into.rounds, into.seconds, progress, into.closed)
    slower = min(row.median("tps") or 0.0 for row in into.closed)
    at = rate or float(f"{slower / 2:.3g}")
    if at > 0:
        in_rounds(both, [Load(into.load.connections, rate=at)], into.rounds, into.seconds, progress, into.at_rate)
