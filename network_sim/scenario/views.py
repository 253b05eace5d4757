"""Messages as people may see them: elements in words, bytes on the wire, nothing secret in either."""

from __future__ import annotations

from collections.abc import Iterator

from saklar.codecs import CodecError, Divided, Element, Message
from saklar.codecs.describe import describe_mti, meaning
from saklar.codecs.emv import explain_tag, tag_name
from saklar.network_sim.scenario.result import FieldView, WireView

_EDITION = "ISO 8583:"
HIDDEN_BYTE = "**"
MAX_SHOWN = 4_096
"""Bytes of an element that are shown."""


def fields_of(message: Message) -> tuple[FieldView, ...]:
    """Its elements and their parts."""
    return tuple(_fields(message))


def _fields(message: Message) -> Iterator[FieldView]:
    currency = message.get(49)
    for number in message:
        element = message.dialect.elements[number]
        value = message[number]
        words = meaning(number, value, message.dialect.version, currency=currency)
        yield FieldView(str(number), element.name, element.shown(value), words or "")
        if isinstance(value, Divided) and element.secret is None:
            yield from _parts(str(number), value)


def _parts(path: str, value: Divided) -> Iterator[FieldView]:
    try:
        parts = value.parts()
    except CodecError:
        return
    for key, part in parts.items():
        element = value.element(key)
        words = "; ".join(explain_tag(key, part)) if element.format == "b" and element.secret is None else ""
        name = element.name or tag_name(key) or ""
        yield FieldView(f"{path}.{key}", name, element.shown(part), words)
        if isinstance(part, Divided) and element.secret is None:
            yield from _parts(f"{path}.{key}", part)


def wire_of(message: Message) -> tuple[WireView, ...]:
    """Its bytes, piece by piece; those of secret elements are `**`. Empty where it has no form."""
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
        hidden = _is_secret(element, decoded[number])
        views.append(WireView(str(number), HIDDEN_BYTE * len(raw) if hidden else raw[:MAX_SHOWN].hex().upper()))
    return tuple(views)


def _is_secret(element: Element, value: str) -> bool:
    return element.shown(value) != value


def title_of(mti: str) -> str:
    """A message type in words, without edition and origin: "financial request", "reversal advice, repeated"."""
    words = describe_mti(mti)
    if not words.startswith(_EDITION):
        return words
    kind, *more = words.removeprefix(_EDITION).partition(" ")[2].split(", ")
    return f"{kind}, repeated" if "repeated" in more else kind
