"""PINs under the LMK, for a host to store: one digit more than the PIN, and digits only.

How a real unit makes them is its maker's secret, and hosts treat them as opaque. Here the PIN with a zero before it
goes through a Feistel network of decimal digits (as in NIST SP 800-38G, but with triple DES under LMK pair 02-03 as
the round function), tied to the account number. Nine wrong ones in ten do not decrypt to a zero, and are refused.

Other simulators use the zero and the PIN itself. That is no protection at all; a unit can be told to do the same, for
hosts whose test data was made with one of them.
"""

from __future__ import annotations

from saklar.hsm_sim.command import Unit
from saklar.hsm_sim.crypto import tdes
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.keys.lmk import Lmk

_PAIR = 1
"""Index of LMK pair 02-03, for PINs in host storage."""

_ROUNDS = 10
_MARK = "0"


def encrypt(unit: Unit, pin: str, account_number: str) -> str:
    """The PIN of 4 to 12 digits under the LMK: one digit more."""
    digits = _MARK + pin
    if unit.security.clear_pins:
        return digits
    lmk = unit.lmk
    half = len(digits) // 2
    left, right = digits[:half], digits[half:]
    for number in range(_ROUNDS):
        left, right = right, _sum(left, _round(lmk, number, right, account_number, len(left)), 1)
    return left + right


def decrypt(unit: Unit, encrypted: str, account_number: str) -> str:
    """The PIN.

    Raises:
        HsmError: it is none of this account number's under this LMK.
    """
    digits = encrypted if unit.security.clear_pins else _deciphered(unit.lmk, encrypted, account_number)
    if not digits.startswith(_MARK):
        raise HsmError(ErrorCode.PIN_UNDER_LMK, "the PIN under the LMK is not one of this account number")
    return digits[1:]


def _deciphered(lmk: Lmk, encrypted: str, account_number: str) -> str:
    half = len(encrypted) // 2
    left, right = encrypted[:half], encrypted[half:]
    for number in reversed(range(_ROUNDS)):
        left, right = _sum(right, _round(lmk, number, left, account_number, len(right)), -1), left
    return left + right


def _round(lmk: Lmk, number: int, digits: str, account_number: str, length: int) -> int:
    """A number of so many digits that depends on all of this."""
    block = int(account_number).to_bytes(8, "big")
    message = int(f"{number + 1}{len(digits):02d}{digits}{length:02d}").to_bytes(8, "big")
    key = lmk.pair(_PAIR)
    mixed = tdes.encrypt(key, bytes(a ^ b for a, b in zip(tdes.encrypt(key, block), message, strict=True)))
    return int(int.from_bytes(mixed, "big") % 10**length)


def _sum(digits: str, number: int, sign: int) -> str:
    return f"{(int(digits) + sign * number) % 10 ** len(digits):0{len(digits)}d}"
