"""BY: take a ZMK from under a ZMK to under the LMK."""

from saklar.hsm_sim.families.transport import importing
from saklar.hsm_sim.keys.key_types import ZMK

COMMAND = importing("BY", "Import a ZMK", ZMK.code, "zmk", corrects=True)
