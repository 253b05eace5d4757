"""JE: translate a PIN from a ZPK to the LMK."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pin_under_lmk, pins
from saklar.hsm_sim.families.verification import PinUnderLmk, pin_in
from saklar.hsm_sim.keys.key_types import ZPK
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the block, encrypt the PIN under the LMK for the host to store."""
    pin = pin_in(unit, ZPK, request["zpk"], request)
    return {"pin": pin_under_lmk.encrypt(unit, pin, request["account_number"])}


COMMAND = Command(
    code="JE",
    title="Translate a PIN from a ZPK to the LMK",
    request=(key("zpk", "ZPK that the PIN comes under"), *pins.pin_block_under("zpk"), pins.ACCOUNT_NUMBER),
    response=(PinUnderLmk("pin"),),
    execute=execute,
)
