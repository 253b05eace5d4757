"""M2: decrypt a block of data."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families import datablocks
from saklar.hsm_sim.keys import Use
from saklar.hsm_sim.layout import Values


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the data; give it, and the IV for what follows it."""
    key = datablocks.clear_key(unit, request, Use.DECRYPT)
    encrypted = datablocks.input_bytes(request)
    clear = datablocks.apply(datablocks.DECRYPT[request["mode"]], key, request, encrypted)
    return {"iv": datablocks.next_iv(request, encrypted), "data": datablocks.output(request, clear)}


COMMAND = Command(
    code="M2",
    title="Decrypt a block of data",
    request=(
        datablocks.mode(),
        datablocks.ENCRYPTED_INPUT,
        datablocks.CLEAR_OUTPUT,
        *datablocks.data_key("key to decrypt with"),
        datablocks.iv(),
        datablocks.DATA,
    ),
    response=(datablocks.NextIv("iv", 1), datablocks.DATA),
    execute=execute,
)
