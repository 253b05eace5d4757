"""EC: verify a PIN under a ZPK by its Visa PVV."""

import hmac

from saklar.hsm_sim import keys, pins
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.crypto.pvv import visa_pvv
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.layout import Values, digits, hexadecimal, key, key_pair

ZPK, PVK = "001", "002"
PVK_BYTES = 16


def execute(unit: Unit, request: Values) -> Values:
    """Compute the PVV of the PIN in the block and compare."""
    zpk = keys.decrypt_under_lmk(unit.lmk, ZPK, request["zpk"])
    pvk = keys.decrypt_under_lmk(unit.lmk, PVK, request["pvk"], parity_error=ErrorCode.DESTINATION_KEY_PARITY)
    if len(pvk.data) != PVK_BYTES:
        raise HsmError(ErrorCode.KEY_LENGTH_INCOMPATIBLE, "a PVK is a pair")
    account_number = request["account_number"]
    pin = pins.decrypt_pin(zpk, request["pin_block"], request["pin_block_format"], account_number)
    pvv = visa_pvv(pvk.data, account_number, request["pvki"], pin)
    if not hmac.compare_digest(pvv, request["pvv"]):
        raise HsmError(ErrorCode.VERIFICATION_FAILED, "the PIN is not that of the PVV")
    return {}


COMMAND = Command(
    code="EC",
    title="Verify a PIN under a ZPK by its Visa PVV",
    request=(
        key("zpk", "ZPK that the PIN comes under"),
        key_pair("pvk", "PVK pair"),
        hexadecimal("pin_block", 16, "PIN block under the ZPK"),
        digits("pin_block_format", 2, "its format code", shown=True),
        pins.ACCOUNT_NUMBER,
        digits("pvki", 1, "PVK index", shown=True),
        digits("pvv", 4, "PVV to compare with"),
    ),
    response=(),
    execute=execute,
)
