"""RA: cancel the authorised state."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.layout import Values


def execute(_: Unit, __: Values) -> Values:
    """There is none to cancel."""
    return {}


COMMAND = Command(code="RA", title="Cancel the authorised state", request=(), response=(), execute=execute)
