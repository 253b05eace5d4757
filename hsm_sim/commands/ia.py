"""IA: generate a ZPK under a ZMK."""

from saklar.hsm_sim.generation import generating_under
from saklar.hsm_sim.key_types import ZMK, ZPK

COMMAND = generating_under("IA", "Generate a ZPK", ZMK, ZPK.code)
