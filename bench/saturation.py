"""The highest rate at which a target is in time: `search` says what to try, runs in open loops say whether it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from saklar.bench.contenders import Contender
from saklar.bench.report.machine import heading
from saklar.bench.rounds import Load, Row, Sample, latest, measure, most_shared
from saklar.bench.search import Found, Trial, Verdict, search
from saklar.bench.stage import Stage


@dataclass(frozen=True)
class Aim:
    """What is searched for, and how. Times in the units of their names.

    Attributes:
        p99_ms: what the p99 must not exceed.
        connections: of the load, where its mix does not say.
        start: the rate to begin with.
        precision: to which the rate is found.
        seconds, confirm_s: of a try, and of the run that confirms.
    """

    p99_ms: float = 20.0
    connections: int = 4
    start: float = 500.0
    precision: float = 0.05
    seconds: float = 4.0
    confirm_s: float = 20.0


@dataclass(frozen=True)
class Step:
    """A try, what was measured, and what it says; `why` is of what does not hold."""

    trial: Trial
    sample: Sample
    verdict: Verdict
    why: str

    def as_document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "rate": self.trial.rate,
            "confirms": self.trial.confirms,
            "verdict": self.verdict.value,
            "why": self.why,
            "cpu_us": self.sample.cpu_us,
            "rss_mb": self.sample.rss_mb,
            **self.sample.result.as_document(),
        }


@dataclass
class Saturation:
    """The search as far as it went.

    Attributes:
        target: its name.
        aim: what was searched for.
        about: what else is known of the target.
        steps: what was tried.
        found: what came out; None before it is over.
    """

    target: str
    aim: Aim
    about: dict[str, Any] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    found: Found | None = None

    @property
    def confirmed(self) -> Step | None:
        """The run that the result stands on."""
        if self.found is None or self.found.rate is None:
            return None
        return self.steps[-1]

    @property
    def sentence(self) -> str:
        """The result in words."""
        limit = f"p99 under {self.aim.p99_ms:g} ms"
        if self.found is None:
            held = [step.trial.rate for step in self.steps if step.verdict is Verdict.HOLDS]
            return f"The search was ended before its end; {max(held, default=0.0):,.0f} a second held, not confirmed."
        if self.found.rate is None:
            return f"No rate was found at which {self.target} answers all with {limit}."
        said = f"{self.target} takes {self.found.rate:,.0f} a second with {limit}, for {self.aim.confirm_s:g} s."
        if self.found.by_load:
            return said + " It may take more: at the next rate those who measure were the bottleneck."
        return said

    @property
    def most_shared(self) -> str | None:
        """How much of a core others used at most; None where nobody was there."""
        return most_shared([Row("", self.target, [step.sample for step in self.steps])])

    def as_document(self) -> dict[str, Any]:
        """As JSON has it."""
        configuration = {"target": self.target, "about": self.about, **vars(self.aim)}
        confirmed = self.confirmed
        return {
            **heading("saturate", configuration),
            "rate": None if self.found is None else self.found.rate,
            "limited_by_load": None if self.found is None else self.found.by_load,
            "complete": self.found is not None,
            "sentence": self.sentence,
            "confirmed": None if confirmed is None else confirmed.as_document(),
            "steps": [step.as_document() for step in self.steps],
        }


def judged(trial: Trial, sample: Sample, p99_ms: float) -> Step:
    """What a run says of a rate: nothing, if it is invalid, or late by half of the limit of itself."""
    result, late_ms = sample.result, sample.result.lateness.percentile_ms(99.0)[0]
    if result.invalid is not None:
        return Step(trial, sample, Verdict.UNKNOWN, result.invalid)
    if result.faults:
        fault, count = result.faults.most_common(1)[0]
        return Step(trial, sample, Verdict.FAILS, f"{count:,} x {fault}")
    if not result.answers:
        return Step(trial, sample, Verdict.FAILS, "no answers")
    if sample.p99_ms < p99_ms:
        return Step(trial, sample, Verdict.HOLDS, "")
    if late_ms > p99_ms / 2:
        return Step(trial, sample, Verdict.UNKNOWN, f"the generator itself was {late_ms:.0f} ms late (p99)")
    return Step(trial, sample, Verdict.FAILS, f"p99 {sample.p99_ms:.3g} ms")


def saturate(
    contender: Contender, aim: Aim, into: Saturation, tell: Callable[[str], None], done: Callable[[Step], None]
) -> None:
    """Search. Each step is in `into` as soon as it is there.

    After a step that does not hold the target is a fresh one, where it is ours: what an overload leaves behind would be
    counted against the next rate.

    Raises:
        OSError: the target does not start, or cannot be reached.
        CodecError, ValueError: it cannot be sent what the load is.
    """
    seeking = search(aim.start, precision=aim.precision)
    with Stage(contender) as stage:
        trial = next(seeking)
        while True:
            what = f"{'confirming ' if trial.confirms else ''}{trial.rate:,.0f} a second"
            tell(f"{what}: starting")
            sample = measure(
                stage.running(),
                contender.mix(aim.connections),
                contender.dialect,
                Load(aim.connections, rate=trial.rate),
                aim.confirm_s if trial.confirms else aim.seconds,
                tell=lambda _, result, what=what: tell(f"{what}: {latest(result)}"),  # type: ignore[misc]
            )
            step = judged(trial, sample, aim.p99_ms)
            into.steps.append(step)
            done(step)
            if step.verdict is not Verdict.HOLDS:
                stage.renew()
            try:
                trial = seeking.send(step.verdict)
            except StopIteration as end:
                into.found = end.value
                return
