"""A run as JSON has it."""

from __future__ import annotations

from typing import Any

from saklar.bench.load.plan import Plan
from saklar.bench.load.result import Result
from saklar.bench.report.machine import machine


def as_run(plan: Plan, result: Result) -> dict[str, Any]:
    """A run as JSON has it: what was done, on what machine, and what came out."""
    return {
        "kind": "run",
        "machine": machine(),
        "targets": sorted({str(group.target) for group in plan.groups}),
        "dialects": sorted({group.dialect.name for group in plan.groups}),
        "connections": sum(group.connections for group in plan.groups),
        "in_flight": plan.in_flight if plan.rate is None else None,
        "rate": plan.rate,
        "poisson": plan.poisson,
        **result.as_document(),
    }
