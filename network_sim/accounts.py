"""An issuer's books: cards, balances, and every transaction that touched them. No I/O."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_WRONG_PINS = 3
"""Wrong PINs in a row after which a card is refused whatever is entered."""

REMEMBERED = 100_000
"""Transactions kept for repeats and reversals; the oldest makes room."""

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
        self._by_rrn: dict[Key, Key] = {}
        self._reversed_early: OrderedDict[Key, None] = OrderedDict()

    def authorise(self, request: Request) -> Decision:
        """Decide and book. A repeat of a request gets its first decision and moves nothing."""
        key = (request.pan, request.stan, request.time)
        if (known := self._booked.get(key)) is not None:
            return known.decision
        if key[:2] in self._reversed_early:
            return Decision("94")
        decision, moved = self._decide(request)
        self._remember(key, _Booked(request, decision, moved))
        return decision

    def reverse(self, reversal: Reversal) -> Decision:
        """Give the money back, once; 25 if the original is unknown (one that comes yet is then refused)."""
        booked = self._find(reversal)
        if booked is None:
            if reversal.stan:
                self._reversed_early[reversal.pan, reversal.stan] = None
                if len(self._reversed_early) > REMEMBERED:
                    self._reversed_early.popitem(last=False)
            return Decision("25")
        stands = min(max(booked.moved, 0), reversal.actual_amount)
        if refund := booked.moved - stands:
            self.cards[reversal.pan].balance += refund
        booked.moved = stands
        return Decision("00")

    def _decide(self, request: Request) -> tuple[Decision, int]:
        card = self.cards.get(request.pan)
        if card is None:
            return Decision("14"), 0
        moved = _movement(request)
        code = _refusal(card, request, moved)
        if code is not None:
            return Decision(code), 0
        card.balance -= moved
        return Decision("00", next(self._approval_codes)), moved

    def _find(self, reversal: Reversal) -> _Booked | None:
        pan, stan = reversal.pan, reversal.stan
        if not stan:
            key = self._by_rrn.get((pan, reversal.rrn, reversal.terminal), ())
            return self._booked.get(key) if reversal.rrn else None
        if reversal.time.strip("0"):
            return self._booked.get((pan, stan, reversal.time))
        newest_first = reversed(self._booked.items())
        return next((booked for key, booked in newest_first if key[:2] == (pan, stan)), None)

    def _remember(self, key: Key, booked: _Booked) -> None:
        self._booked[key] = booked
        self._by_rrn[booked.request.pan, booked.request.rrn, booked.request.terminal] = key
        if len(self._booked) > REMEMBERED:
            _, oldest = self._booked.popitem(last=False)
            self._by_rrn.pop((oldest.request.pan, oldest.request.rrn, oldest.request.terminal), None)


def _movement(request: Request) -> int:
    kind = request.processing_code[:1]
    if kind == _NO_MOVEMENT:
        return 0
    return -request.amount if kind == _CREDIT else request.amount


def _refusal(card: Card, request: Request, moved: int) -> str | None:
    """Why not, as DE 39: the first that applies; counts wrong PINs on the way."""
    if (code := _STATUS_CODES[card.status]) is not None:
        return code
    if card.expiry < request.month:
        return "54"
    if card.wrong_pins >= MAX_WRONG_PINS:
        return "75"
    if request.pin_is_right is False:
        card.wrong_pins += 1
        return "75" if card.wrong_pins >= MAX_WRONG_PINS else "55"
    if request.pin_is_right:
        card.wrong_pins = 0
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
