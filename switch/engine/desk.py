"""What the switch holds of each issuer."""

from collections.abc import Iterator

from saklar.codecs import Dialect
from saklar.switch.engine.crossing import Crossing, crossing_between
from saklar.switch.engine.model import Connection, Link, Transaction
from saklar.switch.engine.remembered import Remembered
from saklar.switch.engine.stans import MAX_IN_FLIGHT, Stans
from saklar.switch.engine.timers import Lane

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
        self.silent: Lane = {}
        """When each request that it has is given up, the first one first."""
        self._stans = stans
        self._crossings: dict[Dialect, Crossing] = {}

    def ready(self) -> Connection | None:
        """A connection that may carry a request now."""
        for connection in self.connections:
            if connection.signed_on:
                return connection
        return None

    @property
    def full(self) -> bool:
        """Whether it has as many requests as its link allows, or as much to be forwarded."""
        waiting = len(self.forwarding)
        if waiting >= self.link.saf_capacity or len(self.in_flight) + waiting >= MAX_IN_FLIGHT:
            return True
        return len(self.in_flight) >= self.link.max_in_flight

    def crossing(self, dialect: Dialect) -> Crossing:
        """How messages cross between an acquirer's dialect and this issuer's."""
        crossing = self._crossings.get(dialect)
        if crossing is None:
            crossing = self._crossings[dialect] = crossing_between(dialect, self.link.dialect)
        return crossing

    def take_stan(self) -> str:
        """A STAN free towards this issuer."""
        in_flight, forwarding, late = self.in_flight, self.forwarding, self.late
        while True:
            stan = self._stans.next()
            if stan not in in_flight and stan not in forwarding and stan not in late:
                return stan

    def give_up(self, stan: str, entry: Remembered) -> None:
        """Remember a request that is not waited for any longer."""
        if len(self.late) >= MAX_LATE:
            del self.late[next(iter(self.late))]
        self.late[stan] = entry

    def transactions_on(self, connection: int) -> Iterator[Transaction]:
        """Those that this connection carries."""
        return (each for each in list(self.in_flight.values()) if each.issuer_connection == connection)
