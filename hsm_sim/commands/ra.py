"""RA: cancel the authorised state."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.layout import Values


def execute(unit: Unit, _request: Values) -> Values:
    """From now on, commands that need it have error 17."""
    unit.state.authorised = False
    return {}


COMMAND = Command(code="RA", title="Cancel the authorised state", request=(), response=(), execute=execute)
