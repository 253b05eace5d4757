"""AW: import a CVK pair, from under a ZMK to under the LMK."""

from saklar.hsm_sim.families.transport import importing

COMMAND = importing("AW", "Import a CVK pair", "402", "cvk")
