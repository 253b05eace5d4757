"""What an HSM has done since its start, in plain numbers."""

from collections import Counter
from dataclasses import dataclass, field

from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.errors import ErrorCode

UNKNOWN = "??"
"""Stands for every code that is no command: a client must not be able to fill memory with names."""


@dataclass(slots=True)
class Counters:
    """Counted by whoever serves an HSM, read by whoever reports.

    Attributes:
        commands: answered, by command code (`UNKNOWN` for what is none) and error code.
        connections: taken since the start.
        connections_open: of these, still there.
        refused: connections closed before they were served: address, number, TLS, or a fault made on purpose.
        dropped: connections that the HSM ended: silence, no frame, responses not taken, or a fault.
        faults: commands that a fault struck.
        bytes_in: read.
        bytes_out: written.
        busy_ns: nanoseconds spent on commands.
    """

    commands: Counter[tuple[str, str]] = field(default_factory=Counter)
    connections: int = 0
    connections_open: int = 0
    refused: int = 0
    dropped: int = 0
    faults: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    busy_ns: int = 0

    def command(self, code: str, error: str, spent_ns: int) -> None:
        """Count a command that was answered with this error code, and what it took."""
        self.commands[code if code in COMMANDS else UNKNOWN, error] += 1
        self.busy_ns += spent_ns

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
