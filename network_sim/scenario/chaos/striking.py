"""Faults sprayed on the connections of a stage: which message is hit, what becomes of it, and whom that disturbs."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

import trio

from saklar.codecs import DecodeError, Message
from saklar.network_sim.scenario.chaos.kinds import Chaos, Target, Way
from saklar.network_sim.scenario.facts import PartyFacts
from saklar.network_sim.scenario.language.cursor import Cursor
from saklar.network_sim.scenario.language.lexer import Line, scan
from saklar.network_sim.scenario.language.messages import read_rule
from saklar.network_sim.scenario.language.source import Span
from saklar.network_sim.scenario.language.tree import Rule
from saklar.network_sim.scenario.recording import Recorder
from saklar.network_sim.scenario.result import FaultView
from saklar.network_sim.scenario.rulebook import RuleTap
from saklar.network_sim.scenario.seat import Seat
from saklar.network_sim.scenario.wire import Delivery

OPTION = "--chaos"
"""Where its rules stand, for errors."""

NOTE = "chaos"


class Party(Protocol):
    """A party, as its connections see it."""

    facts: PartyFacts

    def seat_for(self, message: Message) -> Seat | None:
        """The case that a message belongs to."""


class Onlooker(Protocol):
    """Who sees what really passes on a party's connections: what comes before it is spoilt, what leaves after that."""

    def came(self, facts: PartyFacts, message: Message) -> None:
        """A message has come to a party's end of a connection."""

    def left(self, facts: PartyFacts, message: Message, deliveries: Iterable[Delivery]) -> None:
        """A party has sent a message, and this leaves for it."""


@dataclass(eq=False)
class CaseChaos:
    """What chaos has done to a case.

    Attributes:
        case_id: whose draws they are.
        touched: whether a fault has hit a connection of its network since it began, or before it.
        faults: those that hit messages of the case.
    """

    case_id: str
    recorder: Recorder
    touched: bool = False
    faults: list[FaultView] = field(default_factory=list)
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)


class Spray:
    """The faults of a stage.

    Args:
        chaos: which, and how often.
        onlooker: sees what passes.
    """

    def __init__(self, chaos: Chaos, onlooker: Onlooker) -> None:
        self._chaos = chaos
        self.onlooker = onlooker
        self._cases: dict[Recorder, CaseChaos] = {}
        self._has_hit = False
        self.over_at = 0.0
        """By the clock: when what is late, or held back, has come."""

    @contextmanager
    def on(self, case_id: str, recorder: Recorder) -> Iterator[CaseChaos]:
        """Let faults hit a case."""
        case = self._cases[recorder] = CaseChaos(case_id, recorder, touched=self._has_hit)
        try:
            yield case
        finally:
            del self._cases[recorder]

    def tap(self, party: Party, rules: RuleTap) -> SprayedTap:
        """What happens to a party's payloads: what its rules have, and chaos."""
        return SprayedTap(self, party, rules)

    def draw(self, party: Party, way: Way, message: Message, payload: bytes) -> Hit | None:
        """The fault that hits a message, if one does."""
        seat = party.seat_for(message)
        case = self._cases.get(seat.recorder) if seat is not None else None
        if case is None:
            return None
        name, mti = party.facts.name, message.mti
        case.counts[name, way, mti] += 1
        number = case.counts[name, way, mti]
        drawn = self._chaos.fault(case.case_id, name, number, Target(way, message, payload))
        if drawn is None:
            return None
        return Hit(case, FaultView(name, way, mti, number, drawn.text), drawn.rng)

    def struck(self, hit: Hit, deliveries: Iterable[Delivery]) -> None:
        """A fault has hit: it counts for every case that is being played on these connections, or comes after."""
        case, fault = hit.case, hit.fault
        event = case.recorder.act(fault.party, f"{fault.way} {fault.mti}: {fault.what}", f"({NOTE})")
        case.faults.append(replace(fault, at_s=event.at_s, event=event.number))
        self._has_hit = True
        for other in self._cases.values():
            other.touched = True
        self.over_at = max(self.over_at, trio.current_time() + _lasts_s(deliveries))


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that is hit: whose case, by what, and what draws the rest."""

    case: CaseChaos
    fault: FaultView
    rng: random.Random

    @property
    def rule(self) -> Rule:
        """The fault as a rule of the language has it."""
        tokens, _ = scan(f"{self.fault.way} {self.fault.what}", OPTION, 1)
        return read_rule(Cursor(Line(Span(OPTION, 1), 0, tokens)))


def _lasts_s(deliveries: Iterable[Delivery]) -> float:
    """How long it takes until all of it has happened."""
    held = waited = 0.0
    for delivery in deliveries:
        held += delivery.hold_s + delivery.for_s
        waited = max(waited, delivery.after_s + (delivery.keep_s if delivery.waits_for else 0.0))
    return held + waited


class SprayedTap:
    """What chaos does to payloads that the rules of the party let pass as they are."""

    def __init__(self, spray: Spray, party: Party, rules: RuleTap) -> None:
        self._spray = spray
        self._party = party
        self._rules = rules

    def sending(self, payload: bytes) -> Iterable[Delivery]:
        """See `wire.Tap`."""
        deliveries = list(self._rules.sending(payload))
        message = self._decoded(payload)
        if message is None:
            return deliveries
        deliveries = self._through("sending", message, payload, deliveries)
        self._spray.onlooker.left(self._party.facts, message, deliveries)
        return deliveries

    def receiving(self, payload: bytes) -> Iterable[Delivery]:
        """See `wire.Tap`."""
        deliveries = list(self._rules.receiving(payload))
        message = self._decoded(payload)
        if message is None:
            return deliveries
        self._spray.onlooker.came(self._party.facts, message)
        return self._through("receiving", message, payload, deliveries)

    def _decoded(self, payload: bytes) -> Message | None:
        try:
            return self._party.facts.dialect.decode(payload)
        except DecodeError:
            return None

    def _through(self, way: Way, message: Message, payload: bytes, deliveries: list[Delivery]) -> list[Delivery]:
        if deliveries != [Delivery(payload)]:
            return deliveries
        hit = self._spray.draw(self._party, way, message, payload)
        if hit is None:
            return deliveries
        made = self._rules.made(hit.rule, message, payload, hit.rng)
        self._spray.struck(hit, made)
        return made
