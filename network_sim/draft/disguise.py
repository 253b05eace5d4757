"""Messages made fit to be written down: test numbers for card numbers, and nothing secret.

A file is mailed and kept, so what may be in it is listed, not what may not: elements that the networks use as they like
(private and national data) may hold a CVV2, a track or a key, and are left out unless somebody asked for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from saklar.codecs import Divided, Message
from saklar.codecs.mti import message_class

BIN_DIGITS = 6
NETWORK = "8"

AUTHENTICATION = frozenset({64, 128})
CHIP = 55
PRIVATE = frozenset({34, 44, 46, 47, 48, 53, 102, 103, *range(57, 64), *range(104, 128)})
"""Private and national data, security control information, account numbers."""

PRIVATE_1987 = PRIVATE | {56}
"""In later editions this is the original's data."""

OF_NETWORK_MANAGEMENT = frozenset({1, 3, 7, 11, 12, 13, 15, 24, 32, 33, 39, 41, 42, 70, 93, 94, 100})
"""All that is taken of a class in which keys are exchanged, in whatever element."""

_DIGITS = re.compile(r"(?<!\d)\d{13,19}(?!\d)")
_DATED = re.compile(r"[=^D]\d{4}")


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
    """

    real: frozenset[str] = field(repr=False)
    bin_digits: int = BIN_DIGITS
    keep: frozenset[int] = frozenset()
    left_out: set[int] = field(default_factory=set)
    """Elements that were, in any message, not taken."""
    _known: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def test_numbers(self) -> list[str]:
        """Those that were given out, in order."""
        return list(self._known.values())

    def pan(self, real: str) -> str:
        """The test number for a card number."""
        if real not in self._known:
            self._known[real] = self._unused(real)
        return self._known[real]

    def _unused(self, real: str) -> str:
        head = real[: self.bin_digits]
        room = max(1, len(real) - len(head) - 1)
        taken = self.real | set(self._known.values())
        for serial in range(1, 10**room):
            digits = f"{head}{serial:0{room}d}"[: len(real) - 1]
            if (number := digits + check_digit(digits)) not in taken:
                return number
        raise ValueError(f"no test number is left for cards of {head}")

    def message(self, message: Message) -> Message:
        """The message as it may be written: a copy."""
        safe = message.copy()
        for number in list(message):
            value = None if self._is_hidden(message, number) else self._plain(message[number])
            if number == 2 and message[2].isdecimal():
                value = self.pan(message[2])
            if value is None:
                del safe[number]
                self.left_out.add(number)
            elif value != message[number]:
                safe[number] = value
        return safe

    def _is_hidden(self, message: Message, number: int) -> bool:
        element = message.dialect.elements[number]
        value = message[number]
        if message_class(message.mti) == NETWORK and number not in OF_NETWORK_MANAGEMENT:
            return True
        if element.secret is not None or element.format == "b" or number in AUTHENTICATION or number == CHIP:
            return True
        if isinstance(value, Divided) and element.shown(value) != value:
            return True
        private = PRIVATE_1987 if message.dialect.version == "1987" else PRIVATE
        return number in private and number not in self.keep

    def _plain(self, value: str) -> str | None:
        """A text with test numbers for what may be card numbers; None where it looks like a track."""
        if any(_DATED.match(value, found.end()) for found in _DIGITS.finditer(value)):
            return None
        text = str(value)
        for real in self.real:
            text = text.replace(real, self.pan(real))
        given = frozenset(self._known.values())
        return _DIGITS.sub(
            lambda found: self.pan(found[0]) if is_card_number(found[0]) and found[0] not in given else found[0], text
        )


def pan_in(message: Message) -> str:
    """The card number of a message: DE 2, or that of track 2; "" where it has none."""
    pan = str(message.get(2) or "") or str(message.get(35) or "").partition("=")[0]
    return pan if pan.isdecimal() and 8 <= len(pan) <= 19 else ""


def card_numbers(messages: Iterable[Message]) -> frozenset[str]:
    """Every card number that messages say to be one."""
    return frozenset(filter(None, map(pan_in, messages)))
