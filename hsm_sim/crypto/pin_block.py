"""PIN blocks of 8 bytes in the clear, named by their payShield format codes; `pin_block_aes` has those of 16."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from saklar.hsm_sim.crypto.inputs import check_digits, check_length

MIN_PIN, MAX_PIN = 4, 12
"""Digits of a PIN (ISO 9564-1 §8.1)."""

BLOCK_DIGITS = 16
ACCOUNT_DIGITS = 12

Filler = Callable[[int], str]
"""Makes that many random hex digits."""


class PinBlockError(ValueError):
    """The block holds no PIN in this format: the wrong key, the wrong account number, or no PIN block."""


class PinLengthError(ValueError):
    """The PIN has fewer digits than the format holds, which is 4, or more, which is 12 mostly."""


class AccountNumberError(ValueError):
    """The account number has not the digits that the format takes."""


class PinBlockFormat(Protocol):
    """A way to put a PIN into 8 bytes. `account_number` is the 12 right-most PAN digits without the check digit.

    Format code 04 alone takes 18 digits instead, as its commands do.
    """

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
    """The 12 right-most digits of a PAN without its check digit, filled with zeros on the left (ISO 9564-1 §9.3).

    Examples:
        >>> account_number("5555555551234567")
        '555555123456'
    """
    return pan[:-1][-12:].rjust(12, "0")


@dataclass(frozen=True, slots=True)
class IsoFormat:
    """Formats 0 to 3 of ISO 9564-1 §9.3: control digit, length, PIN, filling; 0 and 3 are XORed with the PAN."""

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
        if not self.tied_to_pan:
            return 0
        if len(account_number) != ACCOUNT_DIGITS or not account_number.isdecimal():
            raise AccountNumberError(f"the account number of {self.name} has {ACCOUNT_DIGITS} digits")
        return int(account_number, 16)


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


@dataclass(frozen=True, slots=True)
class DocutelFormat:
    """One digit for the length, the PIN of up to 6 digits filled with zeros, and 9 digits of no meaning (Docutel)."""

    name: str
    max_pin = 6
    meaningless = 9

    def encode(self, pin: str, account_number: str, filler: Filler) -> bytes:  # noqa: ARG002 (one signature)
        """See `PinBlockFormat`; the PIN has 6 digits at most."""
        fill = "".join(str(byte % 10) for byte in bytes.fromhex(filler(2 * self.meaningless)))
        return bytes.fromhex(f"{len(self._held(pin))}{pin.ljust(self.max_pin, '0')}{fill}")

    def decode(self, block: bytes, account_number: str) -> str:  # noqa: ARG002 (one signature)
        """See `PinBlockFormat`."""
        text = block.hex()
        length, field = int(text[0], 16), text[1 : 1 + self.max_pin]
        if not text.isdecimal() or field[length:].strip("0"):
            raise PinBlockError(f"not a block of {self.name} for this key")
        return field[: len(self._held("0" * length))]

    def _held(self, pin: str) -> str:
        if not MIN_PIN <= len(pin) <= self.max_pin:
            raise PinLengthError(f"a PIN of {self.name} has {MIN_PIN} to {self.max_pin} digits")
        return pin


@dataclass(frozen=True, slots=True)
class PlusFormat:
    """ISO 9564 format 0 with the left-most 12 digits of an account number of 18 (PLUS network)."""

    iso_0: PinBlockFormat
    account_digits = 18

    def encode(self, pin: str, account_number: str, filler: Filler) -> bytes:
        """See `PinBlockFormat`; raises AccountNumberError if the account number has not 18 digits."""
        return self.iso_0.encode(pin, self._left(account_number), filler)

    def decode(self, block: bytes, account_number: str) -> str:
        """See `PinBlockFormat`; raises AccountNumberError if the account number has not 18 digits."""
        return self.iso_0.decode(block, self._left(account_number))

    def _left(self, account_number: str) -> str:
        if len(account_number) != self.account_digits or not account_number.isdecimal():
            raise AccountNumberError(f"the account number of a PLUS block has {self.account_digits} digits")
        return account_number[:ACCOUNT_DIGITS]


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
    "34": IsoFormat("ISO 9564 format 2", "2", False, _all_f, lambda fill: set(fill) <= {"F"}),
    "47": IsoFormat("ISO 9564 format 3", "3", True, _letters, lambda fill: set(fill) <= set("ABCDEF")),
}
"""By payShield format code: those that hold any PIN and take 12 digits of the account number, or none."""

PARTICULAR_FORMATS: dict[str, PinBlockFormat] = {
    "02": DocutelFormat("Docutel"),
    "04": PlusFormat(FORMATS["01"]),
}
"""Those that refuse a PIN of more than 6 digits (02), and an account number that has not 18 (04)."""

_ALL = FORMATS | PARTICULAR_FORMATS


def encode(code: str, pin: str, account_number: str, filler: Filler) -> bytes:
    """The 8-byte block of a PIN in the format of that code.

    Raises:
        KeyError: the code is of neither `FORMATS` nor `PARTICULAR_FORMATS`.
        PinLengthError: the PIN is too short or too long.
        NotDigitsError: it has something else than digits.
        AccountNumberError: the account number has not the digits that the format takes.

    Examples:
        >>> account = account_number("5555555551234567")
        >>> encode("01", "1234", account, lambda count: "F" * count).hex()
        '041261aaaaedcba9'
    """
    check_digits(_in_range(pin), (len(pin),), "the PIN")
    return _ALL[code].encode(pin, account_number, filler)


def decode(code: str, block: bytes, account_number: str) -> str:
    """The PIN in an 8-byte block of the format of that code.

    Raises:
        KeyError: the code is of neither `FORMATS` nor `PARTICULAR_FORMATS`.
        PinBlockError: the block holds no PIN.
        PinLengthError: it holds one that is too short or too long.
        AccountNumberError: the account number has not the digits that the format takes.
        DataLengthError: the block has not 8 bytes.

    Examples:
        >>> account = account_number("5555555551234567")
        >>> decode("01", bytes.fromhex("041261AAAAEDCBA9"), account)
        '1234'
    """
    check_length(block, (BLOCK_DIGITS // 2,), "the PIN block")
    return _ALL[code].decode(block, account_number)
