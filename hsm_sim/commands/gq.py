"""GQ: verify a PIN from DUKPT by its Visa PVV."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.dukpt import KSN
from saklar.hsm_sim.families.dukpt_pins import MODE, check_mode, dukpt_pin
from saklar.hsm_sim.families.verification import PVK_PAIR, PVKI, PVV, pvv_of, same
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Compute the PVV of the PIN in the block and compare."""
    check_mode(request)
    pin = dukpt_pin(unit, request, request["pin_block_format"])
    same(pvv_of(unit, request, pin, Use.VERIFY), request["pvv"], "not the PIN of the PVV")
    return {}


COMMAND = Command(
    code="GQ",
    title="Verify a PIN from DUKPT by its Visa PVV",
    request=(
        MODE,
        key("bdk", "BDK that the PIN comes under"),
        PVK_PAIR,
        KSN,
        *pins.pin_block_under("bdk"),
        pins.ACCOUNT_NUMBER,
        PVKI,
        PVV,
    ),
    response=(),
    execute=execute,
)
