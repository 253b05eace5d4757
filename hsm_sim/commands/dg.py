"""DG: generate the Visa PVV of a PIN under the LMK."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.verification import PVK_PAIR, PVKI, PVV, PinUnderLmk, pvv_of, stored_pin
from saklar.hsm_sim.layout import Values


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the PIN and compute its PVV."""
    return {"pvv": pvv_of(unit, request, stored_pin(unit, request))}


COMMAND = Command(
    code="DG",
    title="Generate a Visa PVV",
    request=(PVK_PAIR, PinUnderLmk("pin", "[0-9]{13}"), pins.ACCOUNT_NUMBER, PVKI),
    response=(PVV,),
    execute=execute,
)
