"""What the switch holds of each issuer."""

from saklar.switch.engine.model import Connection, Link, Transaction
from saklar.switch.engine.stans import Stans


class IssuerDesk:
    """One issuer: its connections, and by STAN the requests that it has or is about to get."""

    def __init__(self, link: Link, stans: Stans) -> None:
        self.link = link
        self.connections: list[Connection] = []
        self.in_flight: dict[str, Transaction] = {}
        self._stans = stans

    def ready(self) -> Connection | None:
        """A connection that may carry a request now."""
        return next((c for c in self.connections if c.signed_on), None)

    @property
    def full(self) -> bool:
        """Whether it has as many requests as its link allows."""
        return len(self.in_flight) >= self.link.max_in_flight

    def take_stan(self) -> str:
        """A STAN free towards this issuer."""
        return self._stans.take(self.in_flight)

    def waiting(self, answer_stan: str) -> Transaction | None:
        """The transaction that an answer with this STAN belongs to."""
        return self.in_flight.get(answer_stan)
