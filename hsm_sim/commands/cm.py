"""CM: verify a PIN from DUKPT by its Visa PVV, the old way."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.dukpt import KSN
from saklar.hsm_sim.families.dukpt_pins import dukpt_pin
from saklar.hsm_sim.families.verification import PVK_PAIR, PVKI, PVV, pvv_of, same
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.layout import Values, hexadecimal, key

FORMAT_0 = "01"


def execute(unit: Unit, request: Values) -> Values:
    """Compute the PVV of the PIN in the block and compare."""
    pin = dukpt_pin(unit, request, FORMAT_0)
    same(pvv_of(unit, request, pin, Use.VERIFY), request["pvv"], "not the PIN of the PVV")
    return {}


COMMAND = Command(
    code="CM",
    title="Verify a PIN from DUKPT by its Visa PVV (old form)",
    request=(
        key("bdk", "BDK that the PIN comes under"),
        PVK_PAIR,
        KSN,
        hexadecimal("pin_block", 16, "PIN block of ISO 9564 format 0"),
        pins.ACCOUNT_NUMBER,
        PVKI,
        PVV,
    ),
    response=(),
    execute=execute,
)
