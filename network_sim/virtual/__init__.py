"""A network and a clock inside one process: sockets that are memory, and time-outs that cost no time.

Whatever is written for trio's TCP streams and clocks runs here unchanged: in `trio.run(main, clock=VirtualClock())`,
`main` calls `use_virtual_network()` and starts `VirtualClock.drive`.
"""

from saklar.network_sim.virtual.clock import VirtualClock
from saklar.network_sim.virtual.sockets import VirtualNetwork, use_virtual_network

__all__ = ["VirtualClock", "VirtualNetwork", "use_virtual_network"]
