"""Rules: which of them a message meets, and what they do on the wire."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from saklar.codecs import CodecError, DecodeError, Dialect, Framing, Message
from saklar.codecs.mti import is_request
from saklar.network_sim.scenario import damage
from saklar.network_sim.scenario.generation import Maker
from saklar.network_sim.scenario.language.source import Wrong
from saklar.network_sim.scenario.language.tree import Field, Rule, Text
from saklar.network_sim.scenario.language.tree import Message as Said
from saklar.network_sim.scenario.matchers import check_fields
from saklar.network_sim.scenario.rendering import Context
from saklar.network_sim.scenario.wire import Delivery

PERCENT = 100.0

HELD_S = 1.0
"""How long a message is held back for one that may not come."""

APART_S = 0.001
"""Between the pieces of a message that is split, so that they are not one again at the other end."""

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

    def forget(self) -> None:
        """Forget everything."""
        self._given.clear()
        self._declared.clear()

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
        maker: of the party; makes what is changed or injected.
        contexts: what values refer to.
        rng: draws.
        told: takes what was done, in words.
        wrong: takes what is wrong with a rule; the payload passes then.
    """

    def __init__(
        self,
        book: RuleBook,
        maker: Maker,
        contexts: Contexts,
        rng: random.Random,
        told: Callable[[str], None],
        wrong: Callable[[Wrong], None],
    ) -> None:
        self._book = book
        self._dialect: Dialect = maker.facts.dialect
        self._framing: Framing = maker.facts.framing
        self._maker = maker
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
            return deliveries if rule is None else self.struck(rule, message, payload)
        except DecodeError:
            return deliveries
        except Wrong as wrong:
            self._wrong(wrong)
            return deliveries

    def struck(self, rule: Rule, message: Message, payload: bytes) -> list[Delivery]:
        """What a rule makes of a payload, and of the message that it is; raises Wrong."""
        words = " ".join(text.plain or "" for text in rule.action.arguments)
        made = self.made(rule, message, payload, self._rng)
        self._told(f"{rule.when} {message.mti}: {rule.action.kind} {words}".rstrip())
        return made

    def made(self, rule: Rule, message: Message, payload: bytes, rng: random.Random) -> list[Delivery]:
        """The same, untold, and with other draws; raises Wrong."""
        fault = FAULTS.get(rule.action.kind)
        if fault is None:
            raise Wrong(rule.action.span, f"{rule.action.kind} is nothing that can be done to a message on its way")
        try:
            context = self._contexts()
            return list(fault(Struck(rule, message, payload, self._framing, rng, context, self._maker)))
        except CodecError as error:
            raise Wrong(rule.action.span, str(error)) from None


@dataclass(frozen=True)
class Struck:
    """A payload that a rule is about, and all that its fault may look at."""

    rule: Rule
    message: Message
    payload: bytes
    framing: Framing
    rng: random.Random
    context: Context
    maker: Maker

    @property
    def said(self) -> list[str]:
        """The words and numbers behind that for the fault."""
        return [self.context.scope.text(text) for text in self.rule.action.arguments]

    @property
    def frame(self) -> bytes:
        """The payload in its frame."""
        return self.framing.encode(self.payload)

    def word(self, *known: str) -> str:
        """Which of these words is said; "" if none."""
        return next((word for word in self.said[:1] if word in known), "")

    def number(self) -> int | None:
        """The number that is said; raises Wrong where a variable holds none."""
        text = next(iter(self.said[-1:]), "")
        if text.isdecimal():
            return int(text)
        if text and not text.isalpha():
            raise Wrong(self.rule.action.span, f"{text!r} is no number")
        return None

    def count(self, default: int) -> int:
        """The number, from 1."""
        found = self.number()
        if found == 0:
            raise Wrong(self.rule.action.span, f"{self.rule.action.kind} takes a number from 1")
        return default if found is None else found

    def times(self) -> list[float]:
        """The times that are said, in seconds."""
        return [self.context.scope.seconds(duration) for duration in self.rule.action.durations]

    def raw(self, data: bytes, hold_s: float = 0.0) -> Delivery:
        """Bytes as they are."""
        return Delivery(data, framed=False, hold_s=hold_s)


def delay_s(struck: Struck) -> float:
    """The time that a rule says, or one drawn: between two, or with a heavy tail. Raises Wrong."""
    times = struck.times()
    if not times:
        raise Wrong(struck.rule.action.span, "delay by how much?", "as in: delay 200 ms")
    if struck.word("heavy"):
        return damage.heavy_delay_s(times[0], times[1] if times[1:] else None, struck.rng)
    return times[0] if len(times) == 1 else struck.rng.uniform(times[0], times[1])


def _drop(_: Struck) -> Iterator[Delivery]:
    return iter(())


def _delay(struck: Struck) -> Iterator[Delivery]:
    yield Delivery(struck.payload, after_s=delay_s(struck))


def _duplicate(struck: Struck) -> Iterator[Delivery]:
    yield Delivery(struck.payload)
    yield Delivery(struck.payload, after_s=sum(struck.times()))


def _held(struck: Struck) -> Iterator[Delivery]:
    """Reorder: behind the next ones. Glue: in one piece with them; `glue 3` is three in all."""
    glued = struck.rule.action.kind == "glue"
    count = max(1, struck.count(2) - 1) if glued else struck.count(1)
    keep_s = next(iter(struck.times()), HELD_S)
    yield Delivery(struck.payload, waits_for=count, keep_s=keep_s, glued=glued)


def _corrupt(struck: Struck) -> Iterator[Delivery]:
    word, payload, rng = struck.word("bit", "byte", "field", "length"), struck.payload, struck.rng
    if word == "length":
        yield struck.raw(damage.misframed(payload, struck.framing, rng, struck.number()))
    elif word == "field":
        slot = struck.context.slot(struck.said[1], struck.rule.action.span)
        place = damage.place_of(struck.message, payload, slot.number)
        yield Delivery(payload if place is None else damage.miscounted(payload, rng, *place))
    else:
        change = damage.flipped if word == "bit" else damage.altered
        yield Delivery(change(payload, rng, struck.number()))


def _truncate(struck: Struck) -> Iterator[Delivery]:
    """Of the frame, what it says is missing never comes; a message is shorter, and its frame says so."""
    shorter = damage.cut(struck.payload, struck.rng, struck.number(), least=1)
    if struck.word("message"):
        yield Delivery(shorter)
    else:
        yield struck.raw(struck.framing.prefix(len(struck.payload)) + shorter)


def _chunks(struck: Struck) -> Iterator[Delivery]:
    if struck.rule.action.kind == "bandwidth":
        chunks = damage.throttled(struck.frame, struck.count(1))
    else:
        chunks = damage.pieces(struck.frame, struck.count(1), next(iter(struck.times()), APART_S))
    return (struck.raw(chunk.data, chunk.hold_s) for chunk in chunks)


def _disconnect(struck: Struck) -> Iterator[Delivery]:
    frame, at = struck.frame, struck.number()
    wholes = {"middle": len(frame) // 2, "message": len(frame)}
    length = wholes.get(struck.word(*wholes), 0) if at is None else at
    then: Literal["reset", "close"] = "reset" if struck.rule.action.kind == "abort" else "close"
    yield Delivery(frame[:length], framed=False, after_s=sum(struck.times()), then=then)


def _freeze(struck: Struck) -> Iterator[Delivery]:
    yield Delivery(b"", framed=False, then="freeze", for_s=next(iter(struck.times()), math.inf))
    yield Delivery(struck.payload)


def _half_open(_: Struck) -> Iterator[Delivery]:
    yield Delivery(b"", framed=False, then="half-open")


def _change(struck: Struck) -> Iterator[Delivery]:
    said, context = struck.rule.action.message or Said(None), replace(struck.context, request=struck.message)
    yield Delivery(bytes(struck.maker.changed(struck.message, said, context, struck.rule.span)))


def _inject(struck: Struck) -> Iterator[Delivery]:
    """A message that nobody asked for, in front of the one that is sent."""
    said, about = struck.rule.action.message or Said(None), struck.message
    context = replace(struck.context, request=about, original=about)
    yield Delivery(bytes(struck.maker.request(said, context, struck.rule.span)))
    yield Delivery(struck.payload)


FAULTS: dict[str, Callable[[Struck], Iterator[Delivery]]] = {
    "drop": _drop,
    "delay": _delay,
    "duplicate": _duplicate,
    "reorder": _held,
    "glue": _held,
    "corrupt": _corrupt,
    "truncate": _truncate,
    "split": _chunks,
    "bandwidth": _chunks,
    "disconnect": _disconnect,
    "abort": _disconnect,
    "freeze": _freeze,
    "half-open": _half_open,
    "change": _change,
    "inject": _inject,
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
