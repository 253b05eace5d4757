"""Playing one case while faults hit its connections."""

from __future__ import annotations

from dataclasses import dataclass, field

from saklar.network_sim.scenario.chaos.aftermath import Harness
from saklar.network_sim.scenario.chaos.striking import NOTE
from saklar.network_sim.scenario.result import Failure
from saklar.network_sim.scenario.running import Run
from saklar.network_sim.scenario.seat import ANY

PROMISES = "keeps its promises"


@dataclass
class ChaosRun(Run):
    """A case being played, with faults.

    What is not as expected is excused by a fault, and is then `disturbed`; a broken promise never is.

    Attributes:
        harness: of the stage.
    """

    harness: Harness = field(kw_only=True)

    async def _perform(self) -> None:
        await self.harness.warm_up(self.stage, self.seats)
        with self.harness.spray.on(self.case.id, self.recorder) as chaos:
            try:
                await super()._perform()
            finally:
                self.faults = tuple(chaos.faults)
        if chaos.touched and self.verdict in ("failed", "error"):
            self.verdict = "disturbed"

    async def _afterwards(self) -> None:
        if not self.harness.is_last():
            return
        for seat in self.seats.values():
            seat.allow(ANY)
        self.recorder.act(NOTE, "ends")
        broken = await self.harness.breaches(self.stage, self.seats)
        subject = next((p.name for p in self.stage.parties if p.role in ("switch", "host")), NOTE)
        problem = "; ".join(broken)
        event = self.recorder.expectation(subject, PROMISES, self.case.span, problem=problem)
        for said in reversed(broken):
            masked = self.case.scope.masked(f"a promise is broken: {said}")
            self.failures.insert(0, Failure(self.recorder.place(self.case.span), masked, event.number))
            self.verdict = "failed"
