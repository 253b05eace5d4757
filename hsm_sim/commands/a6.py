"""A6: import a key of any type."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.crypto import tdes
from saklar.hsm_sim.errors import ErrorCode, HsmWarning
from saklar.hsm_sim.layout import Values, characters, hexadecimal, key
from saklar.hsm_sim.transport import ZMK


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the key under the ZMK, encrypt it under the LMK; of even parity it is corrected, with warning 01."""
    zmk = keys.decrypt_under_lmk(unit.lmk, ZMK, request["zmk"])
    clear = keys.unwrap(zmk.data, request["key_under_zmk"])
    good = keys.ClearKey(tdes.with_odd_parity(clear))
    response = {
        "key_under_lmk": keys.encrypt_under_lmk(unit.lmk, request["key_type"], good, request["lmk_scheme"]),
        "check_value": good.check_value[:6],
    }
    if not tdes.has_odd_parity(clear):
        raise HsmWarning(ErrorCode.VERIFICATION_FAILED, "the imported key had even parity", response)
    return response


COMMAND = Command(
    code="A6",
    title="Import a key",
    request=(
        hexadecimal("key_type", 3, "key type", shown=True),
        key("zmk", "ZMK under the LMK"),
        key("key_under_zmk", "the key under the ZMK"),
        characters("lmk_scheme", 1, "key scheme under the LMK", shown=True),
    ),
    response=(key("key_under_lmk", "the key under the LMK"), hexadecimal("check_value", 6, "KCV", shown=True)),
    execute=execute,
)
