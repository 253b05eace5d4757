"""BK: generate the IBM offset of a PIN in a block."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.ibm_offsets import CHECK_LENGTH, DECIMALISATION, OFFSET, VALIDATION, offset_of
from saklar.hsm_sim.families.verification import pin_in
from saklar.hsm_sim.layout import Values, hexadecimal, key


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the block and compute the PIN's offset."""
    return {"offset": offset_of(unit, request, pin_in(unit, request["key_type"], request["key"], request))}


COMMAND = Command(
    code="BK",
    title="Generate an IBM offset of a PIN block",
    request=(
        hexadecimal("key_type", 3, "001 ZPK, 002 TPK", shown=True),
        key("key", "key that the PIN comes under"),
        key("pvk", "PVK"),
        *pins.pin_block_under("key"),
        CHECK_LENGTH,
        pins.ACCOUNT_NUMBER,
        DECIMALISATION,
        VALIDATION,
    ),
    response=(OFFSET,),
    execute=execute,
)
