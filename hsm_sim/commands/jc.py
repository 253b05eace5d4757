"""JC: translate a PIN from a TPK to the LMK."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pin_under_lmk, pins
from saklar.hsm_sim.families.verification import PinUnderLmk, pin_in
from saklar.hsm_sim.keys.key_types import TPK
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the block, encrypt the PIN under the LMK for the host to store."""
    pin = pin_in(unit, TPK, request["tpk"], request)
    return {"pin": pin_under_lmk.encrypt(unit, pin, request["account_number"])}


COMMAND = Command(
    code="JC",
    title="Translate a PIN from a TPK to the LMK",
    request=(key("tpk", "TPK that the PIN comes under"), *pins.pin_block_under("tpk"), pins.ACCOUNT_NUMBER),
    response=(PinUnderLmk("pin"),),
    execute=execute,
)
