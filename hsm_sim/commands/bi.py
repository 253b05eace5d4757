"""BI: generate a BDK."""

from saklar.hsm_sim.families.generation import generating_pair
from saklar.hsm_sim.keys.key_types import BDK

COMMAND = generating_pair("BI", "Generate a BDK", BDK)
