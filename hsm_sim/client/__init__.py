"""The client of payShields, or of `saklar hsm`: one or several, each on one or several connections.

`Exchange` (one connection's commands and responses) and `Dispatcher` (which connection a command goes to, and what
becomes of it) do no I/O and read no clock; `HsmConnection` carries bytes, and `HsmClient` puts them together.
"""

from saklar.hsm_sim.client.client import HsmClient, HsmUnavailable
from saklar.hsm_sim.client.dispatcher import Counters
from saklar.hsm_sim.client.endpoint import HsmEndpoint, client_tls, embedded_hsm, tcp_hsm

__all__ = ["Counters", "HsmClient", "HsmEndpoint", "HsmUnavailable", "client_tls", "embedded_hsm", "tcp_hsm"]
