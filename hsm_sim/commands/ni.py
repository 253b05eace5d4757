"""NI: report who is connected."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.counters import Peer
from saklar.hsm_sim.errors import ErrorCode
from saklar.hsm_sim.layout import Choice, Reader, Values, digits, hexadecimal

HOST_PORT = "11"
MAX_RECORDS = 999

_RECORD = 26
_TCP, _ESTABLISHED = "0", "0"
_PACKETS = (
    "unicast_sent", "unicast_received", "other_sent", "other_received", "discarded_sent", "discarded_received",
    "errors_sent", "errors_received", "unknown",
)  # fmt: skip


def execute(unit: Unit, _request: Values) -> Values:
    """Give the connections over IPv4, and the bytes that went to and fro. Packets are not known to a program: zeros."""
    counters = unit.state.counters
    peers = [_record(peer) for peer in sorted(counters.peers, key=lambda peer: peer.since_s) if _is_ipv4(peer.host)]
    shown = peers[:MAX_RECORDS]
    packets = dict.fromkeys(_PACKETS, f"{0:08X}")
    return {
        "records": f"{len(shown):04d}",
        "connections": "".join(shown),
        "bytes_sent": f"{counters.bytes_out:016X}",
        "bytes_received": f"{counters.bytes_in:016X}",
    } | packets


def _is_ipv4(host: str) -> bool:
    return "." in host and ":" not in host


def _record(peer: Peer) -> str:
    address = int(ipaddress.IPv4Address(peer.host))
    age_s = int(time.monotonic() - peer.since_s)
    return f"{_TCP}{peer.local_port:04X}{address:08X}{peer.port:04X}{_ESTABLISHED}{age_s:08d}"


@dataclass(frozen=True, slots=True)
class _Connections:
    """As many records as the field before says; together they are one field."""

    shown: ClassVar = ("connections",)

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        values["connections"] = reader.take_count(_RECORD * int(values["records"]), "connections")

    def write(self, values: Values) -> str:
        """See `Part`."""
        return values.get("connections", "")

    def rows(self) -> Iterable[tuple[str, str, str]]:
        """See `Part`."""
        yield "connections", "n x (1N, 4H, 8H, 4H, 1N, 8N)", "0 TCP, our port, address, port, 0 established, seconds"


COMMAND = Command(
    code="NI",
    title="Report who is connected",
    request=(Choice("what", {HOST_PORT: "the host port"}, ErrorCode.DISCRETIONARY_DATA_LENGTH),),
    response=(
        digits("records", 4, "connections", shown=True),
        _Connections(),
        hexadecimal("bytes_sent", 16, "to all clients", shown=True),
        hexadecimal("bytes_received", 16, "from all clients", shown=True),
        *(hexadecimal(name, 8, "packets: zeros", shown=True) for name in _PACKETS),
    ),
    execute=execute,
)
