"""B2: echo."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.counted import Counted
from saklar.hsm_sim.layout import Values, remainder


def execute(_: Unit, request: Values) -> Values:
    """Send the data back."""
    return {"data": request["data"]}


COMMAND = Command(
    code="B2",
    title="Echo",
    request=(Counted("data", "any bytes"),),
    response=(remainder("data", "the same, and the trailer if there is one"),),
    execute=execute,
)
