"""What an HSM has done since its start, in plain numbers."""

from collections import Counter
from dataclasses import dataclass, field

from saklar.hsm_sim.errors import ErrorCode

UNKNOWN = "??"
"""Stands for every code that is no command: a client must not be able to fill memory with names."""


class LoadHistogram:
    """How many seconds had which load. A command counts in the second that it began in."""

    STEP = 10
    """Percent."""

    def __init__(self) -> None:
        self._second = 0
        self._busy_ns = 0
        self._seconds: Counter[int] = Counter()

    def add(self, started_ns: int, spent_ns: int) -> None:
        """Count what a command took that began then."""
        second = started_ns // 1_000_000_000
        if second != self._second:
            self._seconds[self._step()] += 1
            self._second, self._busy_ns = second, 0
        self._busy_ns += spent_ns

    def seconds(self, total: int) -> list[int]:
        """Seconds by step, from 0 to 10 percent up to 90 to 100, out of so many; those that saw no command are idle."""
        counted = [self._seconds[step] for step in range(100 // self.STEP)]
        counted[0] += max(total - sum(counted), 0)
        return counted

    def _step(self) -> int:
        percent = self._busy_ns // 10_000_000
        return min(percent, 99) // self.STEP


@dataclass(frozen=True, slots=True)
class Peer:
    """A client that is connected: our port, its address and port, and since when (seconds of the monotonic clock)."""

    local_port: int
    host: str
    port: int
    since_s: float


@dataclass(slots=True)
class Counters:
    """Counted by whoever serves an HSM, read by whoever reports.

    Attributes:
        commands: answered, by command code (`UNKNOWN` for what is none) and error code.
        connections: taken since the start.
        refused: connections closed before they were served: address, number, TLS, or a fault made on purpose.
        dropped: connections that the HSM ended: silence, no frame, responses not taken, or a fault.
        faults: commands that a fault struck.
        bytes_in: read.
        bytes_out: written.
        busy_ns: nanoseconds spent on commands.
        load: seconds by the share of them that commands took.
        peers: who is connected.
    """

    commands: Counter[tuple[str, str]] = field(default_factory=Counter)
    connections: int = 0
    refused: int = 0
    dropped: int = 0
    faults: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    busy_ns: int = 0
    load: LoadHistogram = field(default_factory=LoadHistogram)
    peers: set[Peer] = field(default_factory=set)

    def command(self, code: str, error: str, started_ns: int, spent_ns: int) -> None:
        """Count a command (its code, or `UNKNOWN`) that was answered with this error code, and what it took."""
        self.commands[code, error] += 1
        self.busy_ns += spent_ns
        self.load.add(started_ns, spent_ns)

    @property
    def connections_open(self) -> int:
        """Connections that are still there."""
        return len(self.peers)

    def connected(self, peer: Peer) -> None:
        """Count a connection."""
        self.connections += 1
        self.peers.add(peer)

    def disconnected(self, peer: Peer) -> None:
        """It is gone."""
        self.peers.discard(peer)

    def totals(self) -> dict[str, int]:
        """Sums, for a log line; `errors` are the commands with another code than 00."""
        good = sum(count for (_, error), count in self.commands.items() if error == ErrorCode.OK)
        answered = self.commands.total()
        return {
            "commands": answered,
            "errors": answered - good,
            "connections": self.connections,
            "refused": self.refused,
            "dropped": self.dropped,
            "faults": self.faults,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "busy_ms": self.busy_ns // 1_000_000,
        }
