"""One run of one seed: trouble for a while, then quiet, and then every promise must hold."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from saklar.codecs import load_dialect
from saklar.hsm_sim import Hsm, decrypt_under_lmk, load_lmk, pan12
from saklar.hsm_sim.crypto import pin_block, tdes
from saklar.network_sim.simulation.acquirer import KINDS, Case, SimAcquirer
from saklar.network_sim.simulation.disk import Disk
from saklar.network_sim.simulation.faults import Faults, drawn
from saklar.network_sim.simulation.issuer import SimIssuer
from saklar.network_sim.simulation.switch import SimSwitch
from saklar.network_sim.simulation.world import World
from saklar.switch.engine import BinRange, Engine, Link, PinKey, Route, RoutingTable

TROUBLE_S = 150.0
"""How long there are faults."""

PATIENCE_S = 6 * 3600.0
"""After which it must be quiet."""

MAX_EVENTS = 200_000

ZPK = "U1EF828AA8F6B80EB83E19FBC373F3A85"
"""Under the public test LMK."""

BINS = {"bank-a": "400000", "bank-b": "510000"}


@dataclass
class Outcome:
    """What a run showed.

    Attributes:
        seed, faults, cases: what was run; `cases` are those that took part.
        promises: what was broken; nothing, if all is well.
        events: how many things happened.
        trace: all of them, a line each.
    """

    seed: int
    faults: Faults
    cases: int
    promises: list[str] = field(default_factory=list)
    events: int = 0
    trace: list[str] = field(default_factory=list, repr=False)


def simulate(
    seed: int,
    *,
    faults: Faults | None = None,
    cases: int | None = None,
    make_engine: Callable[..., Engine] = Engine,
) -> Outcome:
    """Run one seed.

    Args:
        seed: of all that is drawn.
        faults: instead of those that the seed draws.
        cases: only so many customers, instead of as many as the seed draws.
        make_engine: what makes the engine; for mutations of it.
    """
    rng = random.Random(f"plan {seed}")  # noqa: S311 (a simulation must be repeatable)
    drawn_faults = drawn(rng)
    chosen = drawn_faults if faults is None else faults
    count = rng.randint(4, 24)
    count = count if cases is None else min(cases, count)
    world = World(seed, chosen)
    return _Run(world, rng, count, make_engine).play(Outcome(seed, chosen, count))


class _Run:
    def __init__(self, world: World, rng: random.Random, count: int, make_engine: Callable[..., Engine]) -> None:
        self.world = world
        links = _links()
        self.secrets: set[str] = set()
        self.disk = Disk(world)
        self.switch = SimSwitch(world, links, _routes(), self.disk, _hsm(), self.secrets, make_engine)
        self.issuers = {name: SimIssuer(world, name) for name in BINS}
        for name, issuer in self.issuers.items():
            self.switch.issuers[name] = (issuer.accept, issuer)
        self.switch.start()
        self.acquirers = [
            SimAcquirer(world, name, link.dialect, self.switch)
            for name, link in links.items()
            if link.role == "acquirer"
        ]
        self.owners: dict[str, SimIssuer] = {}
        # All at once, or one by one.
        spread_s = TROUBLE_S * rng.choice((0.8, 0.8, 0.1, 0.001))
        for number in range(count):
            self._add_case(number, rng.uniform(0.0, spread_s), rng)

    def _add_case(self, number: int, at: float, rng: random.Random) -> None:
        name = rng.choice(list(BINS))
        pan = f"{BINS[name]}{number:010d}"
        wanted = rng.choice(("00", "00", "00", "51"))
        self.owners[pan] = self.issuers[name]
        self.owners[pan].open_account(pan, wanted)
        self.secrets.add(pan)
        block = None
        acquirer = rng.choice(self.acquirers)
        kind = rng.choice(KINDS)
        if rng.random() < 0.3 and kind != "advice":
            block = _pin_block(pan)
            self.secrets.add(block)
        amount = rng.randrange(1_000, 90_000)
        acquirer.add(Case(number, kind, pan, amount, block), at)

    def play(self, outcome: Outcome) -> Outcome:
        world = self.world
        world.after(1.0, self._let_the_clock_jump)
        while world.events < MAX_EVENTS:
            if world.now >= TROUBLE_S and not world.is_calm:
                world.is_calm = True
                world.note("world", "is calm from here on")
            if world.now > TROUBLE_S + PATIENCE_S:
                world.broken("it does not get quiet")
                break
            if world.is_calm and self._is_quiet():
                break
            try:
                if not world.step():
                    break
            except Exception as error:  # noqa: BLE001 (whatever it is, it is what the simulation looks for)
                world.broken(f"the switch fails: {type(error).__name__}: {error}")
                break
        self._check()
        outcome.promises, outcome.events, outcome.trace = world.promises, world.events, world.trace
        self.disk.database.close()
        return outcome

    def _let_the_clock_jump(self) -> None:
        world = self.world
        if world.is_calm:
            return
        if world.strikes("clock"):
            world.wall_offset_s = world.rng.uniform(-6.0, 6.0) * 3600.0
            world.note("clock", f"is off by {world.wall_offset_s:.0f} s")
        world.after(1.0, self._let_the_clock_jump)

    def _is_quiet(self) -> bool:
        engine = self.switch.engine
        if engine is None or not engine.settled or engine.to_forward:
            return False
        # An answer that is still on its way, or a reversal that its acquirer has yet to send, would move money.
        return all(acquirer.is_settled for acquirer in self.acquirers) and not self.switch.unanswered()

    def _check(self) -> None:
        world, engine = self.world, self.switch.engine
        if engine is None:
            world.broken("the switch does not run")
            return
        for acquirer in self.acquirers:
            for case in acquirer.cases:
                if case.stage or not case.began_at:
                    world.broken(f"case {case.number} is not settled: {case.stage or 'not begun'}")
                moved = self.owners[case.pan].moved(case.pan)
                if moved != case.stands:
                    world.broken(f"case {case.number}: the acquirer has {case.stands}, the issuer {moved}")
        if engine.pending or engine.to_forward or not engine.settled:
            world.broken(f"left over: {engine.pending} pending, {engine.to_forward} to forward")
        if self.switch.unanswered():
            world.broken(f"never answered: {', '.join(self.switch.unanswered())}")
        waiting = self.disk.to_forward()
        if waiting.get("queued") or waiting.get("parked"):
            world.broken(f"the journal has something to forward: {waiting}")
        if self.disk.states().get("forwarding"):
            world.broken("the journal has a transaction without an outcome")


def shrink(outcome: Outcome, run: Callable[..., Outcome] = simulate) -> Outcome:
    """The smallest run of the same seed that breaks a promise too: fewer faults, fewer customers."""
    smallest = outcome
    for name in outcome.faults.names:
        smaller = run(outcome.seed, faults=smallest.faults.without(name), cases=smallest.cases)
        if smaller.promises:
            smallest = smaller
    for cases in range(1, smallest.cases):
        smaller = run(outcome.seed, faults=smallest.faults, cases=cases)
        if smaller.promises:
            return smaller
    return smallest


@cache
def _routes() -> RoutingTable:
    return RoutingTable([(BinRange(bin_, bin_), Route((name,))) for name, bin_ in BINS.items()])


@cache
def _links() -> dict[str, Link]:
    ascii_, binary, later = (load_dialect(name) for name in ("iso87-ascii", "iso87-binary", "iso93-ascii"))
    key = PinKey("ZPK", ZPK)
    return {
        "north": Link("north", "acquirer", ascii_, timeout_s=30.0, pin_key=key),
        "south": Link("south", "acquirer", later, timeout_s=30.0, pin_key=key),
        "bank-a": Link("bank-a", "issuer", binary, timeout_s=20.0, pin_key=key),
        "bank-b": Link("bank-b", "issuer", later, timeout_s=20.0, pin_key=key, sign_on=True, saf_window=3),
    }


@cache
def _hsm() -> Hsm:
    return Hsm(load_lmk("test"))


@cache
def _clear_zpk() -> bytes:
    return decrypt_under_lmk(load_lmk("test"), "001", ZPK).data


def _pin_block(pan: str) -> str:
    clear = pin_block.encode("01", "1234", pan12(pan), lambda count: "A" * count)
    return tdes.encrypt(_clear_zpk(), clear).hex().upper()
