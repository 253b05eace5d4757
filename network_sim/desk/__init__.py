"""A whole card network on one desk: HSM, issuers, switch and acquirers in one process, talking over loopback TCP.

`read_plan` reads a folder of configuration files, `open_network` runs it on free ports. The files here are those of
`saklar demo`. Their keys are under the published test LMK, so they protect nothing.
"""

from saklar.network_sim.desk.network import Network, open_network
from saklar.network_sim.desk.plan import DEMO, HSM, SWITCH, Plan, read_plan

__all__ = ["DEMO", "HSM", "SWITCH", "Network", "Plan", "open_network", "read_plan"]
