"""QK: take a PIN under the LMK to another account number."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pin_under_lmk, pins
from saklar.hsm_sim.families.verification import PinUnderLmk, stored_pin
from saklar.hsm_sim.layout import Values, digits


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the PIN for the one account number, encrypt it for the other."""
    return {"pin": pin_under_lmk.encrypt(unit, stored_pin(unit, request), request["new_account_number"])}


COMMAND = Command(
    code="QK",
    title="Take a PIN under the LMK to another account number",
    request=(
        PinUnderLmk("pin", "[0-9]{24}"),
        pins.ACCOUNT_NUMBER,
        digits("new_account_number", 12, "12 right-most digits of the new PAN without the check digit"),
    ),
    response=(PinUnderLmk("pin"),),
    execute=execute,
)
