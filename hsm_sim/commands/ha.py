"""HA: generate a TAK under a TMK."""

from saklar.hsm_sim.families.generation import generating_under
from saklar.hsm_sim.keys.key_types import TAK, TMK

COMMAND = generating_under("HA", "Generate a TAK", TMK, TAK.code, shows_check_value=False)
