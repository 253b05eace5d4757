"""FA: import a ZPK, from under a ZMK to under the LMK."""

from saklar.hsm_sim.families.transport import importing

COMMAND = importing("FA", "Import a ZPK", "001", "zpk")
