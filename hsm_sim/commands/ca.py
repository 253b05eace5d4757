"""CA: translate a PIN from a TPK to a ZPK."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.pin_destination import DESTINATION_KEY, DESTINATION_KSN, destination_key
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import TPK
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the block under the TPK, encrypt it under the ZPK."""
    source = keys.decrypt_under_lmk(unit.lmk, TPK, request["source_tpk"], use=Use.DECRYPT, algorithms=keys.SYMMETRIC)
    return pins.translate(unit, source, destination_key(unit, request), request)


COMMAND = Command(
    code="CA",
    title="Translate a PIN from a TPK to a ZPK or DUKPT",
    request=(
        key("source_tpk", "TPK that the PIN comes under"),
        DESTINATION_KEY,
        DESTINATION_KSN,
        *pins.translation("source_tpk"),
    ),
    response=pins.TRANSLATED,
    execute=execute,
)
