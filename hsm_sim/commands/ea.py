"""EA: verify a PIN under a ZPK by its IBM offset."""

from saklar.hsm_sim import pins
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.layout import Values, digits, key, key_pair
from saklar.hsm_sim.verification import (
    CHECK_LENGTH,
    DECIMALISATION,
    OFFSET,
    PIN_BLOCK,
    VALIDATION,
    ZPK,
    check_offset,
    pin_in,
)


def execute(unit: Unit, request: Values) -> Values:
    """Compute the card's PIN of its offset and compare it with the one in the block."""
    check_offset(unit, request, pin_in(unit, ZPK, request["zpk"], request))
    return {}


COMMAND = Command(
    code="EA",
    title="Verify a PIN under a ZPK by its IBM offset",
    request=(
        key("zpk", "ZPK that the PIN comes under"),
        key_pair("pvk", "PVK"),
        digits("maximum_pin_length", 2, "12", shown=True),
        *PIN_BLOCK,
        CHECK_LENGTH,
        pins.ACCOUNT_NUMBER,
        DECIMALISATION,
        VALIDATION,
        OFFSET,
    ),
    response=(),
    execute=execute,
)
