"""Elements as people write them: by number, by name, by path; and texts as the contents of elements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from saklar.codecs import Dialect, Element
from saklar.codecs.tables.read import table
from saklar.network_sim.scenario.language.source import did_you_mean

MTI_PATH = "mti"
BITMAP_PATH = "bitmap"

_SHORT_1987 = {
    "pan": 2, "amount": 4, "stan": 11, "expiry": 14, "mcc": 18, "entry-mode": 22, "acquirer": 32, "track2": 35,
    "rrn": 37, "approval-code": 38, "response-code": 39, "terminal": 41, "merchant": 42, "merchant-name": 43,
    "track1": 45, "currency": 49, "pin-block": 52, "icc": 55, "network-code": 70, "original": 90,
}  # fmt: skip
_SHORT_1993 = {name: number for name, number in _SHORT_1987.items() if number not in (18, 70, 90)} | {
    "mcc": 26, "function-code": 24, "action-code": 39, "original": 56,
}  # fmt: skip
_SHORT: dict[str, Mapping[str, int]] = {"1987": _SHORT_1987, "1993": _SHORT_1993, "2003": _SHORT_1993}

_LAYOUTS: dict[str, Mapping[str, str]] = {
    "1987": {"7": "%m%d%H%M%S", "12": "%H%M%S", "14": "%y%m", "73": "%y%m%d"}
    | dict.fromkeys(("13", "15", "16", "17"), "%m%d"),
    "1993": {"7": "%m%d%H%M%S", "12": "%y%m%d%H%M%S", "14": "%y%m", "13": "%y%m"}
    | dict.fromkeys(("15", "28", "73"), "%y%m%d")
    | dict.fromkeys(("16", "17"), "%m%d"),
    "2003": {"7": "%m%d%H%M%S", "12": "%Y%m%d%H%M%S", "14": "%y%m", "13": "%y%m"}
    | dict.fromkeys(("15", "28", "73"), "%Y%m%d"),
}
_TAG_LAYOUTS = {"9A": "%y%m%d", "9F21": "%H%M%S", "5F24": "%y%m%d", "5F25": "%y%m%d"}
_PADDED = frozenset({"ans", "anp", "an", "a", "as"})
_PLAIN_LAYOUT = "%Y-%m-%d %H:%M:%S"

_AMOUNT_TAGS = frozenset({"9F02", "9F03"})
_AMOUNT_NAME = re.compile(r"amount|actual amount", re.IGNORECASE)
_MONEY = re.compile(r"(?P<whole>\d+)(?:\.(?P<part>\d+))?(?: (?P<currency>[A-Z]{3}|\d{3}))?")
_OFFSET = re.compile(r"([+-])(\d+)(s|min|h|d|w|mo|y)")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


class NoSuchElement(Exception):
    """There is no element of that name or path; `hint` says what was perhaps meant."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class NotThat(Exception):
    """A text cannot be what it is to be."""


@dataclass(frozen=True, slots=True)
class Slot:
    """An element or a part of one in a dialect.

    Attributes:
        path: as a message takes it: "39", "55.9F26"; or "mti" or "bitmap".
        number: of the element; 0 for those two.
        element: what describes it; None for those two.
    """

    path: str
    number: int
    element: Element | None
    version: str

    @property
    def name(self) -> str:
        """What it is called."""
        return self.element.name if self.element is not None else self.path.upper()

    @property
    def is_amount(self) -> bool:
        """Whether it is money in minor units."""
        if self.element is None:
            return False
        if self.path.rpartition(".")[2] in _AMOUNT_TAGS:
            return True
        return self.element.format == "n" and _AMOUNT_NAME.match(self.element.name) is not None


def slot_of(dialect: Dialect, text: str) -> Slot:
    """The element that a path such as `39`, `response-code`, `55.9F26` or `original.stan` names.

    Raises:
        NoSuchElement: the dialect has none of that name.
    """
    if text in (MTI_PATH, BITMAP_PATH):
        return Slot(text, 0, None, dialect.version)
    head, *keys = text.split(".")
    number = _number(dialect, head)
    element = dialect.elements[number]
    path = str(number)
    for key in keys:
        parts = element.parts
        if parts is None:
            raise NoSuchElement(f"{path} has no parts in {dialect.name}")
        try:
            element = parts.element(key)
        except KeyError:
            known = [part.key for part in parts.elements()]
            raise NoSuchElement(f"{path} has no part {key!r}", did_you_mean(key, known)) from None
        path += f".{key}"
    return Slot(path, number, element, dialect.version)


def _number(dialect: Dialect, head: str) -> int:
    if head.isdecimal():
        if int(head) in dialect.elements:
            return int(head)
        raise NoSuchElement(f"{dialect.name} has no element {head}")
    names = names_of(dialect)
    number = names.get(head.replace("_", "-").lower())
    if number is None:
        raise NoSuchElement(f"{dialect.name} has no element {head!r}", did_you_mean(head, names))
    return number


@lru_cache(maxsize=64)
def names_of(dialect: Dialect) -> Mapping[str, int]:
    """Names of elements: those of the trade, and what the dialect calls them, `processing-code`.

    A name that several elements have is none.
    """
    found: dict[str, int] = {}
    several: set[str] = set()
    for number, element in dialect.elements.items():
        for name in _slugs(element.name):
            if name in found:
                several.add(name)
            found[name] = number
    for name in several:
        del found[name]
    short = {name: number for name, number in _SHORT[dialect.version].items() if number in dialect.elements}
    return found | short


def _slugs(name: str) -> list[str]:
    """`Primary account number (PAN)` as `primary-account-number` and `pan`."""
    plain, _, abbreviation = name.partition("(")
    texts = (plain, abbreviation.partition(")")[0])
    return [slug for text in texts if (slug := re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-"))]


# Contents.


def content(slot: Slot, text: str, currency: str, *, quoted: bool = False) -> str:
    """A text as the content of an element: money in minor units, digits filled up, text padded; quoted as it stands.

    Args:
        slot: the element.
        text: as it is written.
        currency: of the message's amounts, three digits or letters.
        quoted: take it as it stands.

    Raises:
        NotThat: an amount that its currency has not.
    """
    element = slot.element
    if quoted or element is None:
        return text
    if slot.is_amount and ("." in text or " " in text):
        text = str(minor_units(text, currency))
        if element.format == "b":  # an EMV amount is twelve packed digits
            return text.zfill(12)
    if element.format == "b":
        return text.upper()
    return _filled(element, text) if element.is_fixed else text


def _filled(element: Element, text: str) -> str:
    """As long as the element always is: numbers with zeros before, texts with spaces behind."""
    if element.format == "n":
        return text.zfill(element.max_length) if text.isdecimal() else text
    return text.ljust(element.max_length) if element.format in _PADDED else text


def minor_units(text: str, currency: str) -> int:
    """`10.00`, `10` or `10.00 IDR` in minor units of its currency, or of the one given.

    Raises:
        NotThat: it is no amount, or has more decimals than the currency.
    """
    match = _MONEY.fullmatch(text)
    if match is None:
        raise NotThat(f"{text!r} is no amount; 10.00 is one")
    own = match["currency"] or currency
    places, part = decimals(own), match["part"] or ""
    if len(part) > places:
        raise NotThat(f"{text!r} has more than the {places} decimals of {own}")
    return int(match["whole"] + part.ljust(places, "0"))


def decimals(currency: str) -> int:
    """How many a currency has; two where it is not known."""
    currencies = table("currencies")
    known = currencies.get(currency) or next((c for c in currencies.values() if c["code"] == currency), None)
    return int(known.get("digits", 2)) if known else 2


def currency_number(currency: str) -> str:
    """A currency's three digits.

    Raises:
        NotThat: there is no such currency.
    """
    currencies: dict[str, Mapping[str, object]] = table("currencies")
    if currency in currencies or (currency.isdecimal() and len(currency) == 3):
        return currency
    for number, known in currencies.items():
        if known["code"] == currency:
            return number
    codes = [str(known["code"]) for known in currencies.values()]
    hint = did_you_mean(currency, codes)
    raise NotThat(f"{currency!r} is no currency" + (f"; {hint}" if hint else ""))


def moment(now: datetime, offset: str) -> datetime:
    """A time and an offset such as `+3d` or `-1mo`; raises NotThat where there is no such day."""
    if not offset:
        return now
    match = _OFFSET.fullmatch(offset)
    if match is None:
        raise NotThat(f"{offset!r} is no offset; +3d is one")
    sign, count, unit = -1 if match[1] == "-" else 1, int(match[2]), match[3]
    try:
        if unit in _SECONDS:
            return now + timedelta(seconds=sign * count * _SECONDS[unit])
        months = now.year * 12 + now.month - 1 + sign * count * (12 if unit == "y" else 1)
        return now.replace(year=months // 12, month=months % 12 + 1, day=min(now.day, 28))
    except (ValueError, OverflowError):
        raise NotThat(f"there is no such time: {offset}") from None


def moment_text(slot: Slot | None, when: datetime) -> str:
    """A time as an element has it; for no element, in full."""
    if slot is None or slot.element is None:
        return when.strftime(_PLAIN_LAYOUT)
    layout = _LAYOUTS[slot.version].get(slot.path) or _TAG_LAYOUTS.get(slot.path.rpartition(".")[2])
    if layout is None:
        raise NotThat(f"{slot.path} ({slot.name}) is no date or time")
    return when.strftime(layout)
