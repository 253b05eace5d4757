"""DY: export a BDK, from under the LMK to under a ZMK."""

from saklar.hsm_sim.families.transport import exporting

COMMAND = exporting("DY", "Export a BDK", "009", "bdk")
