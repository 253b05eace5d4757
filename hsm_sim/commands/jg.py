"""JG: translate a PIN from the LMK to a ZPK."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.verification import PinUnderLmk, stored_pin
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import ZPK
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the PIN under the LMK, encrypt its block under the ZPK."""
    zpk = keys.decrypt_under_lmk(unit.lmk, ZPK, request["zpk"], use=Use.ENCRYPT, algorithms=keys.SYMMETRIC)
    return {"pin_block": pins.encrypt_pin(unit, zpk, stored_pin(unit, request), request["pin_block_format"], request)}


COMMAND = Command(
    code="JG",
    title="Translate a PIN from the LMK to a ZPK",
    request=(
        key("zpk", "ZPK that the PIN goes out under"),
        pins.format_code("pin_block_format", "format code of the block"),
        pins.ACCOUNT_NUMBER,
        PinUnderLmk("pin"),
    ),
    response=(pins.MADE_BLOCK,),
    execute=execute,
)
