"""The engine: events in, effects out. No I/O, no clock, no randomness but what it is given.

Its rules in three lines: a request that is accepted gets exactly one answer; what the issuer may see is
durable before it leaves; the answer is durable before it leaves.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from saklar.codecs import CodecError, Message
from saklar.codecs.mti import is_request, is_response, message_class
from saklar.switch.engine.desk import IssuerDesk
from saklar.switch.engine.effects import Close, Effect, Note, Send
from saklar.switch.engine.events import (
    Committed,
    Connected,
    Disconnected,
    Draining,
    Event,
    HsmDone,
    Malformed,
    Received,
    StoreFailed,
)
from saklar.switch.engine.life import Transactions
from saklar.switch.engine.messages import answer_to
from saklar.switch.engine.model import Connection, Link
from saklar.switch.engine.network import NetworkManagement
from saklar.switch.engine.originals import Originals
from saklar.switch.engine.record import TransactionRecord
from saklar.switch.engine.routing import RoutingTable
from saklar.switch.engine.stans import LAST_STAN, Stans
from saklar.switch.engine.timers import Timers

NETWORK_MANAGEMENT = "8"
ROUTED = frozenset("124")
"""Authorisation, financial and reversal messages go to the issuer of their PAN."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Engine:
    """The switch without its sockets.

    Args:
        links: every link by name.
        routes: which issuer owns which BIN; it may only name issuers among the links.
        wall_clock: the current UTC time; time limits do not use it.
        rng: makes correlation ids and the first STANs differ from run to run.
        originals: transactions of earlier runs that a reversal may name, oldest first.
        hsm_timeout_s: how long the HSM may take to translate a PIN block.
        trace: whether to note each transaction when it is done.
    """

    def __init__(
        self,
        links: Mapping[str, Link],
        routes: RoutingTable,
        *,
        wall_clock: Callable[[], datetime] = _utc_now,
        rng: random.Random | None = None,
        originals: Iterable[TransactionRecord] = (),
        hsm_timeout_s: float = 3.0,
        trace: bool = False,
    ) -> None:
        self._links = links
        self._wall_clock = wall_clock
        self._rng = rng or random.SystemRandom()
        self._effects: list[Effect] = []
        self._timers = Timers()
        self._connections: dict[int, Connection] = {}
        self._draining = False
        self._desks = {
            link.name: IssuerDesk(link, self._new_stans()) for link in links.values() if link.role == "issuer"
        }
        remembered = Originals()
        for record in originals:
            remembered.remember(record)
        emit = self._effects.append
        self._network = NetworkManagement(emit, self._timers, self._new_stans(), wall_clock)
        self._transactions = Transactions(
            emit, self._timers, routes, self._desks, remembered, self._new_id, hsm_timeout_s=hsm_timeout_s, trace=trace
        )
        self.counters = self._transactions.counters

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Take in an event; `now` is in seconds of a clock that never steps back. Returns what to do, in order."""
        match event:
            case Received(number, message):
                self._received(number, message, now)
            case Committed(id_, revision):
                self._transactions.committed(id_, revision, now)
            case HsmDone(id_, response):
                self._transactions.hsm_done(id_, response, now)
            case Malformed(number, error):
                self._malformed(number, error)
            case StoreFailed(id_, revision):
                self._transactions.store_failed(id_, revision, now)
            case Connected(number, link):
                self._connected(number, link, now)
            case Disconnected(number):
                self._disconnected(number, now)
            case Draining():
                self._draining = True
        return self._take_effects()

    def tick(self, now: float) -> list[Effect]:
        """Do what is due. Call it at `next_deadline`, or later."""
        for handler in self._timers.due(now):
            handler(now)
        return self._take_effects()

    def sign_off(self, now: float) -> list[Effect]:
        """Tell the issuers that the switch leaves; the last thing before connections are closed."""
        for connection in self._connections.values():
            self._network.sign_off(connection, now)
        return self._take_effects()

    @property
    def next_deadline(self) -> float | None:
        """When `tick` is due next, in seconds of the same clock; None if nothing waits for time."""
        return self._timers.next

    @property
    def settled(self) -> bool:
        """Whether nothing waits: no transaction for its answer, no sign-off of ours for its own."""
        return not self._transactions.open and not self._network.signing_off

    @property
    def pending(self) -> int:
        """Transactions that have not had their answer."""
        return len(self._transactions.open)

    def link(self, name: str) -> Link:
        """The link of that name."""
        return self._links[name]

    def ready(self, issuer: str) -> bool:
        """Whether requests can go to this issuer now."""
        return self._desks[issuer].ready() is not None

    def _connected(self, number: int, link_name: str, now: float) -> None:
        link = self._links[link_name]
        connection = Connection(number, link, signed_on=not link.sign_on)
        self._connections[number] = connection
        if link.role == "issuer":
            self._desks[link_name].connections.append(connection)
        self._network.connected(connection, now)

    def _disconnected(self, number: int, now: float) -> None:
        connection = self._connections.pop(number, None)
        if connection is None:
            return
        connection.up = False
        self._network.disconnected(connection)
        if connection.link.role == "issuer":
            self._desks[connection.link.name].connections.remove(connection)
            self._transactions.issuer_gone(connection, now)

    def _received(self, number: int, message: Message, now: float) -> None:
        connection = self._connections.get(number)
        if connection is None:
            return
        connection.malformed = 0
        mti = message.mti
        if message_class(mti) == NETWORK_MANAGEMENT:
            self._network.received(connection, message)
        elif connection.link.role == "issuer":
            self._from_issuer(connection, message, now)
        elif is_request(mti) and message_class(mti) in ROUTED:
            self._transactions.requested(connection, message, now, self._not_now(connection))
        else:
            self._unexpected(connection, message)

    def _from_issuer(self, connection: Connection, message: Message, now: float) -> None:
        if is_response(message.mti):
            self._transactions.answered(connection, message, now)
        else:
            self._unexpected(connection, message)

    def _not_now(self, connection: Connection) -> str | None:
        if self._draining:
            return "the switch is about to stop"
        return None if connection.signed_on else "the acquirer is not signed on"

    def _unexpected(self, connection: Connection, message: Message) -> None:
        """No party to that: a response is never answered (two switches could go on for ever), a request is with 12."""
        self.counters["unexpected"] += 1
        self._emit_note(connection, "message.unexpected", mti=message.mti, stan=message.get(11))
        if is_request(message.mti):
            self._effects.append(Send(connection.number, bytes(answer_to(message, "12"))))

    def _malformed(self, number: int, error: CodecError) -> None:
        """A frame that does not decode: 30 if it says enough to be answered; who sends nothing else is left."""
        connection = self._connections.get(number)
        if connection is None:
            return
        self.counters["malformed"] += 1
        connection.malformed += 1
        self._emit_note(connection, "message.malformed", field=error.field, offset=error.offset, reason=error.message)
        partial = getattr(error, "partial", None)
        if partial is not None and is_request(partial.mti) and 11 in partial:
            self._effects.append(Send(number, bytes(answer_to(partial, "30"))))
        elif connection.malformed >= connection.link.max_malformed:
            self._effects.append(Close(number, f"{connection.malformed} messages in a row did not decode"))

    def _emit_note(self, connection: Connection, event: str, **fields: object) -> None:
        who = {"link": connection.link.name, "connection": connection.number}
        self._effects.append(Note("warning", event, {**who, **fields}))

    def _take_effects(self) -> list[Effect]:
        effects = self._effects[:]
        self._effects.clear()
        return effects

    def _new_stans(self) -> Stans:
        return Stans(self._rng.randrange(LAST_STAN))

    def _new_id(self) -> tuple[str, str]:
        """Sortable by time: 11 hex digits of milliseconds, 9 random ones."""
        moment = self._wall_clock()
        milliseconds = int(moment.timestamp() * 1000)
        return f"{milliseconds:011x}{self._rng.getrandbits(36):09x}", moment.isoformat(timespec="milliseconds")
