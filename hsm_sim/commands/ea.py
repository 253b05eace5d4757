"""EA: verify a PIN under a ZPK by its IBM offset."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.ibm_offsets import CHECK_LENGTH, DECIMALISATION, OFFSET, VALIDATION, check_offset
from saklar.hsm_sim.families.verification import pin_in
from saklar.hsm_sim.keys.key_types import ZPK
from saklar.hsm_sim.layout import Values, digits, key


def execute(unit: Unit, request: Values) -> Values:
    """Compute the card's PIN of its offset and compare it with the one in the block."""
    check_offset(unit, request, pin_in(unit, ZPK, request["zpk"], request))
    return {}


COMMAND = Command(
    code="EA",
    title="Verify a PIN under a ZPK by its IBM offset",
    request=(
        key("zpk", "ZPK that the PIN comes under"),
        key("pvk", "PVK"),
        digits("maximum_pin_length", 2, "12", shown=True),
        *pins.pin_block_under("zpk"),
        CHECK_LENGTH,
        pins.ACCOUNT_NUMBER,
        DECIMALISATION,
        VALIDATION,
        OFFSET,
    ),
    response=(),
    execute=execute,
)
