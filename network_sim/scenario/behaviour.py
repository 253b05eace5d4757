"""What a party answers by itself: rules on any element, accounts, the cents of an amount. No I/O."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from saklar.codecs import Message
from saklar.codecs.mti import is_request, message_class
from saklar.network_sim.accounts import Accounts, Card, approval_codes
from saklar.network_sim.booking import ADVICE, AUTHORISATIONS, book
from saklar.network_sim.scenario import keys
from saklar.network_sim.scenario.facts import PartyFacts, Setup
from saklar.network_sim.scenario.generation import REVERSAL, Counters, Maker
from saklar.network_sim.scenario.language.source import Wrong
from saklar.network_sim.scenario.language.tree import Message as Said
from saklar.network_sim.scenario.language.tree import Rule, Use
from saklar.network_sim.scenario.rendering import Context
from saklar.network_sim.scenario.rulebook import RuleBook
from saklar.network_sim.scenario.templates import TWICE
from saklar.switch.engine.messages import answer_to, pan_of

LATE_S = 40.0
"""How late a late answer is: later than the usual time-outs."""

_BY_THE_RULES = frozenset({"00", "66", "67", "68", "69"})
_PIN_REQUIRED, _TWICE, _HANG_UP, _LATE, _SILENT = "65", "66", "67", "68", "69"
"""What the last two digits of an amount mean besides being the response code (docs/simulators.md)."""


def must_be_answered(message: Message) -> bool:
    """Whether it is sent again until it is accepted: a reversal or an advice."""
    return is_request(message.mti) and (message_class(message.mti) == REVERSAL or message.mti[2] == ADVICE)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a party does about a message: an answer, or (None) an end of the connection, after a time."""

    message: Message | None
    after_s: float = 0.0
    reset: bool = False


class Behaviour:
    """Decides what a party answers by itself.

    Args:
        facts: the party.
        setup: its cards are accounts where the party keeps them.
        rules: asked first.
        rng: draws.
        clock: UTC.
    """

    def __init__(
        self, facts: PartyFacts, setup: Setup, rules: RuleBook, rng: random.Random, clock: Callable[[], datetime]
    ) -> None:
        self._facts = facts
        self._cards = {card.pan: card for card in setup.cards.values()}
        self._rules = rules
        self._clock = clock
        self._maker = Maker(facts, setup, Counters(1, facts.terminals), rng, clock)
        accounts = (
            Card(c.pan, c.expiry, "0000", c.balance, c.limit, "1", c.status, c.pin_required)
            for c in self._cards.values()
        )
        self.accounts = Accounts(accounts, approval_codes(rng.randrange(10**6)))

    @property
    def maker(self) -> Maker:
        """Makes the party's messages, where no step does."""
        return self._maker

    def on(self, request: Message, context: Context) -> list[Reply] | None:
        """What to do about a message; None where no rule says, and a step has to.

        Raises:
            Wrong: a rule that means nothing here.
        """
        rule = self._rules.first("on", request, context)
        if rule is not None:
            return self._obey(rule, request, context)
        if not is_request(request.mti) or not self._facts.accounts:
            return None
        return self._by_accounts(request)

    def _obey(self, rule: Rule, request: Message, context: Context) -> list[Reply]:
        kind = rule.action.kind
        if kind == "accounts":
            return self._by_accounts(request)
        if kind == "silence":
            return []
        if kind in ("disconnect", "abort"):
            return [Reply(None, self._after(rule, context), reset=kind == "abort")]
        if kind != "answer":
            raise Wrong(rule.action.span, f"{kind} is for rules on the wire", "as in: sending 0210 drop")
        if not is_request(request.mti):
            return []
        said = rule.action.message or Said(None)
        about = Context(
            context.scope, context.dialect, context.currency, context.now, context.rng, request, context.original
        )
        answer = self._maker.answer(said, request, about, rule.span)
        times = 2 if any(isinstance(item, Use) and item.name == TWICE for item in said.items) else 1
        return [Reply(answer, self._after(rule, context))] * times

    def _after(self, rule: Rule, context: Context) -> float:
        times = [context.scope.seconds(duration) for duration in rule.action.durations]
        if len(times) > 1:
            return context.rng.uniform(times[0], times[1])
        return times[0] if times else 0.0

    def _by_accounts(self, request: Message) -> list[Reply]:
        try:
            pin_is_right = self._check_pin(request)
        except keys.NoKey:
            return [Reply(answer_to(request, "96"))]
        habit = self._habit(request)
        wanted = "00" if habit in _BY_THE_RULES else habit
        answer = book(self.accounts, request, f"{self._clock():%y%m}", pin_is_right, wanted)
        return {
            _TWICE: [Reply(answer), Reply(answer)],
            _HANG_UP: [Reply(None)],
            _LATE: [Reply(answer, LATE_S)],
            _SILENT: [],
        }.get(habit, [Reply(answer)])

    def _habit(self, request: Message) -> str:
        cents = (request.get(4) or "")[-2:]
        if not self._facts.cents or message_class(request.mti) not in AUTHORISATIONS or not cents:
            return "00"
        if request.mti[2] == ADVICE or (cents == _PIN_REQUIRED and 52 in request):
            return "00"
        return cents

    def _check_pin(self, request: Message) -> bool | None:
        """Whether the PIN is right; None without one, or for a card that is not ours."""
        card = self._cards.get(pan_of(request) or "")
        if 52 not in request or card is None or card.pin is None:
            return None
        return keys.pin_of(self._facts, request[52], card.pan) == card.pin
