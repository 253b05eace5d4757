"""A man in the middle: it takes connections, dials on, and passes messages, as its rules have it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

import trio

from saklar.codecs import CodecError, DecodeError, Message
from saklar.network_sim.dialling import Unreachable, dial
from saklar.network_sim.scenario.facts import PartyFacts, Setup
from saklar.network_sim.scenario.language.source import Wrong
from saklar.network_sim.scenario.language.tree import Message as Said
from saklar.network_sim.scenario.language.tree import Rule
from saklar.network_sim.scenario.rendering import Context
from saklar.network_sim.scenario.rulebook import RuleTap, Struck, delay_s
from saklar.network_sim.scenario.seat import Arrival, Seat
from saklar.network_sim.scenario.station import CONNECT_S, NotConnected, Station
from saklar.network_sim.scenario.wire import Wire
from saklar.switch.engine.messages import answer_to


class Proxy(Station):
    """A party between two others, whom it does not know.

    Args:
        facts: who it is; `upstream` is dialled for each connection that it takes.
        setup: cards and all the rest.
        rng: draws.
        clock: UTC.
        peer: the lane of whom it dials.
    """

    def __init__(
        self, facts: PartyFacts, setup: Setup, rng: random.Random, clock: Callable[[], datetime], peer: str
    ) -> None:
        super().__init__(facts, setup, rng, clock, peer)
        self.upstream = facts.upstream
        self.downstream = ""
        """The lane of who dials it."""
        self._other: dict[Wire, Wire] = {}
        self._client_side: set[Wire] = set()

    @property
    def listens(self) -> bool:
        """Always."""
        return True

    async def _carry(self, stream: trio.abc.Stream) -> None:
        if self._refusing or self._down:
            await trio.aclose_forcefully(stream)
            return
        try:
            onward = await self._dial_on()
        except NotConnected:
            await trio.aclose_forcefully(stream)
            return
        client, host = self._opened(stream), self._opened(onward)
        self._other |= {client: host, host: client}
        self._client_side.add(client)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._run_wire, host)
            await self._run_wire(client)

    async def _dial_on(self) -> trio.abc.Stream:
        assert self.upstream is not None
        try:
            return await dial(self.upstream, CONNECT_S)
        except Unreachable as error:
            raise NotConnected(f"{self.facts.name} cannot connect to {self.upstream}: {error}") from None

    async def _run_wire(self, wire: Wire) -> None:
        """Until either side ends; then the other one ends, too."""
        try:
            await super()._run_wire(wire)
        finally:
            other = self._other.pop(wire, None)
            self._client_side.discard(wire)
            if other is not None:
                other.close("the other side ended")

    def _deliver(self, wire: Wire, payload: bytes) -> None:
        seat = self._seat_for_payload(payload)
        try:
            message = self.facts.dialect.decode(payload)
        except DecodeError as error:
            if seat is not None:
                seat.recorder.undecodable(error, len(payload), self._lane(wire), self.facts.name)
            self._pass_on(wire, payload)
            return
        if seat is None:
            self._pass_on(wire, payload)
            return
        name = self.facts.name
        event = seat.recorder.message(message, self._lane(wire), name, name, origin="network")
        seat.arrive(Arrival(message, wire, event.number, handled=True))
        try:
            rule = self.rules.first("on", message, self._context(seat))
            if rule is None:
                self._send_on(seat, wire, message, "")
            else:
                plain = rule.action.kind not in ("disconnect", "abort") or not rule.action.arguments
                do = _RULES.get(rule.action.kind) if plain else None
                (do or Proxy.strike)(self, rule, seat, wire, message)
        except Wrong as wrong:
            seat.refuse(wrong.problem.message, None)

    def _lane(self, wire: Wire) -> str:
        return self.downstream if wire in self._client_side else self.peer

    def _seat_for_payload(self, payload: bytes) -> Seat | None:
        if len(self.seats) <= 1:
            return self.seats[0] if self.seats else None
        try:
            return self.seat_for(self.facts.dialect.decode(payload))
        except DecodeError:
            return None

    def _pass_on(self, wire: Wire, payload: bytes) -> None:
        other = self._other.get(wire)
        if other is not None:
            other.send(payload)

    def _send_on(self, seat: Seat, wire: Wire, message: Message, note: str) -> None:
        """Give a message to the other side."""
        other = self._other.get(wire)
        if other is None:
            return
        name = self.facts.name
        seat.recorder.message(message, name, self._lane(other), name, origin="rule", note=note)
        other.send(bytes(message))

    # What rules do.

    def drop(self, rule: Rule, seat: Seat, wire: Wire, message: Message) -> None:
        """Let it go no further."""
        seat.recorder.act(self.facts.name, f"drops the {message.mti} of {self._lane(wire)}", span=rule.span)

    def strike(self, rule: Rule, seat: Seat, wire: Wire, message: Message) -> None:
        """Pass on what a fault makes of it."""
        other = self._other.get(wire)
        if other is None:
            return
        name = self.facts.name
        seat.recorder.message(message, name, self._lane(other), name, origin="rule", note=rule.action.kind)
        assert isinstance(other.tap, RuleTap)
        other.put(other.tap.struck(rule, message, bytes(message)))

    def delay(self, rule: Rule, seat: Seat, wire: Wire, message: Message) -> None:
        """Pass it on later."""
        context, maker = self._context(seat), self.behaviour.maker
        struck = Struck(rule, message, b"", self.facts.framing, self._rng, context, maker)
        later = partial(self._send_on, seat, wire, message, "delayed")
        assert self._nursery is not None
        self._nursery.start_soon(self._later, delay_s(struck), later)

    @staticmethod
    async def _later(seconds: float, do: Callable[[], None]) -> None:
        await trio.sleep(seconds)
        do()

    def change(self, rule: Rule, seat: Seat, wire: Wire, message: Message) -> None:
        """Pass on something else."""
        said = rule.action.message or Said(None)
        context = replace(self._context(seat), request=message)
        changed = seat.maker.changed(message, said, context, rule.span)
        try:
            bytes(changed)
        except CodecError as error:
            raise Wrong(rule.action.span, str(error)) from None
        self._send_on(seat, wire, changed, "changed")

    def answer(self, rule: Rule, seat: Seat, wire: Wire, message: Message) -> None:
        """Answer it in the place of who should."""
        said = rule.action.message or Said(None)
        context: Context = replace(self._context(seat), request=message)
        reply = seat.maker.answer(said, message, context, rule.span) if said.items else answer_to(message, "00")
        name = self.facts.name
        seat.recorder.message(reply, name, self._lane(wire), name, origin="rule")
        wire.send(bytes(reply))

    def hang_up(self, rule: Rule, seat: Seat, wire: Wire, message: Message) -> None:
        """End both connections."""
        del message
        seat.recorder.act(self.facts.name, "hangs up", span=rule.span)
        wire.close("a rule asked for it", reset=rule.action.kind == "abort")


_RULES: dict[str, Callable[[Proxy, Rule, Seat, Wire, Message], None]] = {
    "drop": Proxy.drop,
    "silence": Proxy.drop,
    "delay": Proxy.delay,
    "change": Proxy.change,
    "answer": Proxy.answer,
    "disconnect": Proxy.hang_up,
    "abort": Proxy.hang_up,
}
