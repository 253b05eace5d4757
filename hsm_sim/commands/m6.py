"""M6: generate a MAC."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families.macs import MAC, REQUEST, mac_of
from saklar.hsm_sim.keys import Use
from saklar.hsm_sim.layout import Values


def execute(unit: Unit, request: Values) -> Values:
    """Compute the MAC of the message, or of a part the IV for the next one."""
    return {"mac": mac_of(unit, request, Use.GENERATE)}


COMMAND = Command(code="M6", title="Generate a MAC", request=REQUEST, response=(MAC,), execute=execute)
