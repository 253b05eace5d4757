"""FI: generate a ZEK or ZAK under a ZMK."""

from saklar.hsm_sim.families.generation import generating_under
from saklar.hsm_sim.keys.key_types import ZAK, ZEK, ZMK

COMMAND = generating_under("FI", "Generate a ZEK or ZAK", ZMK, {"0": ZEK.code, "1": ZAK.code})
