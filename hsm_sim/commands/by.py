"""BY: take a ZMK from under a ZMK to under the LMK."""

from saklar.hsm_sim.key_types import ZMK
from saklar.hsm_sim.transport import importing

COMMAND = importing("BY", "Import a ZMK", ZMK.code, "zmk", corrects=True)
