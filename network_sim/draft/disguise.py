"""Messages made fit to be written down: test numbers for card numbers, and nothing secret.

A file is mailed and kept, so what may be in it is listed, not what may not: elements that the networks use as they like
(private and national data) may hold a CVV2, a track or a key, and are left out unless somebody asked for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from saklar.codecs import Divided, Message
from saklar.codecs.mti import message_class

BIN_DIGITS = 6
LENGTHS = range(19, 7, -1)
"""Digits that a card number may have, the longest first."""

NETWORK = "8"

AUTHENTICATION = frozenset({64, 128})
CHIP = 55
PRIVATE = frozenset({34, 44, 46, 47, 48, 53, 102, 103, *range(57, 64), *range(104, 128)})
"""Private and national data, security control information, account numbers."""

PRIVATE_1987 = PRIVATE | {56}
"""In later editions this is the original's data."""

OF_ACCEPTORS = frozenset({32, 33, 41, 42})
"""Numbers of acquirers, terminals and merchants: many have a check digit of Luhn's, and are no card's."""

OF_NETWORK_MANAGEMENT = frozenset({1, 3, 7, 11, 12, 13, 15, 24, 32, 33, 39, 41, 42, 70, 93, 94, 100})
"""All that is taken of a class in which keys are exchanged, in whatever element."""

_DIGITS = re.compile(
    r"(?<!\d)(?:\d{13,19}|\d{4}(?P<by>[ -])(?:\d{4}(?P=by)\d{4}(?P=by)\d{1,7}|\d{6}(?P=by)\d{5}))(?!\d)"
)
"""What may be a card number: digits, or groups of them as cards show them, 4-4-4-4 or 4-6-5."""

_RUN = re.compile(r"\d(?:[ -]?\d){7,}")
"""Digits enough for a card number, however they are grouped."""

_TRACK = re.compile(r"[=D]\d{4}|\^")
"""What follows the card number in a track: ISO/IEC 7813, track 2 as text and as nibbles, and track 1."""


def check_digit(digits: str) -> str:
    """The digit that makes a number pass Luhn's test (ISO/IEC 7812-1 annex B)."""
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits)))
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def is_card_number(digits: str) -> bool:
    """Whether a run of digits may be a card number: its length, and its check digit."""
    return 13 <= len(digits) <= 19 and check_digit(digits[:-1]) == digits[-1]


@dataclass
class Disguise:
    """Test numbers for card numbers: the same for the same, of the same length and BIN, with a right check digit.

    Args:
        real: every card number that occurs, so that no test number is one of them.
        bin_digits: that stay as they are.
        keep: private elements that are to be written all the same.
        test_cards: numbers that are test cards' already, and stay.
    """

    real: frozenset[str] = field(repr=False)
    bin_digits: int = BIN_DIGITS
    keep: frozenset[int] = frozenset()
    test_cards: frozenset[str] = field(default=frozenset(), repr=False)
    left_out: set[int] = field(default_factory=set)
    """Elements that were, in any message, not taken."""
    _known: dict[str, str] = field(default_factory=dict, repr=False)

    def pan(self, real: str) -> str:
        """The test number for a card number; a test card's own."""
        if real in self.test_cards:
            return real
        if real not in self._known:
            self._known[real] = self._unused(real)
        return self._known[real]

    def _unused(self, real: str) -> str:
        """A number that nobody has; where there are more cards than numbers behind the BIN, less of that stays."""
        taken = self.real | set(self._known.values())
        for digits in range(min(self.bin_digits, len(real) - 2), -1, -1):
            room = len(real) - digits - 1
            for serial in range(1, min(10**room, len(taken) + 2)):
                begun = f"{real[:digits]}{serial:0{room}d}"
                if (number := begun + check_digit(begun)) not in taken:
                    return number
        raise ValueError(f"no test number of {len(real)} digits is left")

    def message(self, message: Message) -> Message:
        """The message as it may be written: a copy."""
        safe = message.copy()
        for number in list(message):
            value = self._safe(message, number)
            if value is None:
                del safe[number]
                self.left_out.add(number)
            elif value != message[number]:
                safe[number] = value
        return safe

    def _safe(self, message: Message, number: int) -> str | None:
        """The value of an element as it may be written; None where it may not."""
        if message_class(message.mti) == NETWORK and number not in OF_NETWORK_MANAGEMENT:
            return None
        if number == 2 and message[2].isdecimal():
            return self.pan(message[2])
        return None if self._is_hidden(message, number) else self._plain(number, message[number])

    def _is_hidden(self, message: Message, number: int) -> bool:
        element = message.dialect.elements[number]
        value = message[number]
        if element.secret is not None or element.format == "b" or number in AUTHENTICATION or number == CHIP:
            return True
        if isinstance(value, Divided) and element.shown(value) != value:
            return True
        private = PRIVATE_1987 if message.dialect.version == "1987" else PRIVATE
        return number in private and number not in self.keep

    def _plain(self, number: int, value: str) -> str | None:
        """An element's text with test numbers for what may be card numbers; None where it looks like a track."""
        text = str(value)
        if any(_TRACK.match(text, found.end()) for found in _DIGITS.finditer(text)):
            return None
        text = _RUN.sub(self._without_known, text)
        return text if number in OF_ACCEPTORS else _DIGITS.sub(self._in_its_place, text)

    def _without_known(self, found: re.Match[str]) -> str:
        """A run of digits with test numbers for the card numbers in it that are known to be some."""
        digits, at, safe = _digits(found[0]), 0, ""
        while at < len(digits):
            known = next((digits[at : at + size] for size in LENGTHS if digits[at : at + size] in self.real), "")
            safe += self.pan(known) if known else digits[at]
            at += len(known) or 1
        return _as_grouped(safe, found[0])

    def _in_its_place(self, found: re.Match[str]) -> str:
        digits = _digits(found[0])
        if not is_card_number(digits) or digits in self._known.values():
            return found[0]
        return _as_grouped(self.pan(digits), found[0])


def _digits(text: str) -> str:
    return re.sub("[ -]", "", text)


def _as_grouped(digits: str, like: str) -> str:
    """Digits with the spaces and hyphens that a text has between as many."""
    turn = iter(digits)
    return "".join(next(turn) if char.isdecimal() else char for char in like)


def pan_in(message: Message) -> str:
    """The card number of a message: DE 2, or that of track 2; "" where it has none."""
    pan = str(message.get(2) or "") or str(message.get(35) or "").partition("=")[0]
    return pan if pan.isdecimal() and len(pan) in LENGTHS else ""


def card_numbers(messages: Iterable[Message]) -> frozenset[str]:
    """Every card number that messages say to be one, and whatever in their texts may be one."""
    return frozenset(number for message in messages for number in _numbers_in(message))


def _numbers_in(message: Message) -> Iterator[str]:
    if pan := pan_in(message):
        yield pan
    for number in set(message) - OF_ACCEPTORS:
        for found in _DIGITS.finditer(str(message[number])):
            if is_card_number(digits := _digits(found[0])):
                yield digits
