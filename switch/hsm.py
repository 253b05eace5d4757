"""The way to the HSMs: over TCP, or to one inside the same process, through the same client."""

from collections.abc import Iterator

import trio

from saklar.hsm_sim import Hsm, HsmClient, HsmEndpoint, client_tls, embedded_hsm, load_lmk, tcp_hsm
from saklar.switch.configuration import HsmTable


def make_client(table: HsmTable, nursery: trio.Nursery) -> HsmClient:
    """The client for the configured HSMs, not yet running; an embedded HSM lives in `nursery`."""
    return HsmClient(
        *_endpoints(table, nursery),
        header_length=table.header_length,
        connections=table.connections,
        timeout_s=table.timeout_ms / 1000,
        health_interval_s=table.health_interval_ms / 1000,
        lmk_check_value=table.lmk_check_value,
    )


def _endpoints(table: HsmTable, nursery: trio.Nursery) -> Iterator[HsmEndpoint]:
    if table.embedded is not None:
        yield embedded_hsm(Hsm(load_lmk(table.embedded)), nursery, header_length=table.header_length)
    tls = client_tls(table.ca, table.certificate) if table.ca else None
    for host, port in table.connect:
        yield tcp_hsm(host, port, tls=tls)
