"""M0: encrypt a block of data."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import datablocks
from saklar.hsm_sim.keys import Use
from saklar.hsm_sim.layout import Values


def execute(unit: Unit, request: Values) -> Values:
    """Encrypt the data; give it, and the IV for what follows it."""
    key = datablocks.clear_key(unit, request, Use.ENCRYPT)
    cipher = datablocks.ENCRYPT[request["mode"]]
    encrypted = datablocks.apply(cipher, key, request, datablocks.input_bytes(request))
    return {"iv": datablocks.next_iv(request, encrypted), "data": datablocks.output(request, encrypted)}


COMMAND = Command(
    code="M0",
    title="Encrypt a block of data",
    request=(
        datablocks.mode(),
        datablocks.CLEAR_INPUT,
        datablocks.ENCRYPTED_OUTPUT,
        *datablocks.data_key("key to encrypt with"),
        datablocks.iv(),
        datablocks.DATA,
    ),
    response=(datablocks.NextIv("iv", 1), datablocks.DATA),
    execute=execute,
)
