"""IA: generate a ZPK under a ZMK."""

from saklar.hsm_sim.families.generation import generating_under
from saklar.hsm_sim.keys.key_types import ZMK, ZPK

COMMAND = generating_under("IA", "Generate a ZPK", ZMK, ZPK.code)
