"""A run as JSON has it."""

from __future__ import annotations

from typing import Any

from saklar.bench.load.plan import Plan
from saklar.bench.load.result import Result
from saklar.bench.report.machine import heading


def as_run(plan: Plan, result: Result) -> dict[str, Any]:
    """A run as JSON has it: what was done, on what machine, and what came out."""
    return {
        **heading("tps", as_configuration(plan)),
        **result.as_document(),
    }


def as_configuration(plan: Plan) -> dict[str, Any]:
    """How a target was loaded."""
    return {
        "targets": sorted({str(group.target) for group in plan.groups}),
        "dialects": sorted({group.dialect.name for group in plan.groups}),
        "connections": sum(group.connections for group in plan.groups),
        "in_flight": plan.in_flight if plan.rate is None else None,
        "rate": plan.rate,
        "poisson": plan.poisson,
        "duration_s": plan.duration_s,
        "warmup_s": plan.warmup_s,
        "interval_s": plan.interval_s,
        "answer_timeout_s": plan.answer_timeout_s,
        "seed": plan.seed,
    }
