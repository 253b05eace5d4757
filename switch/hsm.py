"""The way to an HSM: over TCP, or to one inside the same process, through the same client."""

import trio

from saklar.hsm_sim import Hsm, HsmClient, embedded_hsm, load_lmk, tcp_hsm
from saklar.switch.configuration import HsmTable


def make_client(table: HsmTable, nursery: trio.Nursery) -> HsmClient:
    """The client for a configured HSM, not yet running; an embedded HSM lives in `nursery`."""
    if table.connect is not None:
        return HsmClient(tcp_hsm(*table.connect), header_length=table.header_length)
    assert table.embedded is not None
    hsm = Hsm(load_lmk(table.embedded))
    connect = embedded_hsm(hsm, nursery, header_length=table.header_length)
    return HsmClient(connect, header_length=table.header_length)
