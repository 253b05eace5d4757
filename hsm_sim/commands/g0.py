"""G0: translate a PIN from DUKPT to a ZPK."""

from saklar.hsm_sim import keys, pins
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.crypto import dukpt_tdes
from saklar.hsm_sim.dukpt import KSN, ksn_bytes
from saklar.hsm_sim.errors import ErrorCode
from saklar.hsm_sim.layout import Values, digits, hexadecimal, key

BDK, ZPK = "009", "001"


def execute(unit: Unit, request: Values) -> Values:
    """Derive the PIN key of the KSN, decrypt the block under it, encrypt it under the ZPK."""
    bdk = keys.decrypt_under_lmk(unit.lmk, BDK, request["bdk"])
    zpk = keys.decrypt_under_lmk(
        unit.lmk, ZPK, request["destination_zpk"], parity_error=ErrorCode.DESTINATION_KEY_PARITY
    )
    source = keys.ClearKey(dukpt_tdes.derive(bdk.data, ksn_bytes(request), dukpt_tdes.KeyUse.PIN))
    return pins.translate(unit, source, zpk, {"maximum_pin_length": "12", **request})


COMMAND = Command(
    code="G0",
    title="Translate a PIN from DUKPT to a ZPK",
    request=(
        key("bdk", "BDK that the PIN comes under"),
        key("destination_zpk", "ZPK that it goes out under"),
        KSN,
        hexadecimal("source_pin_block", 16, "PIN block"),
        digits("source_format", 2, "its format code", shown=True),
        digits("destination_format", 2, "format code of the new block", shown=True),
        pins.ACCOUNT_NUMBER,
    ),
    response=pins.TRANSLATED,
    execute=execute,
)
