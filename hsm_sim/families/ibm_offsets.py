"""What the commands have in common that verify or make PINs by the IBM 3624 offset."""

from __future__ import annotations

import re
from dataclasses import dataclass

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Unit
from saklar.hsm_sim.crypto import ibm3624
from saklar.hsm_sim.crypto.inputs import CryptoInputError
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.families.decimalisation_tables import TABLE, table_of
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import PVK_IBM
from saklar.hsm_sim.layout import Field, Values, digits

DECIMALISATION = TABLE
VALIDATION = Field(
    "validation_data",
    "12A",
    re.compile("[0-9A-FN]{12}|P[0-9A-F]{16}"),
    "N stands for the last 5 of the account number; or P and all 16 hex digits",
)
OFFSET = Field(
    "offset",
    "12H",
    re.compile("|".join(f"[0-9]{{{count}}}F{{{12 - count}}}" for count in range(12, 3, -1))),
    "left-justified, filled with F",
)
CHECK_LENGTH = digits("check_length", 2, "digits that are checked", shown=True)


def offset_of(unit: Unit, request: Values, pin: str) -> str:
    """The IBM offset of a PIN, filled with F to 12; raises HsmError."""
    card, length = _card(unit, request, Use.GENERATE), int(request["check_length"])
    try:
        return ibm3624.offset(card.pvk, card.validation, card.table, pin, length).ljust(12, "F")
    except CryptoInputError as error:
        raise HsmError(ErrorCode.INVALID_INPUT, str(error)) from None


def check_offset(unit: Unit, request: Values, pin: str) -> None:
    """Whether the PIN is the card's; raises HsmError, with 01 where it is not."""
    card = _card(unit, request, Use.VERIFY)
    try:
        good = ibm3624.verify(card.pvk, card.validation, card.table, pin, _given_offset(request))
    except CryptoInputError as error:
        raise HsmError(ErrorCode.INVALID_INPUT, str(error)) from None
    if not good:
        raise HsmError(ErrorCode.VERIFICATION_FAILED, "the PIN is not that of the offset")


def derived_pin(unit: Unit, request: Values) -> str:
    """The PIN that an offset belongs to; raises HsmError."""
    card = _card(unit, request, Use.GENERATE)
    try:
        return ibm3624.pin_of_offset(card.pvk, card.validation, card.table, _given_offset(request))
    except CryptoInputError as error:
        raise HsmError(ErrorCode.INVALID_INPUT, str(error)) from None


@dataclass(frozen=True, slots=True, repr=False)
class _Card:
    """What a card's natural PIN comes of: PVK, validation block of 16 hex digits, decimalisation table."""

    pvk: bytes
    validation: str
    table: str


def _card(unit: Unit, request: Values, use: Use) -> _Card:
    pvk = keys.decrypt_under_lmk(
        unit.lmk, PVK_IBM, request["pvk"], parity_error=ErrorCode.DESTINATION_KEY_PARITY, use=use
    )
    return _Card(pvk.data, _validation(request), table_of(unit, request["decimalisation_table"]))


def _validation(request: Values) -> str:
    given = request["validation_data"]
    if given.startswith("P"):
        return given[1:]
    try:
        return ibm3624.validation_block(given, request["account_number"])
    except CryptoInputError as error:
        raise HsmError(ErrorCode.INVALID_INPUT, str(error)) from None


def _given_offset(request: Values) -> str:
    return request["offset"].rstrip("F")[: int(request["check_length"])]
