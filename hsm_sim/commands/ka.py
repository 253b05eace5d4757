"""KA: generate a key check value, the old way."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families.transport import CHECK_VALUE, OPTIONS, shown_check_value
from saklar.hsm_sim.layout import Values, digits, key


def execute(unit: Unit, request: Values) -> Values:
    """Encrypt zeros under the key."""
    clear = keys.decrypt_under_lmk(unit.lmk, f"0{request['key_type_code']}", request["key"])
    return {"check_value": shown_check_value(clear, request)}


COMMAND = Command(
    code="KA",
    title="Generate a key check value (old form)",
    request=(
        key("key", "the key under the LMK"),
        digits("key_type_code", 2, "00 ZMK, 01 ZPK, 02 TMK TPK PVK, 03 TAK", shown=True),
        OPTIONS,
    ),
    response=(CHECK_VALUE,),
    execute=execute,
)
