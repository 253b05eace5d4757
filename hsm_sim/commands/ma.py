"""MA: generate a MAC under a TAK (old form)."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.families.macs import REST, SHORT_MAC, mac_under_tak
from saklar.hsm_sim.keys import Use
from saklar.hsm_sim.layout import Values, key


def execute(unit: Unit, request: Values) -> Values:
    """Compute the MAC of the message."""
    return {"mac": mac_under_tak(unit, request["tak"], request["data"], Use.GENERATE)}


COMMAND = Command(
    code="MA",
    title="Generate a MAC (old form)",
    request=(key("tak", "TAK under the LMK"), REST),
    response=(SHORT_MAC,),
    execute=execute,
)
