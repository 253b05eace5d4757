"""Messages that a step says only a part of: what it does not say is generated, and right."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from saklar.codecs import CodecError, EncodeError, Message, convert, load_dialect, response_code
from saklar.codecs.mti import is_repeat, message_class
from saklar.network_sim.scenario import keys
from saklar.network_sim.scenario.declared import DEFAULT_CARD
from saklar.network_sim.scenario.elements import NotThat, currency_number, minor_units
from saklar.network_sim.scenario.facts import CardFacts, PartyFacts, Setup
from saklar.network_sim.scenario.language.source import Span, Wrong, did_you_mean
from saklar.network_sim.scenario.language.tree import Defaults, Field, Setting, Text
from saklar.network_sim.scenario.language.tree import Message as Said
from saklar.network_sim.scenario.rendering import KEEP, ORIGINAL_ELEMENT, Context, original_data, render
from saklar.network_sim.scenario.scope import Scope
from saklar.network_sim.scenario.templates import WAYS, Flat, flatten
from saklar.switch.engine.messages import answer_to

LAST_STAN = 999_999
DEFAULT_AMOUNT = 1_000
"""Minor units."""

FINANCIAL, REVERSAL, NETWORK = frozenset("12"), "4", "8"
FROM_ORIGINAL = (2, 3, 4, 14, 18, 22, 23, 25, 32, 37, 41, 42, 49)
"""Elements that a reversal or a completion has of its original (ISO 8583-1:1987, table of message formats)."""

APPROVED = frozenset({"00", "08", "10", "11", "16"})
_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass
class Counters:
    """What a link counts: STANs, none twice in a day, and terminals in turn."""

    first_stan: int
    terminals: tuple[str, ...]
    _count: Iterator[int] = field(init=False)
    _turns: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._count = itertools.count(self.first_stan)
        self._turns = itertools.cycle(self.terminals)

    def stan(self) -> str:
        """The next STAN."""
        return f"{next(self._count) % LAST_STAN + 1:06d}"

    def terminal(self) -> str:
        """The terminal whose turn it is."""
        return f"{next(self._turns):8}"


@dataclass
class Maker:
    """Makes the messages of one party.

    Args:
        facts: the party.
        setup: cards, templates, defaults.
        counters: of its link.
        rng: draws.
        clock: UTC.
    """

    facts: PartyFacts
    setup: Setup
    counters: Counters
    rng: random.Random
    clock: Callable[[], datetime]

    def context(self, scope: Scope, request: Message | None = None, original: Message | None = None) -> Context:
        """What values may refer to."""
        return Context(scope, self.facts.dialect, self.facts.currency, self.clock(), self.rng, request, original)

    def request(self, said: Said, context: Context, span: Span) -> Message:
        """A message that the party begins.

        Raises:
            Wrong: something that was said cannot be.
        """
        scope = context.scope
        mti = self._mti(flatten(said, self.setup.templates, scope), context, span)
        flat = self._with_defaults(said, mti, scope)
        base = flat.kind.base if flat.kind is not None else "new"
        if base == "copy" or (is_repeat(mti) and message_class(mti) != NETWORK and base == "new"):
            message = self._copied(flat, context, span)
            message.mti = mti
        else:
            message = self._generated(flat, mti, base, context, span)
        self._overlay(message, flat, context, span)
        return message

    def changed(self, message: Message, said: Said, context: Context, span: Span) -> Message:
        """A message with what is said of it in the place of what it had; raises Wrong."""
        changed = message.copy()
        flat = flatten(said, self.setup.templates, context.scope)
        if flat.mti is not None:
            changed.mti = context.scope.text(flat.mti)
        self._overlay(changed, flat, context, span)
        return changed

    def answer(self, said: Said, request: Message, context: Context, span: Span, mti: str = "") -> Message:
        """The answer to a request: what it repeats, 00 where no code is said, and an approval code with an approval.

        Raises:
            Wrong: something that was said cannot be.
        """
        flat = flatten(said, self.setup.templates, context.scope)
        try:
            message = answer_to(request, "00")
        except (CodecError, ValueError) as error:
            raise Wrong(span, f"the {request.mti} cannot be answered: {error}") from None
        if mti:
            message.mti = mti
        if "amount" in flat.settings:
            message[4] = f"{self._money(flat.settings['amount'], context)[0]:012d}"
        said_paths = self._overlay(message, flat, context, span, authenticate=False)
        approved = response_code(message) in APPROVED and message_class(message.mti) in FINANCIAL
        if approved and 38 not in said_paths and 38 in message.dialect.elements:
            message[38] = "".join(self.rng.choice(_CODE_ALPHABET) for _ in range(6))
        self._authenticate(message, flat, span)
        return message

    def _mti(self, flat: Flat, context: Context, span: Span) -> str:
        if flat.mti is not None:
            mti = context.scope.text(flat.mti)
            if len(mti) != 4 or not mti.isdecimal():
                raise Wrong(flat.mti.span, f"{mti!r} is no message type that can be sent", "they have four digits")
            return mti
        if flat.kind is not None and flat.kind.mti:
            return _in_edition(flat.kind.mti, self.facts.dialect.version)
        raise Wrong(span, "the step says no message type, and no template does", "as in: acq1 sends 0200 purchase")

    def _with_defaults(self, said: Said, mti: str, scope: Scope) -> Flat:
        """What is said, after the defaults that fit a message of this class."""
        flat = Flat()
        class_ = message_class(mti)
        for defaults in self.setup.defaults:
            if defaults.party not in ("", self.facts.name) or class_ not in FINANCIAL | {REVERSAL}:
                continue
            self._add_defaults(defaults, flat, scope, settings=class_ in FINANCIAL)
        return flatten(said, self.setup.templates, scope, flat)

    def _add_defaults(self, defaults: Defaults, flat: Flat, scope: Scope, *, settings: bool) -> None:
        more = flatten(Said(None, defaults.items), self.setup.templates, scope)
        flat.fields += more.fields
        if settings:
            flat.words += more.words
            flat.settings |= more.settings

    # The base.

    def _copied(self, flat: Flat, context: Context, span: Span) -> Message:
        original = self._original(flat, context, span)
        return original.copy()

    @staticmethod
    def _names_its_original(flat: Flat, context: Context) -> bool:
        """Whether a reversal says itself what it is about, as nothing was sent that it could be."""
        named = {str(number) for number in ORIGINAL_ELEMENT.values()} | {"original"}
        said = any(item.path in named and isinstance(item.value, Text) for item in flat.fields)
        return said and context.original is None and "of" not in flat.settings

    def _original(self, flat: Flat, context: Context, span: Span) -> Message:
        setting = flat.settings.get("of")
        if setting is not None:
            label = context.scope.text(setting.values[0])
            found = context.scope.labels.get(label)
            if found is None:
                raise Wrong(setting.span, f"no message is called {label!r}", did_you_mean(label, context.scope.labels))
            return found
        if context.original is None:
            raise Wrong(span, "there is no earlier request that this could be about", "name one: of LABEL")
        return context.original

    def _generated(self, flat: Flat, mti: str, base: str, context: Context, span: Span) -> Message:
        terms = load_dialect("iso87-ascii")
        elements = {7: f"{context.now:%m%d%H%M%S}", 11: self.counters.stan()}
        class_ = message_class(mti)
        fields = dict(flat.kind.fields) if flat.kind is not None else {}
        if (base == "original" or class_ == REVERSAL) and not self._names_its_original(flat, context):
            elements |= self._financial(context.now, elements[11]) | self._of_original(flat, context, span)
        elif class_ in FINANCIAL or class_ == REVERSAL:
            elements |= self._financial(context.now, elements[11])
            elements |= self._of_card(flat, fields, context, span)
        elif class_ != NETWORK:
            elements |= {12: f"{context.now:%H%M%S}", 13: f"{context.now:%m%d}"}
        if class_ in FINANCIAL or base == "original":
            elements |= self._amounts(flat, elements, fields, context)
        elements |= fields
        given = {"mti": _terms_mti(mti), **{str(number): value for number, value in elements.items()}}
        message = convert(terms.message(given), self.facts.dialect, today=context.now.date())
        if class_ in FINANCIAL and base != "original":
            self._chip(message, flat, elements, context, span)
        message.mti = mti
        return message

    def _financial(self, now: datetime, stan: str) -> dict[int, str]:
        own = self.facts
        return {
            3: "000000",
            12: f"{now:%H%M%S}",
            13: f"{now:%m%d}",
            18: own.merchant_type,
            22: "012",
            25: "00",
            32: own.acquirer_id,
            37: f"{now:%y}"[1:] + f"{now:%j%H}{stan}",
            41: self.counters.terminal(),
            42: f"{own.merchant:15.15}",
            49: own.currency,
        }

    def _of_original(self, flat: Flat, context: Context, span: Span) -> dict[int, str]:
        original = self._original(flat, context, span)
        terms = convert(original, load_dialect("iso87-ascii"), today=context.now.date())
        kept: dict[int, str] = {number: terms[number] for number in FROM_ORIGINAL if number in terms}
        return kept | {90: original_data(original, load_dialect("iso87-ascii"), context.now)}

    def _card(self, flat: Flat, context: Context) -> CardFacts:
        setting = flat.settings.get("card")
        name = context.scope.text(setting.values[0]) if setting is not None else DEFAULT_CARD
        card = self.setup.cards.get(name)
        if card is None:
            assert setting is not None
            raise Wrong(setting.span, f"there is no card {name!r}", did_you_mean(name, self.setup.cards))
        return card

    def _way(self, flat: Flat, card: CardFacts) -> str:
        return flat.way or ("chip" if card.imk else "magstripe" if card.cvk else "chip")

    def _of_card(self, flat: Flat, fields: Mapping[int, str], context: Context, span: Span) -> dict[int, str]:
        """PAN, expiry date, track 2, entry mode and PIN block."""
        del fields
        if "no-card" in flat.words:
            return {}
        card = self._card(flat, context)
        way = self._way(flat, card)
        elements = {2: card.pan, 14: card.expiry}
        if way in ("chip", "contactless"):
            elements[23] = card.sequence.rjust(3, "0") if card.imk else ""
        try:
            if way != "keyed":
                elements[35] = keys.track_2(card, self.facts.lmk, chip=way != "magstripe")
            block = self._pin_block(flat, card, context)
        except keys.NoKey as error:
            raise Wrong(span, str(error)) from None
        except ValueError as error:
            raise Wrong(flat.settings["pin"].span if "pin" in flat.settings else span, str(error)) from None
        context.scope.hide(card.pan, "pan")
        if 35 in elements:
            context.scope.hide(elements[35])
        if block is not None:
            elements[52] = block
            context.scope.hide(block)
        elements[22] = WAYS[way] + ("1" if block is not None else "2")
        return {number: value for number, value in elements.items() if value}

    def _pin_block(self, flat: Flat, card: CardFacts, context: Context) -> str | None:
        """Of the PIN that is said, or of the card's where the link has a key for it."""
        setting = flat.settings.get("pin")
        if "no-pin" in flat.words and setting is None:
            return None
        pin = context.scope.text(setting.values[0]) if setting is not None else card.pin
        if pin is None or (setting is None and keys.pin_key(self.facts) is None):
            return None
        return keys.make_pin_block(self.facts, pin, card.pan, self._filler)

    def _filler(self, count: int) -> str:
        return "".join(self.rng.choice("0123456789ABCDEF") for _ in range(count))

    def _amounts(
        self, flat: Flat, elements: Mapping[int, str], fields: Mapping[int, str], context: Context
    ) -> dict[int, str]:
        found: dict[int, str] = {}
        if "amount" in flat.settings:
            amount, currency = self._money(flat.settings["amount"], context)
            found |= {4: f"{amount:012d}", 49: currency}
        elif 4 not in elements and 4 not in fields:
            found[4] = f"{DEFAULT_AMOUNT:012d}"
        return found

    def _money(self, setting: Setting, context: Context) -> tuple[int, str]:
        """Minor units, and the currency's three digits."""
        words = " ".join(context.scope.text(value) for value in setting.values).split()
        try:
            currency = currency_number(words[1]) if len(words) > 1 else self.facts.currency
            return minor_units(words[0] if words else "", currency), currency
        except NotThat as error:
            raise Wrong(setting.span, str(error)) from None

    # The chip.

    def _chip(self, message: Message, flat: Flat, elements: Mapping[int, str], context: Context, span: Span) -> None:
        """DE 55 with a cryptogram, where the card has a key for one and is not read another way."""
        if "no-card" in flat.words or 55 not in message.dialect.elements:
            return
        card = self._card(flat, context)
        if card.imk is None or self._way(flat, card) not in ("chip", "contactless"):
            return
        tags = {
            "9F02": elements[4],
            "9F03": "000000000000",
            "9F1A": f"0{elements[49]}",
            "95": "0000000000",
            "5F2A": f"0{elements[49]}",
            "9A": f"{context.now:%y%m%d}",
            "9C": elements[3][:2],
            "9F37": self._filler(8),
            "82": "3900",
            "9F36": self._filler(4),
            "9F10": keys.ISSUER_DATA,
        }
        try:
            ours = {"9F26": keys.cryptogram(card, self.facts.lmk, tags), "9F27": "80", **tags}
            message[55] = message.dialect.joined(55, {**ours, "9F33": "E0F8C8", "9F34": "020300", "9F35": "22"})
        except keys.NoKey as error:
            raise Wrong(span, str(error)) from None
        except EncodeError:
            return  # the dialect has no tags in DE 55

    # What is said.

    def _overlay(
        self, message: Message, flat: Flat, context: Context, span: Span, *, authenticate: bool = True
    ) -> set[int]:
        """Set what is said of elements; returns their numbers."""
        if "partial" in flat.settings:
            self._partial(message, flat.settings["partial"], context)
        if "header" in flat.settings:
            words = [context.scope.text(value) for value in flat.settings["header"].values]
            message.header = dict(zip(words[::2], words[1::2], strict=False))
        numbers = set()
        for item in flat.fields:
            numbers.add(self._set(message, item, context))
        if authenticate:
            self._authenticate(message, flat, span)
        return numbers

    def _set(self, message: Message, item: Field, context: Context) -> int:
        if item.operator == "!=":
            raise Wrong(item.span, "!= is for what is expected; a message has a value")
        slot = context.slot(item.path, item.span)
        currency = message.get(49) or context.currency
        own = Context(
            context.scope, context.dialect, str(currency), context.now, context.rng, context.request, context.original
        )
        value = render(item.value, slot, own)
        if slot.path == "mti":
            message.mti = value or ""
        elif value is None:
            if slot.path in message:
                del message[slot.path if "." in slot.path else slot.number]
        elif value != KEEP:
            try:
                if slot.path != str(slot.number) and slot.number not in message:
                    _make_room(message, slot.number)
                message[slot.path if "." in slot.path else slot.number] = value
            except CodecError as error:
                raise Wrong(item.span, str(error)) from None
        return slot.number

    def _partial(self, message: Message, setting: Setting, context: Context) -> None:
        """What stands after a partial reversal: DE 95 in 1987; in 1993 DE 24, 30 and 4."""
        amount, _ = self._money(setting, context)
        if message.dialect.version == "1987":
            message[95] = f"{amount:012d}" + "0" * 30
            return
        message[24] = "401"
        message[30] = f"{message.get(4) or '':0>12}" + "0" * 12
        message[4] = f"{amount:012d}"

    def _authenticate(self, message: Message, flat: Flat, span: Span) -> None:
        if self.facts.mac is None:
            return
        element = keys.mac_element(message, self.facts.mac)
        if any(item.path == str(element) for item in flat.fields):
            return
        try:
            message[element] = keys.make_mac(message, self.facts)
        except (keys.NoKey, CodecError) as error:
            raise Wrong(span, str(error)) from None


def _make_room(message: Message, number: int) -> None:
    """Where an element of a fixed length is not there, fill it, so that one of its parts can be set."""
    element = message.dialect.elements[number]
    if element.is_fixed and element.format != "b":
        message[number] = (" " if element.format == "ans" else "0") * element.max_length


def wire_of(message: Message, span: Span, fields: tuple[Field, ...] = ()) -> bytes:
    """The bytes of a message; raises Wrong at the item that is to blame, or at the step."""
    try:
        return bytes(message)
    except CodecError as error:
        blamed = next((item.span for item in fields if item.path.partition(".")[0] == error.field), span)
        raise Wrong(blamed, str(error)) from None


def _terms_mti(mti: str) -> str:
    """A message type in 1987 terms."""
    origin = int(mti[3])
    return f"0{mti[1:3]}{origin % 2 if origin >= 4 else origin}"


def _in_edition(mti: str, version: str) -> str:
    """A 1987 message type as the edition has it."""
    if version == "1987":
        return mti
    digit = "1" if version == "1993" else "2"
    origin = "4" if message_class(mti) == NETWORK else mti[3]
    return f"{digit}{mti[1:3]}{origin}"
