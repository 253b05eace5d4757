"""DC: verify a PIN under a TPK by its Visa PVV."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.verification import PVK_PAIR, PVKI, PVV, pin_in, pvv_of, same
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import TPK
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Compute the PVV of the PIN in the block and compare."""
    pin = pin_in(unit, TPK, request["tpk"], request)
    same(pvv_of(unit, request, pin, Use.VERIFY), request["pvv"], "not the PIN of the PVV")
    return {}


COMMAND = Command(
    code="DC",
    title="Verify a PIN under a TPK by its Visa PVV",
    request=(
        key("tpk", "TPK that the PIN comes under"),
        PVK_PAIR,
        *pins.pin_block_under("tpk"),
        pins.ACCOUNT_NUMBER,
        PVKI,
        PVV,
    ),
    response=(),
    execute=execute,
)
