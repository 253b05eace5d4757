"""M6: generate a MAC."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.layout import Counted, Values
from saklar.hsm_sim.macs import MAC, REQUEST, mac_of


def execute(unit: Unit, request: Values) -> Values:
    """Compute the MAC of the message."""
    return {"mac": mac_of(unit, request)}


COMMAND = Command(
    code="M6",
    title="Generate a MAC",
    request=(*REQUEST, Counted("data", "the message, in the form that was said")),
    response=(MAC,),
    execute=execute,
)
