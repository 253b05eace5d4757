"""FK: import a ZEK or ZAK, from under a ZMK to under the LMK."""

from saklar.hsm_sim.families.transport import importing

COMMAND = importing("FK", "Import a ZEK or ZAK", {"0": "00A", "1": "008"}, "key")
