"""NC: perform diagnostics."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.layout import Values, characters, hexadecimal


def execute(unit: Unit, _: Values) -> Values:
    """Report the LMK's check value and the firmware."""
    return {"lmk_check_value": unit.lmk.check_value, "firmware": unit.firmware}


COMMAND = Command(
    code="NC",
    title="Perform diagnostics",
    request=(),
    response=(
        hexadecimal("lmk_check_value", 16, "check value of the LMK", shown=True),
        characters("firmware", 9, "firmware number, 4-4", shown=True),
    ),
    execute=execute,
)
