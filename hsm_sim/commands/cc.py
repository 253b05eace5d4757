"""CC: translate a PIN from one ZPK to another."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.pin_destination import destination_key
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import ZPK
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the block under one ZPK, encrypt it under the other."""
    source = keys.decrypt_under_lmk(unit.lmk, ZPK, request["source_zpk"], use=Use.DECRYPT, algorithms=keys.SYMMETRIC)
    return pins.translate(unit, source, destination_key(unit, request), request)


COMMAND = Command(
    code="CC",
    title="Translate a PIN from one ZPK to another",
    request=(
        key("source_zpk", "ZPK that the PIN comes under"),
        key("destination_zpk", "ZPK that it goes out under"),
        *pins.translation("source_zpk"),
    ),
    response=pins.TRANSLATED,
    execute=execute,
)
