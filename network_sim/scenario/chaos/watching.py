"""The switch's engine, watched: what it takes and does is held against its promises, and kept for the reckoning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from saklar.codecs import DecodeError, Message, network_code, response_code
from saklar.codecs.mti import is_request, is_response, message_class
from saklar.network_sim.promises import Promises
from saklar.network_sim.scenario.facts import PartyFacts
from saklar.network_sim.scenario.generation import FINANCIAL, NETWORK
from saklar.network_sim.scenario.wire import Delivery
from saklar.switch.engine import (
    Committed,
    Connected,
    Disconnected,
    Effect,
    Engine,
    Event,
    JournalDown,
    JournalUp,
    Link,
    Malformed,
    Note,
    Received,
    Recovered,
    RoutingTable,
    Send,
    Store,
)
from saklar.switch.engine.model import APPROVALS
from saklar.switch.engine.remembered import Remembered

PIN_DATA = 52

SIGN_ON, SIGN_OFF = "001", "002"

AT_PEACE_S = 1.0
"""The journal was well so long before a request came that it has no part in how late its answer is."""


class Told(NamedTuple):
    """An approval, as its acquirer knows it: class of the message, and what tells requests apart."""

    link: str
    kind: str
    stan: str
    rrn: str
    terminal: str
    transmission: str


Asked = tuple[str, str, str]
"""What an issuer was asked: its link, the class of the message, and the STAN that it had there."""


@dataclass
class Seen:
    """What was seen of all engines of a stage's switch.

    Attributes:
        broken: promises, in words, each once.
        secrets: that no line of the log may have: numbers of cards, and PIN blocks as they come.
        told: approvals that were given to acquirers' connections.
        arrived: those that came to the other end.
        asked: requests that were given to issuers' connections.
        approved, declined: those of them to which such an answer was taken.
    """

    secrets: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    told: set[Told] = field(default_factory=set)
    arrived: set[Told] = field(default_factory=set)
    asked: set[Asked] = field(default_factory=set)
    approved: set[Asked] = field(default_factory=set)
    declined: set[Asked] = field(default_factory=set)

    def breach(self, promise: str) -> None:
        """A promise is broken."""
        if promise not in self.broken:
            self.broken.append(promise)


def approval_in(link: str, message: Message) -> Told | None:
    """The approval that a message to an acquirer is, if it is one."""
    mti = message.mti
    if not (is_response(mti) and message_class(mti) in FINANCIAL and response_code(message) in APPROVALS):
        return None
    stan, rrn, terminal, transmission = (message.get(element) or "" for element in (11, 37, 41, 7))
    return Told(link, mti[1], stan, rrn, terminal, transmission)


class Watch:
    """Makes engines that are watched.

    Args:
        secrets: see `Seen`.
        patience_s: beyond an acquirer's limit, by which an answer may be late for being on its way.
    """

    def __init__(self, secrets: Iterable[str], patience_s: float) -> None:
        self.seen = Seen(set(secrets))
        self.engine: WatchedEngine | None = None
        """The one that runs, or ran last."""
        self._patience_s = patience_s
        self._promises = Promises(self.seen.breach, self.seen.secrets)

    def make_engine(self, links: Mapping[str, Link], routes: RoutingTable, **options: Any) -> Engine:
        """An engine, watched; those before it are gone, with their connections."""
        self._promises.crashed()
        engine = Engine(links, routes, **options)
        self.engine = WatchedEngine(engine, links, self._promises, self.seen, self._patience_s)
        return cast("Engine", self.engine)

    def unanswered(self) -> list[str]:
        """STANs of requests that have had no answer, on connections that are up."""
        return self._promises.unanswered()

    def came(self, facts: PartyFacts, message: Message) -> None:
        """See `striking.Onlooker`."""
        if facts.role == "acquirer" and (approval := approval_in(facts.link, message)) is not None:
            self.seen.arrived.add(approval)

    def left(self, facts: PartyFacts, message: Message, deliveries: Iterable[Delivery]) -> None:
        """See `striking.Onlooker`: what comes of it is seen where the engine takes it."""


class WatchedEngine:
    """An engine, and what is seen of it. What is not here is the engine's own.

    Args:
        engine: does it all.
        links: by name.
        promises: are to be kept.
        seen: takes what is seen.
        patience_s: see `Watch`.
    """

    def __init__(
        self, engine: Engine, links: Mapping[str, Link], promises: Promises, seen: Seen, patience_s: float
    ) -> None:
        self._engine = engine
        self._links = links
        self._promises = promises
        self._seen = seen
        self._patience_s = patience_s
        self.signed_off: set[str] = set()
        """Issuers that have taken their leave themselves."""
        self._connections: dict[int, Link] = {}
        self._trouble_at = float("-inf")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    # As `Engine`.

    def recover(self, recovered: Recovered, now: float) -> list[Effect]:
        """See `Engine`."""
        self._promises.recovered(recovered.remembered)
        return self._did(self._engine.recover(recovered, now), now)

    def handle(self, event: Event, now: float) -> list[Effect]:
        """See `Engine`."""
        self._took(event, now)
        return self._did(self._engine.handle(event, now), now)

    def handle_all(self, events: Iterable[Event], now: float) -> list[Effect]:
        """See `Engine`."""
        found = list(events)
        for event in found:
            self._took(event, now)
        return self._did(self._engine.handle_all(found, now), now)

    def tick(self, now: float) -> list[Effect]:
        """See `Engine`."""
        return self._did(self._engine.tick(now), now)

    def sign_off(self, now: float) -> list[Effect]:
        """See `Engine`."""
        return self._did(self._engine.sign_off(now), now)

    # What is seen.

    def _took(self, event: Event, now: float) -> None:
        match event:
            case Received(number, message):
                self._received(number, message, now)
            case Malformed(number, error):
                self._malformed(number, error, now)
            case Connected(number, link):
                self._connections[number] = self._links[link]
            case Disconnected(number):
                self._connections.pop(number, None)
                self._promises.disconnected(number)
            case Committed(count):
                self._promises.committed(count)
            case JournalDown() | JournalUp():
                self._trouble_at = now
            case _:
                pass

    def _received(self, number: int, message: Message, now: float) -> None:
        link = self._connections.get(number)
        if link is None:
            return
        if link.role == "acquirer":
            self._promises.asked(number, message, now)
            if (block := message.get(PIN_DATA)) is not None:
                self._seen.secrets.add(block)
        elif message_class(message.mti) == NETWORK and is_request(message.mti):
            change = {SIGN_ON: self.signed_off.discard, SIGN_OFF: self.signed_off.add}.get(network_code(message) or "")
            if change is not None:
                change(link.name)
        elif is_response(message.mti) and (code := response_code(message)) is not None:
            answers = self._seen.approved if code in APPROVALS else self._seen.declined
            answers.add((link.name, message.mti[1], message.get(11) or ""))

    def _malformed(self, number: int, error: DecodeError, now: float) -> None:
        link = self._connections.get(number)
        if link is not None and link.role == "acquirer" and 11 in error.partial:
            self._promises.asked(number, error.partial, now)

    def _did(self, effects: list[Effect], now: float) -> list[Effect]:
        for effect in effects:
            match effect:
                case Send(number, payload, token) if number in self._connections:
                    link = self._connections[number]
                    self._sent(link, number, link.dialect.decode(payload), now)
                    if isinstance(token, Remembered):
                        self._promises.approves(token.id)
                case Store(records):
                    self._promises.stored(records)
                case Note(_, event, fields):
                    self._promises.logged(event, str(dict(fields)))
                case _:
                    pass
        return effects

    def _sent(self, link: Link, number: int, message: Message, now: float) -> None:
        if link.role == "issuer":
            if not is_request(message.mti):
                return
            self._promises.forwarded(link.name, message)
            self._seen.asked.add((link.name, message.mti[1], message.get(11) or ""))
            return
        came = self._promises.answered(number, message)
        if came is not None and now - came > link.timeout_s + self._patience_s and self._trouble_at < came - AT_PEACE_S:
            self._seen.breach(f"{message.mti} {message.get(11)} is answered after {now - came:.1f} s")
        if (approval := approval_in(link.name, message)) is not None:
            self._seen.told.add(approval)
