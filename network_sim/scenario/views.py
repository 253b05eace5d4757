"""Messages as people may see them: elements in words, bytes on the wire, nothing secret in either."""

from __future__ import annotations

from collections.abc import Iterator

from saklar.codecs import CodecError, Divided, Element, Message
from saklar.codecs.describe import describe_mti, meaning
from saklar.codecs.emv import explain_tag, tag_name
from saklar.network_sim.scenario.result import FieldView, WireView
from saklar.network_sim.scenario.scope import Scope

_EDITION = "ISO 8583:"
HIDDEN_BYTE = "**"
MAX_SHOWN = 4_096
"""Bytes of an element that are shown."""


def fields_of(message: Message, scope: Scope) -> tuple[FieldView, ...]:
    """Its elements and their parts, without what the scope knows to be secret."""
    return tuple(_fields(message, scope))


def _fields(message: Message, scope: Scope) -> Iterator[FieldView]:
    currency = message.get(49)
    for number in message:
        element = message.dialect.elements[number]
        value = message[number]
        words = meaning(number, value, message.dialect.version, currency=currency)
        yield FieldView(str(number), element.name, _seen(element, str(number), value, scope), words or "")
        if isinstance(value, Divided) and element.secret is None:
            yield from _parts(str(number), value, scope)


def _seen(element: Element, path: str, value: str, scope: Scope) -> str:
    """A value as its dialect shows it, and where that shows it whole, as the scope does."""
    shown = element.shown(value)
    return scope.element(path, value) if shown == value else scope.expected(path, shown)


def _parts(path: str, value: Divided, scope: Scope) -> Iterator[FieldView]:
    try:
        parts = value.parts()
    except CodecError:
        return
    for key, part in parts.items():
        element = value.element(key)
        words = "; ".join(explain_tag(key, part)) if element.format == "b" and element.secret is None else ""
        name = element.name or tag_name(key) or ""
        yield FieldView(f"{path}.{key}", name, _seen(element, f"{path}.{key}", part, scope), words)
        if isinstance(part, Divided) and element.secret is None:
            yield from _parts(f"{path}.{key}", part, scope)


def wire_of(message: Message, scope: Scope) -> tuple[WireView, ...]:
    """Its bytes, piece by piece; those of elements with something secret are `**`. Empty where it has no form."""
    try:
        data = bytes(message)
        decoded = message.dialect.decode(data)
    except CodecError:
        return ()
    pieces = [(number, decoded.raw_element(number) or b"") for number in decoded]
    head = len(data) - sum(len(raw) for _, raw in pieces)
    views = [WireView("head", data[:head].hex().upper())]
    for number, raw in pieces:
        element = decoded.dialect.elements[number]
        hidden = _is_secret(element, decoded[number]) or _has_secret(scope, number, decoded[number])
        views.append(WireView(str(number), HIDDEN_BYTE * len(raw) if hidden else raw[:MAX_SHOWN].hex().upper()))
    return tuple(views)


def _is_secret(element: Element, value: str) -> bool:
    return element.shown(value) != value


def _has_secret(scope: Scope, number: int, value: str) -> bool:
    return scope.element(str(number), value) != value


def title_of(mti: str) -> str:
    """A message type in words, without edition and origin: "financial request", "reversal advice, repeated"."""
    words = describe_mti(mti)
    if not words.startswith(_EDITION):
        return words
    kind, *more = words.removeprefix(_EDITION).partition(" ")[2].split(", ")
    return f"{kind}, repeated" if "repeated" in more else kind
