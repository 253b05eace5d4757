"""EC: verify a PIN under a ZPK by its Visa PVV."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.verification import PVK_PAIR, PVKI, PVV, pin_in, pvv_of, same
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import ZPK
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Compute the PVV of the PIN in the block and compare."""
    pin = pin_in(unit, ZPK, request["zpk"], request)
    same(pvv_of(unit, request, pin, Use.VERIFY), request["pvv"], "not the PIN of the PVV")
    return {}


COMMAND = Command(
    code="EC",
    title="Verify a PIN under a ZPK by its Visa PVV",
    request=(
        key("zpk", "ZPK that the PIN comes under"),
        PVK_PAIR,
        *pins.pin_block_under("zpk"),
        pins.ACCOUNT_NUMBER,
        pins.OTHER_ACCOUNT_NUMBER,
        PVKI,
        PVV,
    ),
    response=(),
    execute=execute,
)
