"""An issuer's books: cards, balances, and every transaction that touched them. No I/O."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from saklar.switch.engine.model import APPROVALS

MAX_WRONG_PINS = 3
"""Wrong PINs in a row after which a card is refused whatever is entered."""

REMEMBERED = 100_000
"""Transactions kept for repeats and reversals; the oldest makes room."""

MISSING_PIN = "55"
"""1987 has no code of its own for it; the PIN data required of 1993 (112) is read as this one."""

_STATUS_CODES = {"active": None, "restricted": "62", "lost": "41", "stolen": "43", "closed": "14"}
STATUSES = tuple(_STATUS_CODES)

_NO_MOVEMENT, _CREDIT = "3", "2"
"""First digit of the processing code (DE 3): inquiries move nothing, 20-29 are credits (ISO 8583-1:1987 annex A)."""


@dataclass(slots=True)
class Card:
    """A card and its account; amounts in minor units. The repr shows neither PAN nor PVV."""

    pan: str = field(repr=False)
    expiry: str
    pvv: str = field(repr=False)
    balance: int
    limit: int
    pvki: str = "1"
    status: str = "active"
    pin_required: bool = False
    wrong_pins: int = 0


class Request(NamedTuple):
    """What an authorisation says. `pin_is_right` is None where no PIN was given; `month` is now, YYMM."""

    pan: str
    processing_code: str
    amount: int
    stan: str
    time: str
    rrn: str
    terminal: str
    month: str
    pin_is_right: bool | None


class Reversal(NamedTuple):
    """What a reversal says. `stan` and `time` are the original's, "" where it does not name them."""

    pan: str
    stan: str
    time: str
    rrn: str
    terminal: str
    actual_amount: int = 0
    """Of a partial reversal: the amount that stands."""


class Decision(NamedTuple):
    """DE 39 in 1987 terms, and DE 38 of an approval."""

    code: str
    approval_code: str | None = None


@dataclass(slots=True)
class _Booked:
    request: Request
    decision: Decision
    moved: int
    """What was taken from the balance (a credit is negative) and has not been given back."""


Key = tuple[str, ...]


class Accounts:
    """The cards of an issuer.

    Args:
        cards: each PAN once.
        approval_codes: DE 38 of each approval in turn.
    """

    def __init__(self, cards: Iterable[Card], approval_codes: Iterator[str]) -> None:
        self.cards = {card.pan: card for card in cards}
        self._approval_codes = approval_codes
        self._booked: OrderedDict[Key, _Booked] = OrderedDict()
        self._named: dict[Key, Key] = {}
        self._reversed_early: OrderedDict[Key, None] = OrderedDict()

    def authorise(self, request: Request, *, wanted: str = "00") -> Decision:
        """Decide and book. A repeat gets the first decision and moves nothing; with another amount it is no repeat.

        `wanted` is the code of an approval by the rules; one that declines comes before all rules.
        """
        key = (request.pan, request.stan, request.time)
        known = self._booked.get(key)
        if known is not None:
            return known.decision if known.request.amount == request.amount else Decision("94")
        early = key in self._reversed_early or (*key[:2], "") in self._reversed_early
        decision, moved = (Decision("94"), 0) if early else self._decide(request, wanted)
        self._remember(key, _Booked(request, decision, moved))
        return decision

    def advise(self, request: Request, original: Reversal | None = None) -> Decision:
        """Book what is done already, whatever the balance; once. What it completes is released first."""
        key = (request.pan, request.stan, request.time)
        known = self._booked.get(key)
        if known is not None:
            return known.decision
        card = self.cards.get(request.pan)
        if card is None:
            return Decision("14")
        if original is not None and (held := self._find(original)) is not None:
            card.balance += held.moved
            held.moved = 0
        early = key in self._reversed_early or (*key[:2], "") in self._reversed_early
        moved = 0 if early else _movement(request)
        card.balance -= moved
        self._remember(key, _Booked(request, Decision("00"), moved))
        return Decision("00")

    def reverse(self, reversal: Reversal) -> Decision:
        """Give the money back, once; 25 if the original is unknown (one that comes yet is then refused)."""
        booked = self._find(reversal)
        if booked is None:
            self._expect(reversal)
            return Decision("25")
        stands = min(max(booked.moved, 0), reversal.actual_amount)
        if refund := booked.moved - stands:
            self.cards[reversal.pan].balance += refund
        booked.moved = stands
        return Decision("00")

    def _expect(self, reversal: Reversal) -> None:
        """Remember what was reversed before it came."""
        if not reversal.stan:
            return
        self._reversed_early[reversal.pan, reversal.stan, _time(reversal)] = None
        if len(self._reversed_early) > REMEMBERED:
            self._reversed_early.popitem(last=False)

    def _decide(self, request: Request, wanted: str) -> tuple[Decision, int]:
        if wanted not in APPROVALS:
            return Decision(wanted), 0
        card = self.cards.get(request.pan)
        if card is None:
            return Decision("14"), 0
        moved = _movement(request)
        code = _refusal(card, request, moved)
        if code is not None:
            return Decision(code), 0
        card.balance -= moved
        return Decision(wanted, next(self._approval_codes)), moved

    def _find(self, reversal: Reversal) -> _Booked | None:
        """By STAN and time if it states both, by STAN if the time is zeros, else by RRN and terminal."""
        pan, stan, time = reversal.pan, reversal.stan, _time(reversal)
        if stan and time:
            return self._booked.get((pan, stan, time))
        name = (pan, stan) if stan else (pan, reversal.rrn, reversal.terminal)
        key = self._named.get(name) if stan or reversal.rrn else None
        return self._booked.get(key) if key is not None else None

    def _remember(self, key: Key, booked: _Booked) -> None:
        self._booked[key] = booked
        self._named |= dict.fromkeys(_names(booked.request), key)
        if len(self._booked) > REMEMBERED:
            oldest_key, oldest = self._booked.popitem(last=False)
            for name in _names(oldest.request):
                if self._named.get(name) == oldest_key:
                    del self._named[name]


def _names(request: Request) -> tuple[Key, Key]:
    """What a reversal may call a request that it does not name in full."""
    return (request.pan, request.stan), (request.pan, request.rrn, request.terminal)


def _time(reversal: Reversal) -> str:
    """The original's time; "" where it is zeros, which stand for not known."""
    return reversal.time if reversal.time.strip("0") else ""


def _movement(request: Request) -> int:
    kind = request.processing_code[:1]
    if kind == _NO_MOVEMENT:
        return 0
    return -request.amount if kind == _CREDIT else request.amount


def _refusal(card: Card, request: Request, moved: int) -> str | None:
    """Why not, as DE 39: the first that applies; counts wrong PINs on the way."""
    return _card_refusal(card, request.month) or _pin_refusal(card, request.pin_is_right) or _funds_refusal(card, moved)


def _card_refusal(card: Card, month: str) -> str | None:
    return _STATUS_CODES[card.status] or ("54" if card.expiry < month else None)


def _pin_refusal(card: Card, pin_is_right: bool | None) -> str | None:  # noqa: FBT001 (three-valued)
    if pin_is_right is None:
        return MISSING_PIN if card.pin_required else None
    if card.wrong_pins >= MAX_WRONG_PINS:
        return "75"
    card.wrong_pins = 0 if pin_is_right else card.wrong_pins + 1
    if pin_is_right:
        return None
    return "75" if card.wrong_pins >= MAX_WRONG_PINS else "55"


def _funds_refusal(card: Card, moved: int) -> str | None:
    if moved > card.limit:
        return "61"
    return "51" if moved > card.balance else None


def approval_codes(start: int = 0) -> Iterator[str]:
    """Six letters and digits, in no visible order; none comes twice in 34⁶."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    number = start
    while True:
        number += 1
        scattered = number * 1_103_515_245 % len(alphabet) ** 6  # coprime to it, so a permutation
        digits = []
        for _ in range(6):
            scattered, digit = divmod(scattered, len(alphabet))
            digits.append(alphabet[digit])
        yield "".join(digits)
