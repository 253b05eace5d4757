"""BE: verify a PIN under a ZPK by comparison with one under the LMK."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.verification import PinUnderLmk, pin_in, same, stored_pin
from saklar.hsm_sim.keys.key_types import ZPK
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt both and compare."""
    same(pin_in(unit, ZPK, request["zpk"], request), stored_pin(unit, request), "the PINs differ")
    return {}


COMMAND = Command(
    code="BE",
    title="Verify a PIN under a ZPK by comparison",
    request=(
        key("zpk", "ZPK that the PIN comes under"),
        *pins.pin_block_under("zpk"),
        pins.ACCOUNT_NUMBER,
        PinUnderLmk("pin"),
    ),
    response=(),
    execute=execute,
)
