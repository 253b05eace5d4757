"""One thing about a load is varied, and the rest stays: rates, connections or mixes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from saklar.bench.contenders import Contender
from saklar.bench.load.mix import Mix
from saklar.bench.report.machine import heading
from saklar.bench.rounds import Load, Row, latest, measure
from saklar.bench.stage import Stage


@dataclass(frozen=True)
class Point:
    """One of what is varied: its name, the load, and the mix, if it is not the target's own."""

    name: str
    load: Load
    mix: Mix | None = None


@dataclass
class Sweep:
    """What was measured, a row for each point.

    Attributes:
        axis: what is varied: "rate", "connections" or "mix".
        target: its name.
        seconds: of each measurement.
        rows: by the name of their point.
    """

    axis: str
    target: str
    seconds: float
    points: Sequence[Point]
    about: dict[str, Any] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether all was measured, with no fault."""
        return len(self.rows) == len(self.points) and not any(row.faults or row.invalid for row in self.rows)

    def as_document(self) -> dict[str, Any]:
        """As JSON has it."""
        points = [
            {"name": point.name, "connections": point.load.connections, "in_flight": point.load.in_flight,
             "rate": point.load.rate}
            for point in self.points
        ]  # fmt: skip
        told = {
            "axis": self.axis,
            "target": self.target,
            "about": self.about,
            "seconds": self.seconds,
            "points": points,
        }
        return {
            **heading("sweep", told),
            "complete": len(self.rows) == len(self.points),
            "points": [{**point, **row.as_document()} for point, row in zip(points, self.rows, strict=False)],
        }


def sweep(contender: Contender, into: Sweep, tell: Callable[[str], None], done: Callable[[Row], None]) -> None:
    """Measure one point after the other; a target of ours is a fresh one after faults.

    Raises:
        OSError: the target does not start, or cannot be reached.
        CodecError, ValueError: it cannot be sent what the load is.
    """
    with Stage(contender) as stage:
        for point in into.points:
            tell(f"{into.axis} {point.name}: starting")
            sample = measure(
                stage.running(),
                point.mix or contender.mix(point.load.connections),
                contender.dialect,
                point.load,
                into.seconds,
                tell=lambda _, result, name=point.name: tell(f"{into.axis} {name}: {latest(result)}"),  # type: ignore[misc]
            )
            row = Row(point.name, into.target, [sample])
            into.rows.append(row)
            done(row)
            if row.faults:
                stage.renew()
