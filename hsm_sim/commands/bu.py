"""BU: generate a key check value."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families.transport import CHECK_VALUE, shown_check_value
from saklar.hsm_sim.families.typed_keys import TYPED_KEY, check_length, type_of
from saklar.hsm_sim.layout import Optional, Values, digits


def execute(unit: Unit, request: Values) -> Values:
    """Encrypt zeros under the key; under an AES key, compute the CMAC of zeros."""
    clear = keys.decrypt_under_lmk(unit.lmk, type_of(request), request["key"], algorithms=keys.SYMMETRIC)
    check_length(clear, request)
    return {"check_value": shown_check_value(clear, request)}


COMMAND = Command(
    code="BU",
    title="Generate a key check value",
    request=(
        *TYPED_KEY,
        Optional(
            ";",
            (
                digits("reserved", 2, "00", shown=True),
                digits("check_value_type", 1, "0 for 16 digits, 1 for 6", shown=True),
            ),
        ),
    ),
    response=(CHECK_VALUE,),
    execute=execute,
)
