"""BC: verify a PIN under a TPK by comparison with one under the LMK."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.verification import PinUnderLmk, pin_in, same, stored_pin
from saklar.hsm_sim.keys.key_types import TPK
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt both and compare."""
    same(pin_in(unit, TPK, request["tpk"], request), stored_pin(unit, request), "the PINs differ")
    return {}


COMMAND = Command(
    code="BC",
    title="Verify a PIN under a TPK by comparison",
    request=(
        key("tpk", "TPK that the PIN comes under"),
        *pins.pin_block_under("tpk"),
        pins.ACCOUNT_NUMBER,
        PinUnderLmk("pin"),
    ),
    response=(),
    execute=execute,
)
