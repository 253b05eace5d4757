"""M8: verify a MAC."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families.macs import FINISHED, IV, MAC, REQUEST, UNFINISHED, mac_of
from saklar.hsm_sim.families.verification import same
from saklar.hsm_sim.keys import Use
from saklar.hsm_sim.layout import Maybe, Values, When


def execute(unit: Unit, request: Values) -> Values:
    """Compute the MAC of the message and compare, or give of a part the IV for the next one."""
    computed = mac_of(unit, request, Use.VERIFY)
    if request["mode"] in UNFINISHED:
        return {"iv": computed}
    same(computed, request["mac"].upper(), "not the MAC of the message")
    return {}


COMMAND = Command(
    code="M8",
    title="Verify a MAC",
    request=(*REQUEST, When("mode", FINISHED, (MAC,))),
    response=(Maybe(IV),),
    execute=execute,
)
