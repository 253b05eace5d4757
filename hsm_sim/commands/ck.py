"""CK: verify a PIN from DUKPT by its IBM offset, the old way."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.dukpt import KSN
from saklar.hsm_sim.families.dukpt_pins import dukpt_pin
from saklar.hsm_sim.families.ibm_offsets import CHECK_LENGTH, DECIMALISATION, OFFSET, VALIDATION, check_offset
from saklar.hsm_sim.layout import Values, hexadecimal, key

FORMAT_0 = "01"


def execute(unit: Unit, request: Values) -> Values:
    """Compute the card's PIN of its offset and compare it with the one in the block."""
    check_offset(unit, request, dukpt_pin(unit, request, FORMAT_0))
    return {}


COMMAND = Command(
    code="CK",
    title="Verify a PIN from DUKPT by its IBM offset (old form)",
    request=(
        key("bdk", "BDK that the PIN comes under"),
        key("pvk", "PVK"),
        KSN,
        hexadecimal("pin_block", 16, "PIN block of ISO 9564 format 0"),
        CHECK_LENGTH,
        pins.ACCOUNT_NUMBER,
        DECIMALISATION,
        VALIDATION,
        OFFSET,
    ),
    response=(),
    execute=execute,
)
