"""AS: generate a CVK pair."""

from saklar.hsm_sim.generation import generating_pair
from saklar.hsm_sim.key_types import CVK

COMMAND = generating_pair("AS", "Generate a CVK pair", CVK)
