"""MC: verify a MAC under a TAK (old form)."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families.macs import REST, SHORT_MAC, mac_under_tak
from saklar.hsm_sim.families.verification import same
from saklar.hsm_sim.keys import Use
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Compute the MAC of the message and compare."""
    computed = mac_under_tak(unit, request["tak"], request["data"], Use.VERIFY)
    same(computed, request["mac"].upper(), "not the MAC of the message")
    return {}


COMMAND = Command(
    code="MC",
    title="Verify a MAC (old form)",
    request=(key("tak", "TAK under the LMK"), SHORT_MAC, REST),
    response=(),
    execute=execute,
)
