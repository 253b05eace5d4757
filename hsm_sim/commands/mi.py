"""MI: import a TAK, from under a ZMK to under the LMK."""

from saklar.hsm_sim.families.transport import importing

COMMAND = importing("MI", "Import a TAK", "003", "tak")
