"""MG: export a TAK, from under the LMK to under a ZMK."""

from saklar.hsm_sim.families.transport import exporting

COMMAND = exporting("MG", "Export a TAK", "003", "tak")
