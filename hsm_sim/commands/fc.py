"""FC: import a TMK, TPK or PVK, from under a ZMK to under the LMK."""

from saklar.hsm_sim.families.transport import importing

COMMAND = importing("FC", "Import a TMK, TPK or PVK", "002", "key")
