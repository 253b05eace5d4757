"""EE: derive a PIN by its IBM offset."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pin_under_lmk, pins
from saklar.hsm_sim.families.ibm_offsets import CHECK_LENGTH, DECIMALISATION, OFFSET, VALIDATION, derived_pin
from saklar.hsm_sim.families.verification import PinUnderLmk
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Compute the card's PIN; give it under the LMK."""
    return {"pin": pin_under_lmk.encrypt(unit, derived_pin(unit, request), request["account_number"])}


COMMAND = Command(
    code="EE",
    title="Derive a PIN by its IBM offset",
    request=(key("pvk", "PVK"), OFFSET, CHECK_LENGTH, pins.ACCOUNT_NUMBER, DECIMALISATION, VALIDATION),
    response=(PinUnderLmk("pin"),),
    execute=execute,
)
