"""A0: generate a key."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.crypto.tr31_header import Header
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.families import attributes
from saklar.hsm_sim.families.transport import ZMK_FLAG, zmk_or_tmk
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.lmk import KeyBlockLmk
from saklar.hsm_sim.layout import Maybe, Values, When, characters, hexadecimal, key

GENERATE, GENERATE_AND_EXPORT = "0", "1"


def execute(unit: Unit, request: Values) -> Values:
    """Make a random key; give it under the LMK, and under a ZMK if asked."""
    mode, key_type, scheme = request["mode"], request["key_type"], request["lmk_scheme"]
    if mode not in (GENERATE, GENERATE_AND_EXPORT):
        raise HsmError(ErrorCode.INVALID_INPUT, f"mode {mode} is not supported")
    new, header = _made(unit, request)
    response = {
        "key_under_lmk": keys.encrypt_under_lmk(unit.lmk, key_type, new, scheme, header),
        "check_value": new.check_value[:6],
    }
    if mode == GENERATE_AND_EXPORT:
        zmk = zmk_or_tmk(unit, request, Use.ENCRYPT)
        header = attributes.header_for_export(request, new) or header
        response["key_under_zmk"] = keys.encrypt_under_key(
            zmk, key_type, new, request["zmk_scheme"], header, request.get("block_version")
        )
    return response


def _made(unit: Unit, request: Values) -> tuple[keys.ClearKey, Header | None]:
    """A random key, as long as its scheme or, for a key block, its attributes say."""
    if isinstance(unit.lmk, KeyBlockLmk):
        wanted = attributes.new_key(request)
        return keys.generate(wanted.length, wanted.algorithm), wanted.header
    if request["lmk_scheme"] not in keys.SCHEME_DIGITS:
        raise HsmError(ErrorCode.KEY_SCHEME, f"key scheme {request['lmk_scheme']} is not one of a variant LMK")
    return keys.generate(keys.SCHEME_DIGITS[request["lmk_scheme"]] // 2), None


COMMAND = Command(
    code="A0",
    title="Generate a key",
    request=(
        hexadecimal("mode", 1, "0 generate, 1 generate and export under a ZMK or TMK", shown=True),
        hexadecimal("key_type", 3, "key type; FFF for a key-block LMK", shown=True),
        characters("lmk_scheme", 1, "key scheme under the LMK: Z, U, T, X or Y, or S for a key block", shown=True),
        When(
            "mode",
            GENERATE_AND_EXPORT,
            (
                ZMK_FLAG,
                key("zmk", "ZMK or TMK under the LMK"),
                characters("zmk_scheme", 1, "key scheme under it; R for TR-31, S for payShield's own", shown=True),
            ),
        ),
    ),
    options=(attributes.ATTRIBUTES, attributes.EXPORT_ATTRIBUTES, attributes.BLOCK_VERSION),
    response=(
        key("key_under_lmk", "the new key under the LMK"),
        Maybe(key("key_under_zmk", "the new key under the ZMK")),
        hexadecimal("check_value", 6, "KCV", shown=True),
    ),
    execute=execute,
)
