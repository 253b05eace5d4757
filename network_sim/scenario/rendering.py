"""Values as the contents of elements of a message that is made: literal, dated, drawn, or taken from other messages."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from saklar.codecs import CodecError, Dialect, Message
from saklar.codecs.convert import convert
from saklar.codecs.library import load_dialect
from saklar.network_sim.scenario.elements import NoSuchElement, NotThat, Slot, content, moment, moment_text, slot_of
from saklar.network_sim.scenario.language.source import Span, Wrong
from saklar.network_sim.scenario.language.tree import Call, OneOf, Range, Text, Value
from saklar.network_sim.scenario.scope import Scope

ORIGINAL_ELEMENT = {"1987": 90, "1993": 56}
"""What names the original of a reversal."""


@dataclass(frozen=True, slots=True)
class Context:
    """What values may refer to.

    Attributes:
        scope: names.
        dialect: of the message.
        currency: of its amounts.
        now: UTC.
        rng: draws.
        request: what `echo` is taken from: the request that is answered, or that an expected answer is to.
        original: what `original` names.
    """

    scope: Scope
    dialect: Dialect
    currency: str
    now: datetime
    rng: random.Random
    request: Message | None = None
    original: Message | None = None

    def slot(self, path: str, span: Span) -> Slot:
        """The element at a path; raises Wrong."""
        try:
            return slot_of(self.dialect, path)
        except NoSuchElement as error:
            raise Wrong(span, str(error), error.hint) from None

    def literal(self, slot: Slot, text: Text) -> str:
        """A text as the content of an element; raises Wrong."""
        try:
            return content(slot, self.scope.text(text), self.currency, quoted=text.quoted)
        except NotThat as error:
            raise Wrong(text.span, str(error)) from None

    def echoed(self, slot: Slot, call: Call) -> str:
        """What the request has, or a labelled message; raises Wrong where there is none, or it has not the element."""
        source = self._named(call) if call.arguments else self.request
        if source is None:
            raise Wrong(call.span, "echo: there is no request that this could repeat", "name one: echo(label)")
        try:
            value = source.get(slot.path) if slot.number else source.mti
        except CodecError as error:
            raise Wrong(call.span, f"echo: {error}") from None
        if value is None:
            raise Wrong(call.span, f"echo: the {source.mti} has no {slot.path}")
        return str(value)

    def original_data(self, call: Call) -> str:
        """The element that names an original, in the dialect; raises Wrong."""
        source = self._named(call) if call.arguments else self.original
        if source is None:
            raise Wrong(call.span, "original: there is no earlier request", "name one: original(label)")
        return original_data(source, self.dialect, self.now)

    def when(self, slot: Slot | None, call: Call) -> str:
        """`now` or `today` as an element has it; raises Wrong."""
        try:
            return moment_text(slot, moment(self.now, call.offset))
        except NotThat as error:
            raise Wrong(call.span, str(error)) from None

    def _named(self, call: Call) -> Message:
        label = self.scope.text(call.arguments[0])
        message = self.scope.labels.get(label)
        if message is None:
            raise Wrong(call.span, f"no message is called {label}")
        return message


def original_data(source: Message, dialect: Dialect, now: datetime) -> str:
    """DE 90 of 1987, or DE 56 of 1993, that names a message.

    ISO 8583-1:1987 §4.3.90: MTI, STAN, DE 7, acquiring and forwarding institution; ISO 8583:1993 §4.3.56: MTI, STAN,
    DE 12, acquiring institution.
    """
    terms_dialect = load_dialect("iso87-ascii")
    if dialect.version == source.dialect.version == "1993":
        acquirer = source.get(32) or ""
        return f"{source.mti}{source.get(11, '')}{source.get(12, '')}{len(acquirer):02d}{acquirer}"
    terms = convert(source, terms_dialect, today=now.date())
    named = f"{terms.mti}{terms.get(11, ''):0>6}{terms.get(7) or '':0>10}{terms.get(32) or '':0>11}"
    data = f"{named}{terms.get(33) or '':0>11}"
    if dialect.version == "1987":
        return data
    return convert(terms_dialect.message({"mti": "0420", 90: data}), dialect, today=now.date())[56]


KEEP = "\0generated"
"""Stands for what is generated anyway."""


def render(value: Value, slot: Slot, context: Context) -> str | None:
    """The content of an element; None where the message is to have none, `KEEP` for what is generated.

    Raises:
        Wrong: the value means nothing here.
    """
    match value:
        case Text():
            return context.literal(slot, value)
        case OneOf(choices):
            return render(context.rng.choice(choices), slot, context)
        case Range(low, high):
            return _drawn(context.literal(slot, low), context.literal(slot, high), value, context)
        case Call():
            return _called(value, slot, context)
        case _:
            raise Wrong(value.span, "a pattern is for what is expected; a message has a value")


def _drawn(low: str, high: str, value: Range, context: Context) -> str:
    if not (low.isdecimal() and high.isdecimal() and int(low) <= int(high)):
        raise Wrong(value.span, "no range of numbers to draw from")
    return f"{context.rng.randint(int(low), int(high)):0{len(low)}d}"


def _called(call: Call, slot: Slot, context: Context) -> str | None:
    do = _CALLS.get(call.name)
    if do is None:
        raise Wrong(call.span, f"{call.name} is for what is expected; a message has a value")
    return do(call, slot, context)


def _original(call: Call, slot: Slot, context: Context) -> str:
    if slot.number in ORIGINAL_ELEMENT.values():
        return context.original_data(call)
    return context.echoed(slot, Call("echo", call.arguments, span=call.span))


def _random(call: Call, slot: Slot, context: Context) -> str:
    if call.arguments:
        length = context.scope.text(call.arguments[0])
    else:
        length = str(slot.element.max_length) if slot.element is not None and slot.element.is_fixed else ""
    if not (length.isdecimal() and 0 < int(length) <= 999):
        raise Wrong(call.span, "random of how many digits?", "write random(6)")
    is_binary = slot.element is not None and slot.element.format == "b"
    digits = "0123456789ABCDEF" if is_binary else "0123456789"
    return "".join(context.rng.choice(digits) for _ in range(int(length) * (2 if is_binary else 1)))


_CALLS: Mapping[str, Callable[[Call, Slot, Context], str | None]] = {
    "absent": lambda *_: None,
    "generated": lambda *_: KEEP,
    "echo": lambda call, slot, context: context.echoed(slot, call),
    "original": _original,
    "now": lambda call, slot, context: context.when(slot, call),
    "today": lambda call, slot, context: context.when(slot, call),
    "random": _random,
}
