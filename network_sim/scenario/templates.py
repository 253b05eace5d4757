"""Templates: those of the file and those that every file has; the items of a message with all of them filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from saklar.network_sim.scenario.language.source import Wrong, did_you_mean
from saklar.network_sim.scenario.language.tree import Field, Item, Message, Ref, Setting, Template, Text, Use
from saklar.network_sim.scenario.language.values import parse_text
from saklar.network_sim.scenario.scope import Scope


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message that every file knows.

    Attributes:
        mti: where the step says none, in 1987 terms.
        fields: in 1987 terms.
        base: what the rest is made of: "new", the "original" that it is about, or a "copy" of it.
    """

    mti: str = ""
    fields: Mapping[int, str] = field(default_factory=dict)
    base: str = "new"


KINDS: Mapping[str, Kind] = {
    "purchase": Kind("0200", {3: "000000"}),
    "cash": Kind("0200", {3: "010000"}),
    "cashback": Kind("0200", {3: "090000"}),
    "refund": Kind("0200", {3: "200000"}),
    "deposit": Kind("0200", {3: "210000"}),
    "balance": Kind("0200", {3: "310000", 4: "000000000000"}),
    "transfer": Kind("0200", {3: "400000"}),
    "preauth": Kind("0100", {3: "000000"}),
    "completion": Kind("0220", {}, "original"),
    "advice": Kind("0220", {3: "000000"}),
    "reversal": Kind("0420", {}, "original"),
    "void": Kind("0400", {}, "original"),
    "copy": Kind("", {}, "copy"),
    "sign-on": Kind("0800", {70: "001"}),
    "sign-off": Kind("0800", {70: "002"}),
    "echo-test": Kind("0800", {70: "301"}),
}
"""Processing codes after ISO 8583-1:1987 annex A, network management information codes after its table of DE 70."""


WAYS: Mapping[str, str] = {"magstripe": "02", "chip": "05", "contactless": "07", "keyed": "01"}
"""How the card is read, and positions 1 and 2 of DE 22 (ISO 8583-1:1987, data element 22)."""

TWICE = "twice"
FLAGS = frozenset({"no-pin", "no-card", TWICE})

BUILT_IN = frozenset({*KINDS, *WAYS, *FLAGS})


@dataclass(slots=True)
class Flat:
    """A message with its templates filled in: of two items for the same, the later one holds."""

    mti: Text | None = None
    words: list[str] = field(default_factory=list)
    """Those of `BUILT_IN`, the nearest last."""
    settings: dict[str, Setting] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)

    def add(self, item: Item) -> None:
        """Put an item after all others."""
        if isinstance(item, Field):
            self.fields.append(item)
        elif isinstance(item, Setting):
            self.settings[item.name] = item
        else:
            self.words.append(item.name)

    @property
    def kind(self) -> Kind | None:
        """What kind of message it is, if that is said."""
        return next((KINDS[word] for word in reversed(self.words) if word in KINDS), None)

    @property
    def way(self) -> str:
        """How the card is read; "" if that is not said."""
        return next((word for word in reversed(self.words) if word in WAYS), "")


def flatten(message: Message, templates: Mapping[str, Template], scope: Scope, flat: Flat | None = None) -> Flat:
    """A message with its templates filled in. What stands nearer to the message wins, wherever it stands.

    Raises:
        Wrong: a template that there is not, or one that uses itself.
    """
    flat = Flat() if flat is None else flat
    _fill(message, templates, scope, flat, ())
    return flat


def _fill(
    message: Message, templates: Mapping[str, Template], scope: Scope, flat: Flat, within: tuple[str, ...]
) -> None:
    items = [_named(item, scope) for item in message.items]
    mti = message.mti
    if mti is not None and any(isinstance(part, Ref) for part in mti.parts):
        text = scope.text(mti)
        if text.isdecimal():
            mti = Text((text,), span=mti.span)
        else:  # in the place of a message type: a template that has one
            items.insert(0, Use(text, span=mti.span))
            mti = None
    for item in items:
        if isinstance(item, Use) and item.name in templates:
            if item.name in within:
                loop = " uses ".join((*within[within.index(item.name) :], item.name))
                raise Wrong(item.span, f"a template that uses itself: {loop}")
            _fill(templates[item.name].message, templates, scope, flat, (*within, item.name))
        elif isinstance(item, Use) and item.name not in BUILT_IN:
            hint = did_you_mean(item.name, (*templates, *BUILT_IN))
            raise Wrong(item.span, f"there is no template {item.name!r}", hint)
    for item in items:
        if not (isinstance(item, Use) and item.name in templates):
            flat.add(item)
    if mti is not None:
        flat.mti = mti


def _named(item: Item, scope: Scope) -> Item:
    """A template by its own name, where a variable has it."""
    if not isinstance(item, Use) or not item.name.startswith("$"):
        return item
    return Use(scope.text(parse_text(item.name, item.span)), span=item.span)
