"""A0: generate a key."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.layout import Maybe, Optional, Values, When, characters, digits, hexadecimal, key

GENERATE, GENERATE_AND_EXPORT = "0", "1"

_EXPORT_KEYS = {"0": "000", "1": "002"}
"""Type of the key to export under, by flag: a ZMK or a TMK."""


def execute(unit: Unit, request: Values) -> Values:
    """Make a random key; give it under the LMK, and under a ZMK if asked."""
    mode, key_type, scheme = request["mode"], request["key_type"], request["lmk_scheme"]
    if mode not in (GENERATE, GENERATE_AND_EXPORT):
        raise HsmError(ErrorCode.INVALID_INPUT, f"mode {mode} is not supported")
    if scheme not in keys.SCHEME_DIGITS:
        raise HsmError(ErrorCode.KEY_SCHEME, f"key scheme {scheme} is unknown")
    new = keys.generate(keys.SCHEME_DIGITS[scheme] // 2)
    response = {
        "key_under_lmk": keys.encrypt_under_lmk(unit.lmk, key_type, new, scheme),
        "check_value": new.check_value[:6],
    }
    if mode == GENERATE_AND_EXPORT:
        response["key_under_zmk"] = _export(unit, new, request)
    return response


def _export(unit: Unit, new: keys.ClearKey, request: Values) -> str:
    flag = request.get("zmk_flag", "0")
    if flag not in _EXPORT_KEYS:
        raise HsmError(ErrorCode.INVALID_INPUT, "the ZMK flag is 0 or 1")
    exporting = keys.decrypt_under_lmk(unit.lmk, _EXPORT_KEYS[flag], request["zmk"])
    return keys.wrap(exporting.data, new.data, request["zmk_scheme"])


COMMAND = Command(
    code="A0",
    title="Generate a key",
    request=(
        hexadecimal("mode", 1, "0 generate, 1 generate and export under a ZMK or TMK", shown=True),
        hexadecimal("key_type", 3, "key type", shown=True),
        characters("lmk_scheme", 1, "key scheme under the LMK: Z, U, T, X or Y", shown=True),
        When(
            "mode",
            GENERATE_AND_EXPORT,
            (
                Optional(";", (digits("zmk_flag", 1, "0 for a ZMK, 1 for a TMK", shown=True),)),
                key("zmk", "ZMK or TMK under the LMK"),
                characters("zmk_scheme", 1, "key scheme under the ZMK", shown=True),
            ),
        ),
    ),
    response=(
        key("key_under_lmk", "the new key under the LMK"),
        Maybe(key("key_under_zmk", "the new key under the ZMK")),
        hexadecimal("check_value", 6, "KCV", shown=True),
    ),
    execute=execute,
)
