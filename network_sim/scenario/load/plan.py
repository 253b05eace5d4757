"""How a load is to be: how fast, for how long, and by which terminals."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle

from saklar.network_sim.arrivals import arrivals
from saklar.network_sim.scenario.facts import PartyFacts, Setup, TerminalFacts, TerminalsFacts
from saklar.network_sim.scenario.generation import LAST_STAN, Counters
from saklar.network_sim.scenario.language.tree import Defaults, Setting, Text


@dataclass(frozen=True, slots=True)
class Load:
    """A load.

    Attributes:
        for_s: how long plays are begun.
        rate: of plays, a second, in all; 0: each terminal has its own.
        even: at equal times; else as independent customers come (Poisson).
        at_once: plays that may be going on; what is due beyond that is not begun, and counted.
        keep: failures that are kept whole.
        virtual: in virtual time, where all is played here.
        paths: of what is played, as they were given, for the command that plays it again; of the cases, if not said.
        tags: as they were given, likewise.
    """

    for_s: float
    rate: float = 0.0
    even: bool = False
    at_once: int = 5_000
    keep: int = 10
    virtual: bool = False
    paths: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass
class TerminalCounters(Counters):
    """A terminal's own: it counts through a share of the STANs that no other terminal of its link has."""

    share: int = LAST_STAN

    def stan(self) -> str:
        """The next STAN of the share."""
        return f"{(self.first_stan + next(self._count) % self.share) % LAST_STAN + 1:06d}"

    def __post_init__(self) -> None:
        first, self.first_stan = self.first_stan, 0
        super().__post_init__()
        self.first_stan = first


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal that plays cases: who it is, what it counts."""

    party: str
    facts: PartyFacts
    card: str
    counters: TerminalCounters = field(repr=False)

    def setup(self, setup: Setup) -> Setup:
        """What is declared, with its card where a step names none."""
        if not self.card:
            return setup
        card = Setting("card", (Text((self.card,)),))
        return replace(setup, defaults=(*setup.defaults, Defaults((card,), self.party)))


def terminals(setup: Setup, rng: random.Random) -> list[tuple[Terminal, float]]:
    """The terminals of a setup, and how many plays a second each begins."""
    found = []
    for group in setup.terminals:
        share = max(1, LAST_STAN // len(group.terminals))
        first = rng.randrange(LAST_STAN)
        for number, one in enumerate(group.terminals):
            found.append((_terminal(setup.parties[group.party], one, first + number * share, share), group.rate))
    return found


def _terminal(party: PartyFacts, facts: TerminalFacts, first: int, share: int) -> Terminal:
    own = replace(party, terminals=(facts.id,), merchant=facts.merchant)
    return Terminal(party.name, own, facts.card, TerminalCounters(first, (facts.id,), share))


def has_rates(groups: Sequence[TerminalsFacts]) -> bool:
    """Whether terminals say how often each of them begins a play."""
    return bool(groups) and all(group.rate for group in groups)


def schedule(
    load: Load, players: Sequence[tuple[Terminal, float]], rng: random.Random
) -> Iterator[tuple[float, Terminal | None]]:
    """When plays are due (seconds from the start), and at which terminal, until the end of the load."""
    if load.rate:
        turns: Iterator[Terminal | None] = cycle([one for one, _ in players] or [None])
        times = arrivals(load.rate, poisson=not load.even, rng=rng)
        due: Iterator[tuple[float, Terminal | None]] = ((at, next(turns)) for at in times)
    else:
        due = _each(load, players, rng)
    for at, terminal in due:
        if at >= load.for_s:
            return
        yield at, terminal


def _each(
    load: Load, players: Sequence[tuple[Terminal, float]], rng: random.Random
) -> Iterator[tuple[float, Terminal | None]]:
    """Each terminal at its own rate, and not all from the same moment on."""
    offsets = [rng.uniform(0, 1 / rate) if load.even else rng.expovariate(rate) for _, rate in players]
    times = [arrivals(rate, poisson=not load.even, rng=rng) for _, rate in players]
    queue = [(offset + next(at), number) for number, (offset, at) in enumerate(zip(offsets, times, strict=True))]
    heapq.heapify(queue)
    while queue:
        at, number = queue[0]
        yield at, players[number][0]
        heapq.heapreplace(queue, (offsets[number] + next(times[number]), number))
