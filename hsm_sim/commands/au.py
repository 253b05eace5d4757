"""AU: export a CVK pair, from under the LMK to under a ZMK."""

from saklar.hsm_sim.families.transport import exporting

COMMAND = exporting("AU", "Export a CVK pair", "402", "cvk")
