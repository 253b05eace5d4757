"""FW: generate the Visa PVV of a PIN in a block."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.verification import PVK_PAIR, PVKI, PVV, pin_in, pvv_of
from saklar.hsm_sim.layout import Values, hexadecimal, key


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the block and compute the PIN's PVV."""
    return {"pvv": pvv_of(unit, request, pin_in(unit, request["key_type"], request["key"], request))}


COMMAND = Command(
    code="FW",
    title="Generate a Visa PVV of a PIN block",
    request=(
        hexadecimal("key_type", 3, "001 ZPK, 002 TPK", shown=True),
        key("key", "key that the PIN comes under"),
        PVK_PAIR,
        *pins.pin_block_under("key"),
        pins.ACCOUNT_NUMBER,
        PVKI,
    ),
    response=(PVV,),
    execute=execute,
)
