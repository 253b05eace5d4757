"""GC: export a ZPK, from under the LMK to under a ZMK."""

from saklar.hsm_sim.families.transport import exporting

COMMAND = exporting("GC", "Export a ZPK", "001", "zpk")
