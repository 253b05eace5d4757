"""CI: translate a PIN from DUKPT to a ZPK."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.dukpt import KSN
from saklar.hsm_sim.families.dukpt_pins import pin_key
from saklar.hsm_sim.families.pin_destination import destination_key
from saklar.hsm_sim.layout import Values, hexadecimal, key


def execute(unit: Unit, request: Values) -> Values:
    """Derive the PIN key of the KSN, decrypt the block under it, encrypt it under the ZPK."""
    source = pin_key(unit, request)
    return pins.translate(
        unit, source, destination_key(unit, request), {"maximum_pin_length": "12", "source_format": "01", **request}
    )


COMMAND = Command(
    code="CI",
    title="Translate a PIN from DUKPT to a ZPK (old form)",
    request=(
        key("bdk", "BDK that the PIN comes under"),
        key("destination_zpk", "ZPK that it goes out under"),
        KSN,
        hexadecimal("source_pin_block", 16, "PIN block"),
        pins.format_code("destination_format", "format code of the new block"),
        pins.ACCOUNT_NUMBER,
    ),
    response=pins.TRANSLATED,
    execute=execute,
)
