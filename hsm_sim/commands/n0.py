"""N0: generate random bytes."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.layout import Values, digits, remainder

MOST = 256


def execute(unit: Unit, request: Values) -> Values:
    """Give that many random bytes."""
    count = int(request["count"])
    if not 0 < count <= MOST:
        raise HsmError(ErrorCode.VERIFICATION_FAILED, f"1 to {MOST} bytes")
    return {"random": bytes.fromhex(unit.random_digits(2 * count)).decode("latin-1")}


COMMAND = Command(
    code="N0",
    title="Generate random bytes",
    request=(digits("count", 3, "how many", shown=True),),
    response=(remainder("random", "the bytes"),),
    execute=execute,
)
