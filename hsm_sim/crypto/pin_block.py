"""PIN blocks in the clear, named by their payShield format codes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

MIN_PIN, MAX_PIN = 4, 12
"""Digits of a PIN (ISO 9564-1 §8.1)."""

BLOCK_DIGITS = 16

Filler = Callable[[int], str]
"""Makes that many random hex digits."""


class PinBlockError(ValueError):
    """The block holds no PIN in this format: the wrong key, the wrong account number, or no PIN block."""


class PinLengthError(ValueError):
    """The PIN has fewer than 4 or more than 12 digits."""


class PinBlockFormat(Protocol):
    """A way to put a PIN into 8 bytes. `account_number` is the 12 right-most PAN digits without the check digit."""

    def encode(self, pin: str, account_number: str, filler: Filler) -> bytes:
        """The block of a PIN of 4 to 12 digits."""

    def decode(self, block: bytes, account_number: str) -> str:
        """The PIN in a block.

        Raises:
            PinBlockError: there is none.
            PinLengthError: there is one of fewer than 4 or more than 12 digits.
        """


def _in_range(pin: str) -> str:
    if not MIN_PIN <= len(pin) <= MAX_PIN:
        raise PinLengthError(f"a PIN has {MIN_PIN} to {MAX_PIN} digits")
    return pin


def account_number(pan: str) -> str:
    """The 12 right-most digits of a PAN without its check digit, filled with zeros on the left (ISO 9564-1 §9.3)."""
    return pan[:-1][-12:].rjust(12, "0")


@dataclass(frozen=True, slots=True)
class IsoFormat:
    """Formats 0, 1 and 3 of ISO 9564-1 §9.3: control digit, length, PIN, filling; 0 and 3 are XORed with the PAN."""

    name: str
    control: str
    tied_to_pan: bool
    fill: Callable[[Filler, int], str]
    is_fill: Callable[[str], bool]

    def encode(self, pin: str, account_number: str, filler: Filler) -> bytes:
        """See `PinBlockFormat`."""
        text = f"{self.control}{len(pin):X}{pin}"
        text += self.fill(filler, BLOCK_DIGITS - len(text))
        return (int(text, 16) ^ self._mask(account_number)).to_bytes(8, "big")

    def decode(self, block: bytes, account_number: str) -> str:
        """See `PinBlockFormat`."""
        text = f"{int.from_bytes(block, 'big') ^ self._mask(account_number):016X}"
        length = int(text[1], 16)
        pin, fill = text[2 : 2 + length], text[2 + length :]
        well_formed = text[0] == self.control and len(pin) == length and pin.isdecimal() and self.is_fill(fill)
        if not well_formed:
            raise PinBlockError(f"not a block of {self.name} for this key and account")
        return _in_range(pin)

    def _mask(self, account_number: str) -> int:
        return int(account_number, 16) if self.tied_to_pan else 0


@dataclass(frozen=True, slots=True)
class DieboldFormat:
    """The PIN, then F to the end (Diebold and IBM cash machines)."""

    name: str

    def encode(self, pin: str, account_number: str, filler: Filler) -> bytes:  # noqa: ARG002 (one signature)
        """See `PinBlockFormat`."""
        return bytes.fromhex(pin.ljust(BLOCK_DIGITS, "F"))

    def decode(self, block: bytes, account_number: str) -> str:  # noqa: ARG002 (one signature)
        """See `PinBlockFormat`."""
        pin = block.hex().rstrip("f")
        if not pin.isdecimal():
            raise PinBlockError(f"not a block of {self.name} for this key")
        return _in_range(pin)


def _all_f(_: Filler, length: int) -> str:
    return "F" * length


def _any(filler: Filler, length: int) -> str:
    return filler(length)


def _letters(filler: Filler, length: int) -> str:
    """Format 3 is filled with random digits from A to F; two hex digits for each make them all but equally likely."""
    return "".join("ABCDEF"[byte % 6] for byte in bytes.fromhex(filler(2 * length)))


FORMATS: dict[str, PinBlockFormat] = {
    "01": IsoFormat("ISO 9564 format 0", "0", True, _all_f, lambda fill: set(fill) <= {"F"}),
    "03": DieboldFormat("Diebold"),
    "05": IsoFormat("ISO 9564 format 1", "1", False, _any, lambda _: True),
    "47": IsoFormat("ISO 9564 format 3", "3", True, _letters, lambda fill: set(fill) <= set("ABCDEF")),
}
"""By payShield format code."""


def encode(code: str, pin: str, account_number: str, filler: Filler) -> bytes:
    """The 8-byte block of a PIN in the format of that code.

    Raises:
        KeyError: the code is none of `FORMATS`.
        PinLengthError: the PIN is too short or too long.
    """
    return FORMATS[code].encode(_in_range(pin), account_number, filler)


def decode(code: str, block: bytes, account_number: str) -> str:
    """The PIN in an 8-byte block of the format of that code.

    Raises:
        KeyError: the code is none of `FORMATS`.
        PinBlockError: the block holds no PIN.
        PinLengthError: it holds one that is too short or too long.
    """
    return FORMATS[code].decode(block, account_number)
