"""A6: import a key."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode, HsmWarning
from saklar.hsm_sim.families import attributes
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import ZMK
from saklar.hsm_sim.layout import Values, characters, hexadecimal, key


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the key under the ZMK, encrypt it under the LMK; of even parity it is corrected, with warning 01."""
    key_type = request["key_type"]
    zmk = keys.decrypt_under_lmk(unit.lmk, ZMK, request["zmk"], use=Use.DECRYPT, algorithms=keys.SYMMETRIC)
    clear = keys.decrypt_under_key(zmk, key_type, request["key_under_zmk"])
    good = keys.corrected(clear)
    header = attributes.new_key(request).header if "usage" in request else None
    response = {
        "key_under_lmk": keys.encrypt_under_lmk(unit.lmk, key_type, good, request["lmk_scheme"], header),
        "check_value": good.check_value[:6],
    }
    if good != clear:
        raise HsmWarning(ErrorCode.VERIFICATION_FAILED, "the imported key had even parity", response)
    return response


COMMAND = Command(
    code="A6",
    title="Import a key",
    request=(
        hexadecimal("key_type", 3, "key type; FFF for a key-block LMK", shown=True),
        key("zmk", "ZMK under the LMK"),
        key("key_under_zmk", "the key under the ZMK"),
        characters("lmk_scheme", 1, "key scheme under the LMK", shown=True),
    ),
    options=(attributes.ATTRIBUTES,),
    response=(key("key_under_lmk", "the key under the LMK"), hexadecimal("check_value", 6, "KCV", shown=True)),
    execute=execute,
)
