"""What the commands have in common that verify PINs: keys, blocks, and PINs to compare with."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Unit
from saklar.hsm_sim.crypto.pvv import visa_pvv
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.families import pin_under_lmk, pins
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import PVK_VISA, KeyType
from saklar.hsm_sim.layout import Reader, Values, digits, key_pair

PVK_PAIR = key_pair("pvk", "PVK pair")
PVKI = digits("pvki", 1, "PVK index", shown=True)
PVV = digits("pvv", 4, "PIN verification value")


@dataclass(frozen=True, slots=True)
class PinUnderLmk:
    """A PIN under the LMK; its length is not said, so it ends where the rest of the request is what follows it."""

    name: str
    followed_by: str = ""

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        after = f"(?={self.followed_by}(?:%|\x19|$))"
        values[self.name] = reader.take(re.compile(f"[0-9]{{5,13}}{after}"), self.name)

    def write(self, values: Values) -> str:
        """See `Part`."""
        value = values.get(self.name, "")
        if re.fullmatch("[0-9]{5,13}", value) is None:
            raise ValueError(f"{self.name}: 5 to 13 digits are expected")
        return value

    def rows(self) -> list[tuple[str, str, str]]:
        """See `Part`."""
        return [(self.name, "LN", "PIN under the LMK, one digit longer than the PIN")]


def pin_in(unit: Unit, key_type: str | KeyType, encrypted_key: str, request: Values, block: str = "pin_block") -> str:
    """The PIN of a request's block; raises HsmError."""
    key = keys.decrypt_under_lmk(unit.lmk, key_type, encrypted_key, use=Use.DECRYPT, algorithms=keys.SYMMETRIC)
    return pins.decrypt_pin(key, request[block], request["pin_block_format"], request)


def pvk_pair(unit: Unit, request: Values, use: Use = Use.GENERATE) -> bytes:
    """The PVK of a PVV; raises HsmError where it is no pair."""
    pvk = keys.decrypt_under_lmk(
        unit.lmk, PVK_VISA, request["pvk"], parity_error=ErrorCode.DESTINATION_KEY_PARITY, use=use
    )
    if len(pvk.data) != keys.PAIR_BYTES:
        raise HsmError(ErrorCode.KEY_LENGTH_INCOMPATIBLE, "a PVK is a pair")
    return pvk.data


def pvv_of(unit: Unit, request: Values, pin: str, use: Use = Use.GENERATE) -> str:
    """The PVV of a PIN; raises HsmError."""
    account_number = request.get("other_account_number", request["account_number"])
    return visa_pvv(pvk_pair(unit, request, use), account_number, request["pvki"], pin)


def same(left: str, right: str, what: str) -> None:
    """Compare secrets in constant time; raises HsmError with 01."""
    if not hmac.compare_digest(left.encode(), right.encode()):
        raise HsmError(ErrorCode.VERIFICATION_FAILED, what)


def stored_pin(unit: Unit, request: Values) -> str:
    """The PIN under the LMK of a request; raises HsmError."""
    return pin_under_lmk.decrypt(unit, request["pin"], request["account_number"])
