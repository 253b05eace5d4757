"""DW: import a BDK, from under a ZMK to under the LMK."""

from saklar.hsm_sim.families.transport import importing

COMMAND = importing("DW", "Import a BDK", "009", "bdk")
