"""FE: export a TMK, TPK or PVK, from under the LMK to under a ZMK."""

from saklar.hsm_sim.families.transport import exporting

COMMAND = exporting("FE", "Export a TMK, TPK or PVK", "002", "key")
