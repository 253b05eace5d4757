"""M4: translate a block of data from one key to another."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode
from saklar.hsm_sim.families import datablocks
from saklar.hsm_sim.keys import Use
from saklar.hsm_sim.layout import Values

SOURCE, DESTINATION = "source_", "destination_"


def execute(unit: Unit, request: Values) -> Values:
    """Decrypt the data under one key, encrypt it under the other; give it, and the IVs for what follows it."""
    source = datablocks.clear_key(unit, request, Use.DECRYPT, SOURCE)
    destination = datablocks.clear_key(unit, request, Use.ENCRYPT, DESTINATION, ErrorCode.DESTINATION_KEY_PARITY)
    taken = datablocks.input_bytes(request)
    clear = datablocks.apply(datablocks.DECRYPT[request["source_mode"]], source, request, taken, SOURCE)
    given = datablocks.apply(datablocks.ENCRYPT[request["destination_mode"]], destination, request, clear, DESTINATION)
    ivs = datablocks.next_iv(request, taken, SOURCE) + datablocks.next_iv(request, given, DESTINATION)
    return {"ivs": ivs, "data": datablocks.output(request, given)}


COMMAND = Command(
    code="M4",
    title="Translate a block of data",
    request=(
        datablocks.mode(SOURCE),
        datablocks.mode(DESTINATION, ErrorCode.DESTINATION_MODE),
        datablocks.ENCRYPTED_INPUT,
        datablocks.ENCRYPTED_OUTPUT,
        *datablocks.data_key("key that the data comes under", SOURCE),
        *datablocks.data_key("key that it goes out under", DESTINATION, ErrorCode.DESTINATION_KEY_TYPE),
        datablocks.iv(SOURCE),
        datablocks.iv(DESTINATION),
        datablocks.DATA,
    ),
    response=(datablocks.NextIv("ivs", 2), datablocks.DATA),
    execute=execute,
)
