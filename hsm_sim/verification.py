"""What the commands have in common that verify PINs: keys, blocks, and PINs to compare with."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

from saklar.hsm_sim import keys, pin_under_lmk, pins
from saklar.hsm_sim.command import Unit
from saklar.hsm_sim.crypto import decimalisation, ibm3624
from saklar.hsm_sim.crypto.inputs import CryptoInputError
from saklar.hsm_sim.crypto.pvv import visa_pvv
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.layout import Field, Reader, Values, digits, hexadecimal, key_pair

TPK, ZPK, PVK = "002", "001", "002"
PAIR_BYTES = 16

PIN_BLOCK = (
    hexadecimal("pin_block", 16, "PIN block under the key"),
    digits("pin_block_format", 2, "its format code", shown=True),
)
PVK_PAIR = key_pair("pvk", "PVK pair")
PVKI = digits("pvki", 1, "PVK index", shown=True)
PVV = digits("pvv", 4, "PIN verification value")

DECIMALISATION = digits("decimalisation_table", 16, "decimalisation table")
VALIDATION = Field(
    "validation_data", "12A", re.compile("[0-9A-FN]{12}"), "N stands for the last 5 of the account number"
)
OFFSET = Field(
    "offset",
    "12H",
    re.compile("|".join(f"[0-9]{{{count}}}F{{{12 - count}}}" for count in range(12, 3, -1))),
    "left-justified, filled with F",
)
CHECK_LENGTH = digits("check_length", 2, "digits that are checked", shown=True)


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


def pin_in(unit: Unit, key_type: str, encrypted_key: str, request: Values, block: str = "pin_block") -> str:
    """The PIN of a request's block; raises HsmError."""
    key = keys.decrypt_under_lmk(unit.lmk, key_type, encrypted_key)
    return pins.decrypt_pin(key, request[block], request["pin_block_format"], request["account_number"])


def pvk_pair(unit: Unit, request: Values) -> bytes:
    """The PVK of a PVV; raises HsmError where it is no pair."""
    pvk = keys.decrypt_under_lmk(unit.lmk, PVK, request["pvk"], parity_error=ErrorCode.DESTINATION_KEY_PARITY)
    if len(pvk.data) != PAIR_BYTES:
        raise HsmError(ErrorCode.KEY_LENGTH_INCOMPATIBLE, "a PVK is a pair")
    return pvk.data


def pvv_of(unit: Unit, request: Values, pin: str) -> str:
    """The PVV of a PIN; raises HsmError."""
    return visa_pvv(pvk_pair(unit, request), request["account_number"], request["pvki"], pin)


def offset_of(unit: Unit, request: Values, pin: str) -> str:
    """The IBM offset of a PIN, filled with F to 12; raises HsmError."""
    pvk, validation = _ibm(unit, request)
    try:
        found = ibm3624.offset(pvk, validation, request["decimalisation_table"], pin, int(request["check_length"]))
    except CryptoInputError as error:
        raise HsmError(ErrorCode.INVALID_INPUT, str(error)) from None
    return found.ljust(12, "F")


def check_offset(unit: Unit, request: Values, pin: str) -> None:
    """Whether the PIN is the card's; raises HsmError, with 01 where it is not."""
    pvk, validation = _ibm(unit, request)
    offset = request["offset"].rstrip("F")[: int(request["check_length"])]
    try:
        good = ibm3624.verify(pvk, validation, request["decimalisation_table"], pin, offset)
    except CryptoInputError as error:
        raise HsmError(ErrorCode.INVALID_INPUT, str(error)) from None
    if not good:
        raise HsmError(ErrorCode.VERIFICATION_FAILED, "the PIN is not that of the offset")


def derived_pin(unit: Unit, request: Values) -> str:
    """The PIN that an offset belongs to; raises HsmError."""
    pvk, validation = _ibm(unit, request)
    offset = request["offset"].rstrip("F")[: int(request["check_length"])]
    try:
        return ibm3624.pin_of_offset(pvk, validation, request["decimalisation_table"], offset)
    except CryptoInputError as error:
        raise HsmError(ErrorCode.INVALID_INPUT, str(error)) from None


def _ibm(unit: Unit, request: Values) -> tuple[bytes, str]:
    """The PVK and the validation block; a weak decimalisation table is refused (error 25), as it gives PINs away."""
    pvk = keys.decrypt_under_lmk(unit.lmk, PVK, request["pvk"], parity_error=ErrorCode.DESTINATION_KEY_PARITY)
    try:
        decimalisation.check_table(request["decimalisation_table"])
    except CryptoInputError as error:
        raise HsmError(ErrorCode.DECIMALISATION_TABLE, str(error)) from None
    try:
        return pvk.data, ibm3624.validation_block(request["validation_data"], request["account_number"])
    except CryptoInputError as error:
        raise HsmError(ErrorCode.INVALID_INPUT, str(error)) from None


def same(left: str, right: str, what: str) -> None:
    """Compare secrets in constant time; raises HsmError with 01."""
    if not hmac.compare_digest(left.encode(), right.encode()):
        raise HsmError(ErrorCode.VERIFICATION_FAILED, what)


def stored_pin(unit: Unit, request: Values) -> str:
    """The PIN under the LMK of a request; raises HsmError."""
    return pin_under_lmk.decrypt(unit, request["pin"], request["account_number"])
