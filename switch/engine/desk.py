"""What the switch holds of each issuer."""

from collections.abc import Iterator

from saklar.switch.engine.model import Connection, Link, Transaction
from saklar.switch.engine.remembered import Remembered
from saklar.switch.engine.stans import MAX_IN_FLIGHT, Stans

MAX_LATE = 10_000
"""Requests that were given up, of which so many are remembered for an answer that comes late."""


class IssuerDesk:
    """One issuer: its connections, and by STAN what it has or is about to get."""

    def __init__(self, link: Link, stans: Stans) -> None:
        self.link = link
        self.connections: list[Connection] = []
        self.in_flight: dict[str, Transaction] = {}
        self.forwarding: set[str] = set()
        """STANs of reversals and advices that are not done."""
        self.late: dict[str, Remembered] = {}
        """Requests that were given up, by STAN, the oldest first."""
        self._stans = stans

    def ready(self) -> Connection | None:
        """A connection that may carry a request now."""
        return next((c for c in self.connections if c.signed_on), None)

    @property
    def full(self) -> bool:
        """Whether it has as many requests as its link allows, or as much to be forwarded."""
        waiting = len(self.forwarding)
        if waiting >= self.link.saf_capacity or len(self.in_flight) + waiting >= MAX_IN_FLIGHT:
            return True
        return len(self.in_flight) >= self.link.max_in_flight

    def take_stan(self) -> str:
        """A STAN free towards this issuer."""
        return self._stans.take(self)

    def __contains__(self, stan: object) -> bool:
        """Whether this STAN stands for something that may still be answered."""
        return stan in self.in_flight or stan in self.forwarding or stan in self.late

    def give_up(self, stan: str, entry: Remembered) -> None:
        """Remember a request that is not waited for any longer."""
        if len(self.late) >= MAX_LATE:
            del self.late[next(iter(self.late))]
        self.late[stan] = entry

    def transactions_on(self, connection: int) -> Iterator[Transaction]:
        """Those that this connection carries."""
        return (each for each in list(self.in_flight.values()) if each.issuer_connection == connection)
