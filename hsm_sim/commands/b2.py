"""B2: echo."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.layout import Values, hexadecimal, remainder


def execute(_: Unit, request: Values) -> Values:
    """Send the data back."""
    stated, data = int(request["length"], 16), request["data"]
    if len(data) < stated:
        raise HsmError(ErrorCode.DATA_LENGTH, "fewer data than the length says")
    if len(data) > stated:
        raise HsmError(ErrorCode.INVALID_INPUT, "more data than the length says")
    return {"data": data}


COMMAND = Command(
    code="B2",
    title="Echo",
    request=(hexadecimal("length", 4, "bytes of data, in hex"), remainder("data", "anything")),
    response=(remainder("data", "the same"),),
    execute=execute,
)
