"""The engine: events in, effects out. No I/O, no clock, no randomness but what it is given.

Its rules in four lines: a request that is accepted gets exactly one answer; what the issuer may see is
durable before it leaves; an approval is durable before it leaves; what an issuer may have approved and no
acquirer was told is reversed.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from saklar.codecs import CodecError, Message
from saklar.codecs.mti import is_request, is_response, message_class
from saklar.switch.engine.admission import Admission
from saklar.switch.engine.advices import Advices
from saklar.switch.engine.context import Context
from saklar.switch.engine.desk import IssuerDesk
from saklar.switch.engine.effects import Close, Effect, Note, Send
from saklar.switch.engine.events import (
    Committed,
    Connected,
    Disconnected,
    Draining,
    Event,
    HsmDone,
    JournalDown,
    JournalUp,
    Malformed,
    Received,
)
from saklar.switch.engine.ids import Ids
from saklar.switch.engine.messages import answer_to
from saklar.switch.engine.model import Connection, Link
from saklar.switch.engine.network import NetworkManagement
from saklar.switch.engine.record import Recovered
from saklar.switch.engine.recovery import Recovery
from saklar.switch.engine.remembered import CAPACITY, WINDOW_S, Memory, Remembered
from saklar.switch.engine.requests import Requests
from saklar.switch.engine.routing import RoutingTable
from saklar.switch.engine.saf import StoreAndForward
from saklar.switch.engine.settling import Settling
from saklar.switch.engine.stans import LAST_STAN, Stans
from saklar.switch.engine.timers import Timers

NETWORK_MANAGEMENT = "8"
ANSWER_MARGIN_S = 0.5
"""Given up this long (or a tenth of the limit) before the acquirer's own limit, so that an answer arrives within it."""

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
        hsm_timeout_s: how long the HSM may take to translate a PIN block.
        remembered: how many transactions are kept for repeats and reversals, and for how long at most (seconds).
        last_position: the highest position in the queues of earlier runs.
        trace: whether to note each transaction when it is done.
    """

    def __init__(
        self,
        links: Mapping[str, Link],
        routes: RoutingTable,
        *,
        wall_clock: Callable[[], datetime] = _utc_now,
        rng: random.Random | None = None,
        hsm_timeout_s: float = 3.0,
        remembered: tuple[int, float] = (CAPACITY, WINDOW_S),
        last_position: int = 0,
        trace: bool = False,
    ) -> None:
        self._links = links
        self._rng = rng or random.Random()  # noqa: S311 (seeded by the system; ids must differ, and guard nothing)
        self._effects: list[Effect] = []
        self._timers = Timers()
        self._connections: dict[int, Connection] = {}
        self._draining = False
        self._desks = desks = {
            link.name: IssuerDesk(link, self._new_stans()) for link in links.values() if link.role == "issuer"
        }
        acquirers = [link.name for link in links.values() if link.role == "acquirer"]
        self._ids = Ids(wall_clock, self._rng)
        emit = self._effects.append
        self._context = context = Context(emit, self._timers, wall_clock, self._ids.new)
        self._network = NetworkManagement(emit, self._timers, self._new_stans(), wall_clock, self._signed_on)
        memory = Memory(*remembered)
        self._saf = saf = StoreAndForward(context, desks, last_position)
        self._settling = settling = Settling(context, acquirers, desks, saf, trace=trace)
        self._requests = Requests(context, settling, saf, routes, desks, hsm_timeout_s=hsm_timeout_s)
        advices = Advices(context, settling, saf, memory, routes, desks)
        self._admission = Admission(context, links, settling, memory, self._requests, advices)
        self._recovery = Recovery(context, links, desks, memory, saf, settling)

    def recover(self, recovered: Recovered, now: float) -> list[Effect]:
        """Settle what earlier runs left, before anything else; what to store comes back, and must be durable first."""
        self._recovery.run(recovered, now)
        return self._take_effects()

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Take in an event; `now` is in seconds of a clock that never steps back. Returns what to do, in order."""
        self._take_in(event, now)
        return self._take_effects()

    def handle_all(self, events: Iterable[Event], now: float) -> list[Effect]:
        """Take in what happened at one moment: what it has stored is stored together."""
        for event in events:
            if event.__class__ is Received:  # most are
                self._received(event.connection, event.message, now)
            else:
                self._take_in(event, now)
        return self._take_effects()

    def _take_in(self, event: Event, now: float) -> None:
        match event:
            case Received(number, message):
                self._received(number, message, now)
            case Committed(count):
                self._context.committed(count, now)
            case HsmDone(id_, response):
                self._requests.hsm_done(id_, response, now)
            case Malformed(number, error):
                self._malformed(number, error)
            case Connected(number, link):
                self._connected(number, link, now)
            case Disconnected(number, unsent, doubtful):
                self._disconnected(number, unsent, doubtful, now)
            case JournalDown() | JournalUp():
                self._journal(event, now)
            case Draining():
                self._draining = True

    def _journal(self, event: JournalDown | JournalUp, now: float) -> None:
        if isinstance(event, JournalUp):
            self._context.note("info", "journal.up")
            self._settling.journal_back(now)
            return
        if self._context.journal_up or (self._context.journal_stalled and not event.stalled):
            self._context.note("error", "journal.down", reason=event.reason, stalled=event.stalled)
        self._settling.journal_down(stalled=event.stalled, now=now)

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
    def counters(self) -> Mapping[str, int]:
        """What was seen since the start, by name; 0 for what was not."""
        return Counter(self._context.counters)

    @property
    def next_deadline(self) -> float | None:
        """When `tick` is due next, in seconds of the same clock; None if nothing waits for time."""
        return self._timers.next

    @property
    def settled(self) -> bool:
        """Whether nothing waits: no transaction for its answer, no record for the journal, no sign-off for its own."""
        return not self._settling.open and not self._context.unstored and not self._network.signing_off

    @property
    def pending(self) -> int:
        """Transactions that have not had their answer."""
        return len(self._settling.open)

    @property
    def to_forward(self) -> int:
        """Reversals and advices that their issuers have not answered."""
        return len(self._saf)

    def link(self, name: str) -> Link:
        """The link of that name."""
        return self._links[name]

    def ready(self, issuer: str) -> bool:
        """Whether requests can go to this issuer now."""
        return self._desks[issuer].ready() is not None

    def _connected(self, number: int, link_name: str, now: float) -> None:
        link = self._links[link_name]
        patience_s = link.timeout_s - min(ANSWER_MARGIN_S, link.timeout_s / 10)
        connection = Connection(number, link, signed_on=not link.sign_on, patience_s=patience_s)
        self._connections[number] = connection
        if link.role == "issuer":
            self._desks[link_name].connections.append(connection)
        self._network.connected(connection, now)
        if connection.signed_on:
            self._signed_on(connection, now)

    def _signed_on(self, connection: Connection, now: float) -> None:
        """What waits for an issuer can go there now."""
        if connection.link.role == "issuer":
            self._saf.connected(self._desks[connection.link.name], now)

    def _disconnected(self, number: int, unsent: tuple[object, ...], doubtful: tuple[object, ...], now: float) -> None:
        connection = self._connections.pop(number, None)
        if connection is None:
            return
        connection.up = False
        self._network.disconnected(connection)
        if connection.link.role == "issuer":
            self._desks[connection.link.name].connections.remove(connection)
            self._requests.issuer_gone(connection, now)
            self._saf.disconnected(connection, now)
        for entry in unsent:
            if isinstance(entry, Remembered):
                entry.told -= 1
                if not entry.told:
                    self._settling.untold(entry)
        for entry in doubtful:
            if isinstance(entry, Remembered):
                self._settling.in_doubt(entry)

    def _received(self, number: int, message: Message, now: float) -> None:
        connection = self._connections.get(number)
        if connection is None:
            return
        connection.malformed = 0
        mti = message.mti
        class_ = message_class(mti)
        if class_ == NETWORK_MANAGEMENT:
            self._network.received(connection, message, now)
        elif connection.link.role == "issuer":
            self._from_issuer(connection, message, now)
        elif class_ in ROUTED and is_request(mti):
            closed = None if connection.signed_on and not self._draining else self._not_now(connection)
            self._admission.requested(connection, message, now, closed)
        else:
            self._unexpected(connection, message)

    def _from_issuer(self, connection: Connection, message: Message, now: float) -> None:
        if not is_response(message.mti):
            self._unexpected(connection, message)
            return
        is_forwarded = message.get(11) in self._desks[connection.link.name].forwarding
        if not (is_forwarded and self._saf.answered(connection, message, now)):
            self._requests.answered(connection, message, now)

    def _not_now(self, connection: Connection) -> str | None:
        if self._draining:
            return "the switch is about to stop"
        return None if connection.signed_on else "the acquirer is not signed on"

    def _unexpected(self, connection: Connection, message: Message) -> None:
        """No party to that: a response is never answered (two switches could go on for ever), a request is with 12."""
        self._context.count("unexpected")
        self._emit_note(connection, "message.unexpected", mti=message.mti, stan=message.get(11))
        if is_request(message.mti):
            self._effects.append(Send(connection.number, bytes(answer_to(message, "12"))))

    def _malformed(self, number: int, error: CodecError) -> None:
        """A frame that does not decode: 30 if it says enough to be answered; who sends nothing else is left."""
        connection = self._connections.get(number)
        if connection is None:
            return
        self._context.count("malformed")
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
        self._context.flush()
        self._ids.next_moment()
        effects = self._effects[:]
        self._effects.clear()
        return effects

    def _new_stans(self) -> Stans:
        return Stans(self._rng.randrange(LAST_STAN))
