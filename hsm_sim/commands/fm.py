"""FM: export a ZEK or ZAK, from under the LMK to under a ZMK."""

from saklar.hsm_sim.families.transport import exporting

COMMAND = exporting("FM", "Export a ZEK or ZAK", {"0": "00A", "1": "008"}, "key")
