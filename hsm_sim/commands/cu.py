"""CU: verify a PIN by its Visa PVV, and generate the PVV of a new one: a PIN change by the cardholder."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.verification import PVK_PAIR, PVKI, PVV, pin_in, pvk_pair, pvv_of, same
from saklar.hsm_sim.layout import Values, digits, hexadecimal, key


def execute(unit: Unit, request: Values) -> Values:
    """Compare the PVV of the old PIN; give that of the new one."""
    pvk_pair(unit, request)
    old = pin_in(unit, request["key_type"], request["key"], request)
    same(pvv_of(unit, request, old), request["old_pvv"], "not the PIN of the PVV")
    new = pin_in(unit, request["key_type"], request["key"], request, "new_pin_block")
    return {"pvv": pvv_of(unit, request, new)}


COMMAND = Command(
    code="CU",
    title="Verify a PIN and generate the PVV of a new one",
    request=(
        hexadecimal("key_type", 3, "001 ZPK, 002 TPK", shown=True),
        key("key", "key that the PINs come under"),
        PVK_PAIR,
        *pins.pin_block_under("key"),
        pins.ACCOUNT_NUMBER,
        PVKI,
        digits("old_pvv", 4, "PVV of the old PIN"),
        pins.PinBlock("new_pin_block", "key", "block of the new PIN, in the same format"),
    ),
    response=(PVV,),
    execute=execute,
)
