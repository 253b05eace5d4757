"""Rules: which of them a message meets, and what they do on the wire."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from saklar.codecs import DecodeError, Dialect, Message
from saklar.codecs.mti import is_request
from saklar.network_sim.scenario.language.source import Wrong
from saklar.network_sim.scenario.language.tree import Field, Rule, Text
from saklar.network_sim.scenario.matchers import check_fields
from saklar.network_sim.scenario.rendering import Context
from saklar.network_sim.scenario.scope import Scope
from saklar.network_sim.scenario.wire import Delivery

PERCENT = 100.0

Contexts = Callable[[], Context]
"""Makes what values may refer to, now."""


def mti_matches(pattern: str, mti: str) -> bool:
    """Whether a message type is one of a pattern's: `0200`, `02x0|0220`."""
    return any(
        len(one) == len(mti) and all(p in ("x", c) for p, c in zip(one, mti, strict=True)) for one in pattern.split("|")
    )


@dataclass
class Armed:
    """A rule, and how many messages it could have been about."""

    rule: Rule
    seen: int = 0

    def strikes(self, message: Message, context: Context, rng: random.Random) -> bool:
        """Whether it is about this message. Raises Wrong."""
        said = self.rule.message
        if said.mti is not None and not mti_matches(context.scope.text(said.mti), message.mti):
            return False
        fields = [item for item in said.items if isinstance(item, Field)]
        if not all(check.passed for check in check_fields(fields, message, context)):
            return False
        self.seen += 1
        ordinal = self.rule.ordinal
        if ordinal and not (self.seen % ordinal == 0 if self.rule.every else self.seen == ordinal):
            return False
        return self.rule.percent >= PERCENT or rng.random() * PERCENT < self.rule.percent


class RuleBook:
    """The rules of a party: those that steps give it come before those that are declared.

    Args:
        declared: of its declaration.
        rng: draws.
    """

    def __init__(self, declared: Iterable[Rule], rng: random.Random) -> None:
        self._declared = [Armed(rule) for rule in declared]
        self._given: list[Armed] = []
        self._rng = rng

    def give(self, rule: Rule) -> None:
        """A rule from a step."""
        self._given.insert(0, Armed(rule))

    def heal(self) -> None:
        """Forget what steps gave."""
        self._given.clear()

    def of(self, when: str) -> list[Armed]:
        """The rules for `on`, `sending` or `receiving`, in the order in which they are asked."""
        return [armed for armed in (*self._given, *self._declared) if armed.rule.when == when]

    def first(self, when: str, message: Message, context: Context) -> Rule | None:
        """The first rule that is about a message. Raises Wrong."""
        return next((armed.rule for armed in self.of(when) if armed.strikes(message, context, self._rng)), None)


class RuleTap:
    """What the rules `sending` and `receiving` do to a party's payloads.

    Args:
        book: the party's rules.
        dialect: to see what a payload is.
        contexts: what values refer to.
        rng: draws.
        told: takes what was done, in words.
        wrong: takes what is wrong with a rule; the payload passes then.
    """

    def __init__(
        self,
        book: RuleBook,
        dialect: Dialect,
        contexts: Contexts,
        rng: random.Random,
        told: Callable[[str], None],
        wrong: Callable[[Wrong], None],
    ) -> None:
        self._book = book
        self._dialect = dialect
        self._contexts = contexts
        self._rng = rng
        self._told = told
        self._wrong = wrong

    def sending(self, payload: bytes) -> Iterable[Delivery]:
        """See `wire.Tap`."""
        return self._through("sending", payload)

    def receiving(self, payload: bytes) -> Iterable[Delivery]:
        """See `wire.Tap`."""
        return self._through("receiving", payload)

    def _through(self, when: str, payload: bytes) -> list[Delivery]:
        deliveries = [Delivery(payload)]
        if not self._book.of(when):
            return deliveries
        try:
            message = self._dialect.decode(payload)
            rule = self._book.first(when, message, self._contexts())
            return deliveries if rule is None else self._struck(rule, deliveries[0])
        except DecodeError:
            return deliveries
        except Wrong as wrong:
            self._wrong(wrong)
            return deliveries

    def _struck(self, rule: Rule, delivery: Delivery) -> list[Delivery]:
        fault = FAULTS.get(rule.action.kind)
        if fault is None:
            raise Wrong(rule.action.span, f"{rule.action.kind} is nothing that can be done to a message on its way")
        self._told(f"{rule.when}: {rule.action.kind}")
        return list(fault(rule, delivery, self))

    def seconds(self, rule: Rule) -> float:
        """The time that a rule says, or one drawn between the two that it says."""
        scope: Scope = self._contexts().scope
        times = [scope.seconds(duration) for duration in rule.action.durations]
        if not times:
            raise Wrong(rule.action.span, f"{rule.action.kind} by how much?", "as in: delay 200 ms")
        return times[0] if len(times) == 1 else self._rng.uniform(times[0], times[1])


Fault = Callable[[Rule, Delivery, RuleTap], Iterator[Delivery]]


def _drop(rule: Rule, delivery: Delivery, tap: RuleTap) -> Iterator[Delivery]:
    del rule, delivery, tap
    return iter(())


def _delay(rule: Rule, delivery: Delivery, tap: RuleTap) -> Iterator[Delivery]:
    yield replace(delivery, after_s=tap.seconds(rule))


def _duplicate(rule: Rule, delivery: Delivery, tap: RuleTap) -> Iterator[Delivery]:
    del rule, tap
    yield delivery
    yield delivery


def _disconnect(rule: Rule, delivery: Delivery, tap: RuleTap) -> Iterator[Delivery]:
    del tap
    yield replace(delivery, payload=b"", framed=False, then="reset" if rule.action.kind == "abort" else "close")


FAULTS: dict[str, Fault] = {
    "drop": _drop,
    "delay": _delay,
    "duplicate": _duplicate,
    "disconnect": _disconnect,
    "abort": _disconnect,
}
"""What can be done to a payload on its way, by the word for it."""


def patterns_of(texts: Iterable[Text | None]) -> frozenset[str]:
    """The message types that texts name, where they name them without variables; "xxxx" for any."""
    found: set[str] = set()
    for text in texts:
        plain = text.plain if text is not None else None
        found.update(plain.split("|") if plain and re.fullmatch(r"[0-9x|]+", plain) else ["xxxx"])
    return frozenset(found)


def is_answerable(message: Message) -> bool:
    """Whether a rule `on` it can answer it."""
    return is_request(message.mti)
