"""G0: translate a PIN from DUKPT to a ZPK."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.dukpt import KSN
from saklar.hsm_sim.families.dukpt_pins import FLAG, pin_key
from saklar.hsm_sim.families.pin_destination import DESTINATION_KEY, DESTINATION_KSN, destination_key
from saklar.hsm_sim.layout import Values, hexadecimal, key


def execute(unit: Unit, request: Values) -> Values:
    """Derive the PIN key of the KSN, decrypt the block under it, encrypt it under the ZPK."""
    source = pin_key(unit, request)
    return pins.translate(unit, source, destination_key(unit, request), {"maximum_pin_length": "12", **request})


COMMAND = Command(
    code="G0",
    title="Translate a PIN from DUKPT to a ZPK or DUKPT",
    request=(
        FLAG,
        key("bdk", "BDK that the PIN comes under"),
        DESTINATION_KEY,
        KSN,
        DESTINATION_KSN,
        hexadecimal("source_pin_block", 16, "PIN block"),
        pins.format_code("source_format", "its format code"),
        pins.format_code("destination_format", "format code of the new block"),
        pins.ACCOUNT_NUMBER,
        pins.OTHER_ACCOUNT_NUMBER,
    ),
    response=pins.TRANSLATED,
    execute=execute,
)
