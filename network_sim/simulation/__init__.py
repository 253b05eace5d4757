"""The whole network in one thread and in virtual time, under faults that a seed draws.

The engine, the group commit, the tables of the journal and the queues are the switch's own; links, disk, clock, HSM,
issuers (with balances) and acquirers (which repeat or reverse what is not answered) are simulated. One seed is one run,
the same each time. After the faults it gets quiet, and then every promise must hold.
"""

from saklar.network_sim.simulation.faults import Faults
from saklar.network_sim.simulation.run import Outcome, shrink, simulate

__all__ = ["Faults", "Outcome", "shrink", "simulate"]
