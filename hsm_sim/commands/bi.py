"""BI: generate a BDK."""

from saklar.hsm_sim.generation import generating_pair
from saklar.hsm_sim.key_types import BDK

COMMAND = generating_pair("BI", "Generate a BDK", BDK)
