"""A8: export a key of any type."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode
from saklar.hsm_sim.families import attributes
from saklar.hsm_sim.families.transport import ZMK_FLAG, zmk_or_tmk
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.layout import Values, characters, hexadecimal, key


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the key under the LMK, encrypt it under the ZMK or TMK."""
    key_type = request["key_type"]
    zmk = zmk_or_tmk(unit, request, Use.ENCRYPT)
    clear = keys.decrypt_under_lmk(
        unit.lmk,
        key_type,
        request["key_under_lmk"],
        parity_error=ErrorCode.DESTINATION_KEY_PARITY,
        algorithms=keys.SYMMETRIC,
    )
    header = attributes.header_for_export(request, clear)
    return {
        "key_under_zmk": keys.encrypt_under_key(
            zmk, key_type, clear, request["zmk_scheme"], header, request.get("block_version")
        ),
        "check_value": clear.check_value[:6],
    }


COMMAND = Command(
    code="A8",
    title="Export a key",
    request=(
        hexadecimal("key_type", 3, "key type; FFF for a key-block LMK", shown=True),
        ZMK_FLAG,
        key("zmk", "ZMK or TMK under the LMK"),
        key("key_under_lmk", "the key under the LMK"),
        characters("zmk_scheme", 1, "key scheme under it; R for a TR-31 key block, S for payShield's own", shown=True),
    ),
    options=(attributes.EXPORT_ATTRIBUTES, attributes.BLOCK_VERSION),
    response=(key("key_under_zmk", "the key under the ZMK or TMK"), hexadecimal("check_value", 6, "KCV", shown=True)),
    execute=execute,
)
