"""GO: verify a PIN from DUKPT by its IBM offset."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.dukpt import KSN
from saklar.hsm_sim.families.dukpt_pins import MODE, check_mode, dukpt_pin
from saklar.hsm_sim.families.ibm_offsets import CHECK_LENGTH, DECIMALISATION, OFFSET, VALIDATION, check_offset
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Compute the card's PIN of its offset and compare it with the one in the block."""
    check_mode(request)
    check_offset(unit, request, dukpt_pin(unit, request, request["pin_block_format"]))
    return {}


COMMAND = Command(
    code="GO",
    title="Verify a PIN from DUKPT by its IBM offset",
    request=(
        MODE,
        key("bdk", "BDK that the PIN comes under"),
        key("pvk", "PVK"),
        KSN,
        *pins.pin_block_under("bdk"),
        CHECK_LENGTH,
        pins.ACCOUNT_NUMBER,
        DECIMALISATION,
        VALIDATION,
        OFFSET,
    ),
    response=(),
    execute=execute,
)
