"""`saklar play --chaos`: cases played while faults hit their connections, and what a network keeps to all the same.

`kinds` draws faults, `striking` does them, `watching` sees what the switch does, `reckoning` holds its journal against
that, and `aftermath` lets it get quiet before.
"""

from saklar.network_sim.scenario.chaos.kinds import KINDS, PERCENT, Chaos

__all__ = ["KINDS", "PERCENT", "Chaos"]
