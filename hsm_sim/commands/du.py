"""DU: verify a PIN by its IBM offset, and generate the offset of a new one: a PIN change by the cardholder."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.ibm_offsets import (
    CHECK_LENGTH,
    DECIMALISATION,
    OFFSET,
    VALIDATION,
    check_offset,
    offset_of,
)
from saklar.hsm_sim.families.verification import pin_in
from saklar.hsm_sim.layout import Values, hexadecimal, key


def execute(unit: Unit, request: Values) -> Values:
    """Compare the old PIN with that of its offset; give the offset of the new one."""
    check_offset(unit, request, pin_in(unit, request["key_type"], request["key"], request))
    new = pin_in(unit, request["key_type"], request["key"], request, "new_pin_block")
    return {"offset": offset_of(unit, request, new)}


COMMAND = Command(
    code="DU",
    title="Verify a PIN and generate the IBM offset of a new one",
    request=(
        hexadecimal("key_type", 3, "001 ZPK, 002 TPK", shown=True),
        key("key", "key that the PINs come under"),
        key("pvk", "PVK"),
        *pins.pin_block_under("key"),
        CHECK_LENGTH,
        pins.ACCOUNT_NUMBER,
        DECIMALISATION,
        VALIDATION,
        OFFSET,
        pins.PinBlock("new_pin_block", "key", "block of the new PIN, in the same format"),
    ),
    response=(OFFSET,),
    execute=execute,
)
