"""BU: generate a key check value."""

import re

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.layout import Field, Optional, Values, When, digits, hexadecimal, key_pair

BY_TYPE = "FF"
SIX_DIGITS = "1"

_LENGTHS = {"0": 8, "1": 16, "2": 24}


def execute(unit: Unit, request: Values) -> Values:
    """Encrypt zeros under the key."""
    code = request["key_type_code"]
    key_type = request.get("key_type", "") if code == BY_TYPE else f"0{code}"
    if request["length_flag"] not in _LENGTHS:
        raise HsmError(ErrorCode.KEY_LENGTH_FLAG, "the key length flag is 0, 1 or 2")
    clear = keys.decrypt_under_lmk(unit.lmk, key_type, request["key"])
    if len(clear.data) != _LENGTHS[request["length_flag"]]:
        raise HsmError(ErrorCode.KEY_LENGTH_FLAG, "the key has another length than its flag says")
    value = clear.check_value
    return {"check_value": value[:6] if request.get("check_value_type") == SIX_DIGITS else value}


COMMAND = Command(
    code="BU",
    title="Generate a key check value",
    request=(
        hexadecimal(
            "key_type_code", 2, "00 ZMK, 01 ZPK, 02 TPK TMK PVK, 03 TAK, 08 ZAK, 09 BDK, FF any other", shown=True
        ),
        hexadecimal("length_flag", 1, "0 single, 1 double, 2 triple", shown=True),
        key_pair("key", "the key under the LMK"),
        When("key_type_code", BY_TYPE, (Optional(";", (hexadecimal("key_type", 3, "key type", shown=True),)),)),
        Optional(
            ";",
            (
                digits("reserved", 2, "00", shown=True),
                digits("check_value_type", 1, "0 for 16 digits, 1 for 6", shown=True),
            ),
        ),
    ),
    response=(Field("check_value", "6H or 16H", re.compile("[0-9A-F]{16}|[0-9A-F]{6}"), "KCV", shown=True),),
    execute=execute,
)
