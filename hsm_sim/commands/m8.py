"""M8: verify a MAC."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.layout import Counted, Values
from saklar.hsm_sim.macs import MAC, REQUEST, mac_of
from saklar.hsm_sim.verification import same


def execute(unit: Unit, request: Values) -> Values:
    """Compute the MAC of the message and compare."""
    same(mac_of(unit, request), request["mac"].upper(), "not the MAC of the message")
    return {}


COMMAND = Command(
    code="M8",
    title="Verify a MAC",
    request=(*REQUEST, Counted("data", "the message, in the form that was said"), MAC),
    response=(),
    execute=execute,
)
