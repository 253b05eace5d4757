"""What is expected of a message, element by element, and whether it is so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from saklar.codecs import CodecError, Message
from saklar.codecs.describe import meaning
from saklar.network_sim.scenario.elements import Slot, slot_of
from saklar.network_sim.scenario.language.source import Wrong
from saklar.network_sim.scenario.language.tree import Call, Condition, Field, OneOf, Pattern, Range, Text, Value
from saklar.network_sim.scenario.rendering import Context
from saklar.network_sim.scenario.result import Check
from saklar.network_sim.scenario.scope import Scope

NOW_WITHIN = timedelta(seconds=90)
"""How far from now a time may be and still be `now`: clocks differ, and answers take their time."""

ABSENT = "absent"

Validator = Callable[[Slot, Message], bool | None]
"""Says whether a MAC or a cryptogram is right; None where it cannot be told."""


def check_fields(
    fields: Iterable[Field], message: Message, context: Context, *, exact: bool = False, valid: Validator | None = None
) -> list[Check]:
    """Each expectation, and how it came out.

    Args:
        fields: what is expected; of two for the same element both hold.
        message: what came.
        context: what values refer to; its dialect is the message's.
        exact: an element that no expectation is about is wrong.
        valid: says whether a code of authentication is right.

    Raises:
        Wrong: an expectation that means nothing here.
    """
    checks = []
    named: set[int] = set()
    for field in fields:
        slot = context.slot(field.path, field.span)
        named.add(slot.number)
        checks.append(_check(field, slot, message, context, valid))
    if exact:
        checks += _unexpected(message, named)
    return checks


def _unexpected(message: Message, named: set[int]) -> Iterator[Check]:
    for number in message:
        if number not in named:
            slot = slot_of(message.dialect, str(number))
            shown = message.dialect.shown(number, message[number])
            yield Check(slot.path, slot.name, f"{ABSENT} (nothing else)", shown, passed=False)


def _check(field: Field, slot: Slot, message: Message, context: Context, valid: Validator | None) -> Check:
    actual = actual_of(message, slot)
    if isinstance(field.value, Call) and field.value.name == "valid":
        right, said = (valid(slot, message) if valid is not None else None), "valid"
        if right is None:
            raise Wrong(field.value.span, f"whether {slot.path} is valid cannot be told: its key is not declared")
    elif slot.path == "bitmap":
        right, said = _bitmap(field.value, message, context)
    else:
        right, said = matches(field.value, slot, actual, context)
    if field.operator == "!=":
        right, said = not right, f"not {said}"
    shown = "" if actual is None else _shown(slot, actual)
    words = meaning(slot.number, actual or "", slot.version, currency=message.get(49)) if "." not in slot.path else None
    return Check(slot.path, slot.name, said, shown, right, words or "")


def actual_of(message: Message, slot: Slot) -> str | None:
    """What a message has at a path; None for nothing, also where the element cannot be divided."""
    if slot.path == "mti":
        return message.mti
    if slot.path == "bitmap":
        return " ".join(map(str, message))
    try:
        return message.get(slot.path)
    except CodecError:
        return None


def _shown(slot: Slot, value: str) -> str:
    return slot.element.shown(value) if slot.element is not None else value


def matches(value: Value, slot: Slot, actual: str | None, context: Context) -> tuple[bool, str]:
    """Whether a value is as expected, and what is expected in words, masked.

    Raises:
        Wrong: an expectation that means nothing here.
    """
    match value:
        case Text():
            expected = context.literal(slot, value)
            return actual == expected, _shown(slot, expected)
        case Pattern(regex):
            return actual is not None and re.fullmatch(regex, actual) is not None, f"/{regex}/"
        case Range(low, high):
            first, last = context.literal(slot, low), context.literal(slot, high)
            return _between(first, actual, last), f"{_shown(slot, first)} to {_shown(slot, last)}"
        case OneOf(choices):
            found = [matches(choice, slot, actual, context) for choice in choices]
            return any(right for right, _ in found), f"one of {', '.join(said for _, said in found)}"
        case Call():
            return _called(value, slot, actual, context)


def _between(low: str, actual: str | None, high: str) -> bool:
    if actual is None:
        return False
    if low.isdecimal() and high.isdecimal():
        return actual.isdecimal() and int(low) <= int(actual) <= int(high)
    return low <= actual <= high


def _called(call: Call, slot: Slot, actual: str | None, context: Context) -> tuple[bool, str]:
    match call.name:
        case "present" | "set":
            return actual is not None, "present"
        case "absent":
            return actual is None, ABSENT
        case "any":
            return True, "any"
        case "echo":
            expected = context.echoed(slot, call)
            return actual == expected, f"{_shown(slot, expected)} (echo)"
        case "original":
            return _original(call, slot, actual, context)
        case "now" | "today":
            return _when(call, slot, actual, context)
        case _:
            raise Wrong(call.span, f"{call.name} is for what is sent, and cannot be expected")


def _original(call: Call, slot: Slot, actual: str | None, context: Context) -> tuple[bool, str]:
    """Whether the element names the original. Institutions may be zeros, as they may be unknown to who sends it."""
    if slot.number not in (90, 56):
        expected = context.echoed(slot, Call("echo", call.arguments, span=call.span))
        return actual == expected, f"{_shown(slot, expected)} (original)"
    expected = context.original_data(call)
    named = 20 if slot.version == "1987" else 22
    right = actual is not None and actual[:named] == expected[:named]
    return right, f"{expected} (original)"


def _when(call: Call, slot: Slot, actual: str | None, context: Context) -> tuple[bool, str]:
    expected = context.when(slot, call)
    if actual == expected or actual is None:
        return actual is not None, expected
    if call.name == "today":
        return False, expected
    nearby = range(-int(NOW_WITHIN.total_seconds()), int(NOW_WITHIN.total_seconds()) + 1)
    shifted = (
        Context(context.scope, context.dialect, context.currency, context.now + timedelta(seconds=by), context.rng)
        for by in nearby
    )
    return any(other.when(slot, call) == actual for other in shifted), f"{expected} (now)"


def _bitmap(value: Value, message: Message, context: Context) -> tuple[bool, str]:
    if not isinstance(value, Text):
        raise Wrong(value.span, "a bitmap is a list of elements in quotes", 'as in: bitmap="3 4 11 39"')
    text = context.scope.text(value)
    numbers = [int(word) for word in text.replace(",", " ").split() if word.isdecimal()]
    return numbers == list(message), " ".join(map(str, numbers))


def holds(condition: Condition, scope: Scope) -> bool:
    """Whether a condition holds.

    Raises:
        Wrong: a name that means nothing.
    """
    if isinstance(condition.right, Call) and condition.right.name in ("set", "present"):
        try:
            right = bool(scope.text(condition.left))
        except Wrong:
            right = False
    else:
        right = _is(condition.right, scope.text(condition.left), scope)
    return right if condition.operator == "is" else not right


def _is(value: Value, actual: str, scope: Scope) -> bool:
    match value:
        case Text():
            return actual == scope.text(value)
        case Pattern(regex):
            return re.fullmatch(regex, actual) is not None
        case Range(low, high):
            return _between(scope.text(low), actual, scope.text(high))
        case OneOf(choices):
            return any(_is(choice, actual, scope) for choice in choices)
        case Call(name):
            if name == "absent":
                return not actual
            return actual == name


def text_matches(value: Value, actual: str | None, scope: Scope) -> tuple[bool, str]:
    """As `matches`, for what is no element: texts are compared as they are.

    Raises:
        Wrong: a name that means nothing.
    """
    said = _in_words(value, scope)
    return actual is not None and _is(value, actual, scope), said


def _in_words(value: Value, scope: Scope) -> str:
    match value:
        case Text():
            return scope.text(value)
        case Pattern(regex):
            return f"/{regex}/"
        case Range(low, high):
            return f"{scope.text(low)} to {scope.text(high)}"
        case OneOf(choices):
            return f"one of {', '.join(_in_words(choice, scope) for choice in choices)}"
        case Call(name):
            return name
