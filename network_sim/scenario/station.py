"""A party on the network: its connections, what it does by itself, and whom of the cases a message is for."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial

import structlog
import trio

from saklar.codecs import CodecError, DecodeError, Message, convert, load_dialect, network_code, response_code
from saklar.codecs.mti import is_request, message_class
from saklar.network_sim.dialling import Unreachable, dial
from saklar.network_sim.scenario.behaviour import Behaviour, Reply, must_be_answered
from saklar.network_sim.scenario.crowd import Crowd
from saklar.network_sim.scenario.facts import PartyFacts, Setup
from saklar.network_sim.scenario.generation import NETWORK, Counters
from saklar.network_sim.scenario.language.source import Wrong
from saklar.network_sim.scenario.rendering import Context
from saklar.network_sim.scenario.rulebook import RuleBook, RuleTap
from saklar.network_sim.scenario.scope import Scope
from saklar.network_sim.scenario.seat import ANY, Arrival, Seat
from saklar.network_sim.scenario.wire import Tap, Wire
from saklar.switch.engine.messages import answer_to
from saklar.switch.links import Address

log = structlog.get_logger()

CONNECT_S = 5.0
"""To open a connection."""

SIGN_ON_S = 10.0
"""For the answer to a sign-on or a sign-off."""

REDIAL_S = 0.25
"""Between the tries of a party that keeps a connection to somebody who does not listen yet."""

SIGN_ON, SIGN_OFF = "001", "002"


class NotConnected(Exception):
    """A party has nobody to send to, or cannot connect; `str()` says why."""


class Station:
    """A party.

    Args:
        facts: who it is.
        setup: cards and all the rest.
        rng: draws.
        clock: UTC.
        peer: the lane of whom it talks to.
    """

    def __init__(
        self, facts: PartyFacts, setup: Setup, rng: random.Random, clock: Callable[[], datetime], peer: str
    ) -> None:
        self.facts = facts
        self.peer = peer
        self.address = facts.address
        self.counters = Counters(rng.randrange(900_000), facts.terminals)
        self.rules = RuleBook(facts.rules, rng)
        self.behaviour = Behaviour(facts, setup, self.rules, rng, clock)
        self.seats: list[Seat] = []
        self.crowd: Crowd | None = None
        """Of a load: whom messages are for."""
        self.spray: Callable[[Station, RuleTap], Tap] | None = None
        """What happens to payloads besides what rules have, if anything."""
        self.scope = Scope()
        """What names in rules mean; of the case where there is one."""
        self._rng = rng
        self._clock = clock
        self._wires: list[Wire] = []
        self._next_wire = 0
        self._nursery: trio.Nursery | None = None
        self._listeners: list[trio.SocketListener] = []
        self._listening = trio.CancelScope()
        self._refusing = False
        self._down = False
        self._is_calm = False
        self._thawed = trio.Event()
        self._thawed.set()
        self._answers: dict[tuple[str, str], tuple[trio.Event, list[Message]]] = {}

    # Its life.

    async def run(self, *, task_status: trio.TaskStatus[Address | None] = trio.TASK_STATUS_IGNORED) -> None:
        """Be there until cancelled. Reports the address that it listens on.

        Raises:
            OSError: that address cannot be listened on.
        """
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            if self.listens:
                await self._listen()
            elif self.facts.role == "issuer" and self.facts.outside:
                nursery.start_soon(self._keep_dialling)
            task_status.started(self.address)
            await trio.sleep_forever()

    @property
    def listens(self) -> bool:
        """Whether its peer dials it."""
        return self.facts.listens if self.facts.address is not None else self.facts.role == "issuer"

    async def _listen(self) -> None:
        host, port = self.address or Address("127.0.0.1", 0)
        self._listeners = await trio.open_tcp_listeners(port, host=host)
        self.address = Address(*self._listeners[0].socket.getsockname()[:2])
        self._listening = trio.CancelScope()
        assert self._nursery is not None
        self._nursery.start_soon(self._accept, self._listeners, self._listening)

    async def _accept(self, listeners: list[trio.SocketListener], scope: trio.CancelScope) -> None:
        with scope:
            await trio.serve_listeners(self._carry, listeners, handler_nursery=self._nursery)
        for listener in listeners:
            await listener.aclose()

    async def _keep_dialling(self) -> None:
        while True:
            if not (self._usable or self._down or self._refusing):
                with suppress(NotConnected):
                    await self.connect()
            await trio.sleep(REDIAL_S)

    async def connect(self) -> None:
        """Open a connection.

        Raises:
            NotConnected: it cannot be.
        """
        if self.address is None or self._nursery is None:
            raise NotConnected(f"{self.facts.name} has nobody to connect to")
        try:
            stream = await dial(self.address, CONNECT_S)
        except Unreachable as error:
            raise NotConnected(f"{self.facts.name} cannot connect to {self.address}: {error}") from None
        self._down = False
        self._nursery.start_soon(self._run_wire, self._opened(stream))

    async def ensure_connected(self) -> None:
        """Open a connection where there is none and the party is to open it.

        Raises:
            NotConnected: it cannot be.
        """
        if not self._usable and not self.listens:
            await self.connect()

    async def _carry(self, stream: trio.abc.Stream) -> None:
        if self._refusing or self._down:
            await trio.aclose_forcefully(stream)
            return
        await self._run_wire(self._opened(stream))

    def _opened(self, stream: trio.abc.Stream) -> Wire:
        tap = RuleTap(self.rules, self.behaviour.maker, self._context, self._rng, self._note_fault, self._wrong)
        sprayed = tap if self.spray is None else self.spray(self, tap)
        wire = Wire(stream, self.facts.framing, sprayed, lambda: self._thawed)
        self._wires.append(wire)
        self._link_event("connect")
        return wire

    async def _run_wire(self, wire: Wire) -> None:
        try:
            reason = await wire.run(partial(self._deliver, wire))
            log.debug("scenario.link_down", party=self.facts.name, reason=reason)
        finally:
            self._wires.remove(wire)
            for seat in self.seats if wire.lost else ():
                seat.recorder.act(self.facts.name, "loses its connection", f"({wire.lost})")
            self._link_event("disconnect")

    def _link_event(self, what: str) -> None:
        for seat in self.seats:
            seat.links.append(what)
            seat.stir()

    async def wait_disconnected(self) -> None:
        """Wait until no connection is left."""
        while self._wires:
            await self._wires[0].ended.wait()
            await trio.lowlevel.checkpoint()

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._usable)

    @property
    def _usable(self) -> list[Wire]:
        """Those at whose other end somebody may hear it."""
        return [wire for wire in self._wires if not wire.half_open]

    # What is done to it.

    def disconnect(self, *, reset: bool = False) -> None:
        """Close its connections."""
        for wire in list(self._wires):
            wire.close("the scenario asked for it", reset=reset)

    def half_open(self) -> None:
        """Be gone from its connections, without closing them; it may have new ones."""
        for wire in self._wires:
            wire.half_open = True

    def freeze(self) -> None:
        """Read and write nothing."""
        if self._thawed.is_set():
            self._thawed = trio.Event()

    def resume(self) -> None:
        """Read and write again."""
        self._thawed.set()

    def refuse(self) -> None:
        """Take no connection."""
        self._refusing = True
        self._listening.cancel()

    async def accept(self) -> None:
        """Take connections again."""
        self._refusing = False
        if self.listens and self._listening.cancel_called:
            await self._listen()

    def die(self) -> None:
        """End at once."""
        self._down = True
        self._listening.cancel()
        self.disconnect(reset=True)

    async def start(self) -> None:
        """Be there again."""
        self._down = False
        self._refusing = False
        self.resume()
        if self.listens and self._listening.cancel_called:
            await self._listen()

    async def calm(self) -> None:
        """Be there, forget all rules, and accept what is sent until it is accepted, from now on."""
        self._is_calm = True
        self.rules.forget()
        for wire in list(self._wires):
            if wire.is_stuck:
                wire.close("it is stuck")
        await self.start()

    # Sending.

    def send(self, seat: Seat, message: Message, *, wire: Wire | None = None) -> None:
        """Send a message, on the connection on which what it answers came.

        Raises:
            NotConnected: there is no connection.
            CodecError: it has no form.
        """
        self._wire(wire).send(bytes(message))
        self._remember(seat, message)

    def _remember(self, seat: Seat, message: Message) -> None:
        seat.remember(message)
        if self.crowd is not None:
            self.crowd.sent(self.facts.name, seat, message)

    def send_raw(self, data: bytes, *, framed: bool) -> None:
        """Send bytes as they are.

        Raises:
            NotConnected: there is no connection.
        """
        self._wire(None).send(data, framed=framed)

    def _wire(self, wanted: Wire | None) -> Wire:
        if wanted is not None and wanted.alive:
            return wanted
        usable = self._usable
        if not usable:
            raise NotConnected(f"{self.facts.name} has no connection")
        self._next_wire += 1
        return usable[self._next_wire % len(usable)]

    async def exchange_network(self, seat: Seat, code: str) -> Message:
        """Send a sign-on, a sign-off or an echo test, and return its answer.

        Raises:
            NotConnected: there is no connection, no answer, or one that refuses.
        """
        answer = await self.ask_network(seat, code)
        if response_code(answer) != "00":
            raise NotConnected(f"{self.facts.name}: refused with {answer.mti} {response_code(answer)}")
        return answer

    async def ask_network(self, seat: Seat, code: str) -> Message:
        """The same, also where the answer refuses.

        Raises:
            NotConnected: there is no connection, or no answer.
        """
        stan = self.counters.stan()
        now = self._clock()
        terms = load_dialect("iso87-ascii").message({"mti": "0800", 7: f"{now:%m%d%H%M%S}", 11: stan, 70: code})
        request = convert(terms, self.facts.dialect, today=now.date())
        answered, answers = self._answers[NETWORK, stan] = (trio.Event(), [])
        seat.recorder.message(request, self.facts.name, self.peer, self.facts.name, origin="rule")
        try:
            self._wire(None).send(bytes(request))
            with trio.move_on_after(SIGN_ON_S):
                await answered.wait()
        finally:
            del self._answers[NETWORK, stan]
        if not answers:
            raise NotConnected(f"{self.facts.name}: no answer to {request.mti} ({network_code(request)})")
        return answers[0]

    # Receiving.

    def _deliver(self, wire: Wire, payload: bytes) -> None:
        try:
            message = self.facts.dialect.decode(payload)
        except DecodeError as error:
            self._undecodable(error, len(payload))
            return
        awaited = self._answers.get((message_class(message.mti), message.get(11) or ""))
        is_awaited = awaited is not None and not is_request(message.mti)
        if awaited is not None and is_awaited:
            awaited[1].append(message)
            awaited[0].set()
        seat = self.seat_for(message)
        if seat is None:
            self._without_seat(wire, message)
            return
        event = seat.recorder.message(message, self.peer, self.facts.name, self.facts.name, origin="network")
        if is_awaited:
            return
        arrival = Arrival(message, wire, event.number)
        if self._is_automatic(message, seat):
            arrival.handled = True
            self._reply(seat, arrival, Reply(answer_to(message, "00")))
            return
        try:
            owed = self._is_calm and must_be_answered(message)
            replies = [Reply(answer_to(message, "00"))] if owed else self.behaviour.on(message, self._context(seat))
        except Wrong as wrong:
            seat.refuse(str(wrong.problem.message), arrival)
            return
        arrival.handled = replies is not None
        seat.arrive(arrival)
        for reply in replies or ():
            self._reply(seat, arrival, reply)

    def _is_automatic(self, message: Message, seat: Seat) -> bool:
        is_network = message_class(message.mti) == NETWORK and is_request(message.mti)
        return is_network and (self._is_calm or (self.facts.automatic and not seat.by_hand))

    def _without_seat(self, wire: Wire, message: Message) -> None:
        """Between cases a party answers network management, and has forgotten the rest."""
        if message_class(message.mti) == NETWORK and is_request(message.mti) and self.facts.automatic:
            wire.send(bytes(answer_to(message, "00")))
            return
        log.debug("scenario.stray", party=self.facts.name, mti=message.mti, stan=message.get(11))

    def _undecodable(self, error: DecodeError, size: int) -> None:
        for seat in self.seats[:1]:
            seat.recorder.undecodable(error, size, self.peer, self.facts.name)
            seat.stir()
            if ANY not in seat.allowed:
                said = f"{self.facts.name} received {size} bytes that are no {self.facts.dialect.name}: {error}"
                seat.refuse(said, None)

    def _reply(self, seat: Seat, arrival: Arrival, reply: Reply) -> None:
        if reply.after_s and self._nursery is not None:
            self._nursery.start_soon(self._reply_later, seat, arrival, reply)
        else:
            self._reply_now(seat, arrival, reply)

    async def _reply_later(self, seat: Seat, arrival: Arrival, reply: Reply) -> None:
        await trio.sleep(reply.after_s)
        self._reply_now(seat, arrival, reply)

    def _reply_now(self, seat: Seat, arrival: Arrival, reply: Reply) -> None:
        if seat not in self.seats:
            return  # its case is over
        if reply.message is None:
            self.disconnect(reset=reply.reset)
            return
        note = ""
        try:
            self._wire(arrival.wire).send(bytes(reply.message))
        except (NotConnected, CodecError) as error:
            note = str(error)
        self._remember(seat, reply.message)
        seat.recorder.message(
            reply.message,
            self.facts.name,
            self.peer,
            self.facts.name,
            origin="rule",
            note=note,
            state="dropped" if note else "sent",
        )

    def seat_for(self, message: Message) -> Seat | None:
        """The case that a message belongs to: that of its request, or of the reference number that it has."""
        if self.crowd is not None:
            return self.crowd.seat_for(self.facts.name, message)
        if len(self.seats) <= 1:
            return self.seats[0] if self.seats else None
        if not is_request(message.mti):
            for seat in self.seats:
                request = seat.request_of(message)
                if request is not None and request.get(11) == message.get(11):
                    return seat
        rrn = message.get(37)
        return next((seat for seat in self.seats if rrn is not None and rrn in seat.marks), None)

    def _context(self, seat: Seat | None = None) -> Context:
        found = seat or (self.seats[0] if self.seats else None)
        scope = found.maker_scope if found is not None else self.scope
        return Context(scope, self.facts.dialect, self.facts.currency, self._clock(), self._rng)

    def _wrong(self, wrong: Wrong) -> None:
        for seat in self.seats[:1]:
            seat.refuse(wrong.problem.message, None)

    def _note_fault(self, what: str) -> None:
        for seat in self.seats[:1]:
            seat.recorder.act(self.facts.name, what)
