"""A8: export a key of any type."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.layout import Optional, Values, characters, digits, hexadecimal, key

EXPORT_KEYS = {"0": "000", "1": "002"}
"""Type of the key to export under, by flag: a ZMK or a TMK."""


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the key under the LMK, encrypt it under the ZMK or TMK."""
    flag = request.get("flag", "0")
    if flag not in EXPORT_KEYS:
        raise HsmError(ErrorCode.INVALID_INPUT, "the flag is 0 for a ZMK, 1 for a TMK")
    under = keys.decrypt_under_lmk(unit.lmk, EXPORT_KEYS[flag], request["zmk"])
    clear = keys.decrypt_under_lmk(
        unit.lmk, request["key_type"], request["key_under_lmk"], parity_error=ErrorCode.DESTINATION_KEY_PARITY
    )
    return {
        "key_under_zmk": keys.wrap(under.data, clear.data, request["zmk_scheme"]),
        "check_value": clear.check_value[:6],
    }


COMMAND = Command(
    code="A8",
    title="Export a key",
    request=(
        hexadecimal("key_type", 3, "key type", shown=True),
        Optional(";", (digits("flag", 1, "0 for a ZMK, 1 for a TMK", shown=True),)),
        key("zmk", "ZMK or TMK under the LMK"),
        key("key_under_lmk", "the key under the LMK"),
        characters("zmk_scheme", 1, "key scheme under the ZMK", shown=True),
    ),
    response=(key("key_under_zmk", "the key under the ZMK or TMK"), hexadecimal("check_value", 6, "KCV", shown=True)),
    execute=execute,
)
