"""AS: generate a CVK pair."""

from saklar.hsm_sim.families.generation import generating_pair
from saklar.hsm_sim.keys.key_types import CVK

COMMAND = generating_pair("AS", "Generate a CVK pair", CVK)
