"""ME: verify a MAC under one TAK and generate it under another."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families.macs import REST, SHORT_MAC, mac_under_tak
from saklar.hsm_sim.families.verification import same
from saklar.hsm_sim.keys import Use
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Compute the MAC of the message and compare; give it under the other TAK."""
    computed = mac_under_tak(unit, request["source_tak"], request["data"], Use.VERIFY)
    same(computed, request["mac"].upper(), "not the MAC of the message")
    return {"mac": mac_under_tak(unit, request["destination_tak"], request["data"], Use.GENERATE)}


COMMAND = Command(
    code="ME",
    title="Verify and translate a MAC",
    request=(
        key("source_tak", "TAK of the MAC, under the LMK"),
        key("destination_tak", "TAK for the new MAC, under the LMK"),
        SHORT_MAC,
        REST,
    ),
    response=(SHORT_MAC,),
    execute=execute,
)
