"""Virtual time: what happens next, and a trace of what happened."""

import heapq
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from saklar.network_sim.simulation.faults import Faults

BEGINNING = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)

Action = Callable[[], None]


class World:
    """The scheduler of one run.

    Args:
        seed: of everything that is drawn.
        faults: how likely each is.
    """

    def __init__(self, seed: int, faults: Faults) -> None:
        self.rng = random.Random(seed)  # noqa: S311 (a simulation must be repeatable)
        self.faults = faults
        self.now = 0.0
        self.events = 0
        self.is_calm = False
        """Whether the time of faults is over."""
        self.wall_offset_s = 0.0
        self.trace: list[str] = []
        self.promises: list[str] = []
        """What was broken."""
        self._heap: list[tuple[float, int, Action]] = []
        self._count = 0

    def after(self, delay: float, action: Action) -> None:
        """Have `action()` called after so many seconds."""
        self._count += 1
        heapq.heappush(self._heap, (self.now + delay, self._count, action))

    def step(self) -> bool:
        """Do what is next; False if nothing is."""
        if not self._heap:
            return False
        when, _, action = heapq.heappop(self._heap)
        self.now = max(self.now, when)
        self.events += 1
        action()
        return True

    def wall_clock(self) -> datetime:
        """What the switch takes for the time; it may be wrong by hours."""
        return BEGINNING + timedelta(seconds=self.now + self.wall_offset_s)

    def true_time(self) -> datetime:
        """The time of everybody else."""
        return BEGINNING + timedelta(seconds=self.now)

    def strikes(self, fault: str) -> bool:
        """Whether this fault happens now."""
        chance = getattr(self.faults, fault)
        return not self.is_calm and chance > 0 and self.rng.random() < chance

    def delay(self) -> float:
        """Seconds that something takes: mostly a millisecond, sometimes far more."""
        if self.strikes("slow"):
            return self.rng.uniform(0.5, 40.0)
        return self.rng.expovariate(1000.0)

    def note(self, who: str, what: str) -> None:
        """A line of the trace."""
        self.trace.append(f"{self.now:10.3f}  {who:<9} {what}")

    def broken(self, promise: str) -> None:
        """Note that a promise is broken."""
        self.promises.append(promise)
        self.note("PROMISE", promise)
