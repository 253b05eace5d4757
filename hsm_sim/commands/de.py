"""DE: generate the IBM offset of a PIN under the LMK."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.ibm_offsets import CHECK_LENGTH, DECIMALISATION, OFFSET, VALIDATION, offset_of
from saklar.hsm_sim.families.verification import PinUnderLmk, stored_pin
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the PIN and compute its offset."""
    return {"offset": offset_of(unit, request, stored_pin(unit, request))}


COMMAND = Command(
    code="DE",
    title="Generate an IBM offset",
    request=(
        key("pvk", "PVK"),
        PinUnderLmk("pin", "[0-9]{14}[0-9A-F]{16}(?:[0-9A-FN]{12}|P[0-9A-F]{16})"),
        CHECK_LENGTH,
        pins.ACCOUNT_NUMBER,
        DECIMALISATION,
        VALIDATION,
    ),
    response=(OFFSET,),
    execute=execute,
)
