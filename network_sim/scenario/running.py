"""Playing one case: its steps one after another on a stage, with a verdict at the end."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import trio

from saklar.codecs import Message
from saklar.codecs.mti import is_response
from saklar.network_sim.scenario import keys
from saklar.network_sim.scenario.acting import act
from saklar.network_sim.scenario.answering import Asked, ask
from saklar.network_sim.scenario.checking import walk
from saklar.network_sim.scenario.elements import NoSuchElement, Slot, slot_of
from saklar.network_sim.scenario.facts import Case, PartyFacts
from saklar.network_sim.scenario.generation import Maker, wire_of
from saklar.network_sim.scenario.language.source import Span, Wrong, did_you_mean
from saklar.network_sim.scenario.language.tree import (
    Act,
    Allow,
    Ask,
    Change,
    ChangeHsm,
    Check,
    Expect,
    ExpectLink,
    ExpectNothing,
    Field,
    ForEach,
    Meanwhile,
    OnlyWhen,
    Remark,
    Repeat,
    Save,
    Send,
    SendRaw,
    Step,
    Text,
    Together,
    Use,
    Wait,
)
from saklar.network_sim.scenario.matchers import actual_of, check_fields, holds
from saklar.network_sim.scenario.recording import Recorder
from saklar.network_sim.scenario.rendering import Context
from saklar.network_sim.scenario.result import Failure, FaultView, Verdict
from saklar.network_sim.scenario.rulebook import patterns_of
from saklar.network_sim.scenario.scope import Scope
from saklar.network_sim.scenario.seat import ANY, Arrival, Seat
from saklar.network_sim.scenario.stage import Stage
from saklar.network_sim.scenario.station import NotConnected, Station
from saklar.network_sim.scenario.templates import TWICE, flatten
from saklar.switch.engine.messages import pan_of

SETTLE_S = 0.1
"""After the last step, for what nobody expects to come."""

NOTHING_S = 1.0
"""How long nothing is expected, where it is not said."""

MAX_REPEATS = 1_000_000


class Failed(Exception):
    """The case did not pass: it `failed`, or (`error`) could not be played."""

    def __init__(self, failure: Failure, verdict: Verdict = "failed") -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.verdict: Verdict = verdict


@dataclass
class Run:
    """A case being played.

    Args:
        case: what is played.
        stage: on what.
        rng: draws.
        clock: UTC.
        late: takes by how much (s) something was done later than it was due.
    """

    case: Case
    stage: Stage
    rng: random.Random
    clock: Callable[[], datetime]
    late: Callable[[float], None] = lambda _: None
    recorder: Recorder = field(init=False)
    seats: dict[str, Seat] = field(init=False)
    verdict: Verdict = "passed"
    faults: tuple[FaultView, ...] = ()
    failures: list[Failure] = field(default_factory=list)
    last: Message | None = None
    """What `save` is about."""
    _events: dict[int, int] = field(default_factory=dict)
    _scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    _current: Span = field(init=False)

    def __post_init__(self) -> None:
        self.recorder = self._recorder()
        self._current = self.case.span
        marks: set[str] = set()
        self.seats = {name: self._seat(station, marks) for name, station in self.stage.stations.items()}

    def _recorder(self) -> Recorder:
        return Recorder(self.case.scope, self.case.lines)

    def _maker(self, station: Station) -> Maker:
        return Maker(station.facts, self.case.setup, station.counters, self.rng, self.clock)

    def _seat(self, station: Station, marks: set[str]) -> Seat:
        maker = self._maker(station)
        return Seat(
            station.facts,
            maker,
            self.recorder,
            self._patterns(station.facts.name),
            self._refuse,
            station.peer,
            marks,
            self.case.scope,
        )

    def _patterns(self, party: str) -> frozenset[str]:
        """The message types that steps expect of a party."""
        expects = [s for s in walk(self.case.steps) if isinstance(s, Expect) and s.party == party]
        return patterns_of([self._mti_of(step) for step in expects])

    def _mti_of(self, step: Expect) -> Text | None:
        """The message types that a step expects; None where that is known only when it is played."""
        try:
            return flatten(step.message, self.case.setup.templates, self.case.scope).mti
        except Wrong:
            return None

    async def play(self) -> None:
        """Play it to its end. The verdict is in `verdict`, and why in `failures`."""
        for name, seat in self.seats.items():
            self.stage.stations[name].seats.append(seat)
        try:
            await self._perform()
            await self._afterwards()
        finally:
            for name, seat in self.seats.items():
                self.stage.stations[name].seats.remove(seat)

    async def _perform(self) -> None:
        try:
            with self._scope:
                await self._sign_on()
                await self._block(self.case.steps, self.case.scope)
                await trio.sleep(SETTLE_S)
                self._left_over()
        except* Failed as group:
            for failed in _leaves(group):
                self._fail(failed.failure, failed.verdict)

    async def _afterwards(self) -> None:
        """Nothing is done when the steps have been played."""

    def _fail(self, failure: Failure, verdict: Verdict) -> None:
        self.failures.append(failure)
        if self.verdict != "failed":
            self.verdict = verdict

    def _refuse(self, said: str, arrival: Arrival | None) -> None:
        """Something came that nobody expects: the case ends here."""
        if self._scope.cancel_called:
            return
        event = arrival.event if arrival is not None else 0
        self._fail(Failure(self.recorder.place(self._current), said, event), "failed")
        self._scope.cancel()

    async def _sign_on(self) -> None:
        for name, station in self.stage.stations.items():
            if station.facts.signs_on and station.connections:
                try:
                    await station.exchange_network(self.seats[name], "001")
                except NotConnected as error:
                    raise self._error(station.facts.span, str(error)) from None

    def _left_over(self) -> None:
        for name, seat in self.seats.items():
            for arrival in seat.left_over():
                said = f"an unexpected {arrival.message.mti} came to {name}: no step was left to expect it"
                self._fail(Failure(self.recorder.place(self._current), said, arrival.event), "failed")

    def _error(self, span: Span, said: str) -> Failed:
        return Failed(Failure(self.recorder.place(span), self.case.scope.masked(said)), "error")

    # Steps.

    async def _block(self, steps: tuple[Step, ...], scope: Scope) -> None:
        """Steps one after another; those of `meanwhile` beside what is below them."""
        if not any(isinstance(step, Meanwhile) for step in steps):
            for step in steps:
                await self._step(step, scope)
            return
        async with trio.open_nursery() as nursery:
            for step in steps:
                if isinstance(step, Meanwhile):
                    nursery.start_soon(self._block, step.steps, scope)
                else:
                    await self._step(step, scope)

    async def _step(self, step: Step, scope: Scope) -> None:
        self._current = step.span
        try:
            await _STEPS[type(step)](self, step, scope)
        except Wrong as wrong:
            problem = wrong.problem
            said = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
            raise self._error(problem.span, said) from None
        except NotConnected as error:
            raise self._error(step.span, str(error)) from None

    async def send(self, step: Send, scope: Scope) -> None:
        """Send a message, or an answer."""
        seat, station = self.seats[step.party], self.stage.stations[step.party]
        if step.after is not None:
            await self._sleep(scope.seconds(step.after))
        message, arrival = self._made(step, seat, scope)
        fields = tuple(item for item in step.message.items if isinstance(item, Field))
        wire_of(message, step.span, fields)
        await station.ensure_connected()
        for _ in range(2 if any(isinstance(i, Use) and i.name == TWICE for i in step.message.items) else 1):
            self.recorder.message(
                message, step.party, seat.peer, step.party, origin="step", span=step.span, label=step.label
            )
            station.send(seat, message, wire=arrival.wire if arrival is not None else None)
        self._keep(message, step.label, scope)
        await trio.lowlevel.checkpoint()

    def _made(self, step: Send, seat: Seat, scope: Scope) -> tuple[Message, Arrival | None]:
        """The message, and what it answers, if it is an answer."""
        flat = flatten(step.message, self.case.setup.templates, scope)
        mti = scope.text(flat.mti) if flat.mti is not None else ""
        arrival: Arrival | None = None
        if step.answers or is_response(mti):
            arrival = self._to_answer(step, seat, mti, scope)
        if arrival is not None:
            context = seat.maker.context(scope, arrival.message, seat.original())
            return seat.maker.answer(step.message, arrival.message, context, step.span, mti), arrival
        if step.answers:
            raise Wrong(step.span, f"{step.party} has received nothing that it could answer")
        context = seat.maker.context(scope, seat.original(), seat.original(mti))
        return seat.maker.request(step.message, context, step.span), None

    def _to_answer(self, step: Send, seat: Seat, mti: str, scope: Scope) -> Arrival | None:
        if not step.to:
            return seat.to_answer(mti)
        request = self._labelled(step.to, step.span, scope)
        found = next((a for a in seat.inbox if a.message is request), None)
        if found is None:
            raise Wrong(step.span, f"{step.to} is nothing that {step.party} received")
        return found

    def _labelled(self, label: str, span: Span, scope: Scope) -> Message:
        found = scope.labels.get(label)
        if found is None:
            raise Wrong(span, f"no message is called {label!r} yet", did_you_mean(label, scope.labels))
        return found

    def _keep(self, message: Message, label: str, scope: Scope) -> None:
        self.last = message
        if label:
            scope.labels[label] = message

    async def send_raw(self, step: SendRaw, scope: Scope) -> None:
        """Send bytes as they are."""
        try:
            data = bytes.fromhex(scope.text(step.data))
        except ValueError:
            raise Wrong(step.data.span, "no bytes in hex") from None
        station = self.stage.stations[step.party]
        await station.ensure_connected()
        self.recorder.raw(len(data), step.party, station.peer, step.span)
        station.send_raw(data, framed=step.framed)
        await trio.lowlevel.checkpoint()

    async def expect(self, step: Expect, scope: Scope) -> None:
        """Wait for a message, and look at it."""
        seat = self.seats[step.party]
        flat = flatten(step.message, self.case.setup.templates, scope)
        pattern = scope.text(flat.mti) if flat.mti is not None else ANY
        limit = scope.seconds(step.within) if step.within is not None else self.case.setup.limit_s
        to = self._labelled(step.to, step.span, scope) if step.to else None
        what = f"{pattern if pattern != ANY else 'any message'} within {limit:g} s"
        began = trio.current_time()
        arrival = await _awaited(seat, lambda: seat.find(pattern, to), began + limit)
        waited = trio.current_time() - began
        if arrival is None:
            said = _instead(seat, pattern, limit)
            event = self.recorder.expectation(step.party, what, step.span, waited_s=waited, problem=said)
            raise Failed(Failure(self.recorder.place(step.span), said, event.number))
        arrival.consumed = True
        self._keep(arrival.message, step.label, scope)
        context = self._context_of(arrival.message, seat, to, scope)
        checks = check_fields(
            flat.fields, arrival.message, context, exact=step.exact, valid=self._validator(seat.facts)
        )
        event = self.recorder.expectation(
            step.party, what, step.span, checks=tuple(checks), message=arrival.event, waited_s=waited
        )
        if not event.passed:
            wrong = [check for check in event.checks if not check.passed]
            said = "; ".join(f"{c.path} is {c.actual or 'absent'}, expected {c.expected}" for c in wrong)
            raise Failed(Failure(self.recorder.place(step.span), f"{arrival.message.mti}: {said}", event.number))

    def _context_of(self, message: Message, seat: Seat, to: Message | None, scope: Scope) -> Context:
        if is_response(message.mti):
            request = to or seat.request_of(message)
            return seat.maker.context(scope, request, seat.original())
        earlier = [a.message for a in seat.inbox if a.message is not message]
        original = _original_of(message, earlier) or seat.original() or self._any_original()
        return seat.maker.context(scope, original, original)

    def _any_original(self) -> Message | None:
        return next((found for seat in self.seats.values() if (found := seat.original()) is not None), None)

    def _validator(self, facts: PartyFacts) -> Callable[[Slot, Message], bool | None]:
        def valid(slot: Slot, message: Message) -> bool | None:
            pan = pan_of(message) or ""
            card = next((card for card in self.case.setup.cards.values() if card.pan == pan), None)
            return keys.is_valid(slot, message, facts, card)

        return valid

    async def expect_nothing(self, step: ExpectNothing, scope: Scope) -> None:
        """See that nothing comes."""
        seat = self.seats[step.party]
        pattern = scope.text(step.mti) if step.mti is not None else ANY
        limit = scope.seconds(step.duration) if step.duration is not None else NOTHING_S
        what = f"{'nothing' if pattern == ANY else f'no {pattern}'} for {limit:g} s"
        began = trio.current_time()
        since = len(seat.inbox)
        seat.watched.append(pattern)
        arrival = await _awaited(seat, lambda: seat.find_new(pattern, since), began + limit)
        seat.watched.remove(pattern)
        waited = trio.current_time() - began
        problem = f"a {arrival.message.mti} came" if arrival is not None else ""
        number = arrival.event if arrival is not None else 0
        event = self.recorder.expectation(step.party, what, step.span, message=number, waited_s=waited, problem=problem)
        if arrival is not None:
            arrival.consumed = True
            raise Failed(Failure(self.recorder.place(step.span), f"expected {what}, but {problem}", event.number))

    async def expect_link(self, step: ExpectLink, scope: Scope) -> None:
        """Wait for a connection, or for its end."""
        seat = self.seats[step.party]
        limit = scope.seconds(step.within) if step.within is not None else self.case.setup.limit_s
        what = f"{step.what} within {limit:g} s"
        began = trio.current_time()
        with trio.move_on_after(limit):
            while step.what not in seat.links:
                await seat.changed.wait()
        found = step.what in seat.links
        problem = "" if found else f"no {step.what} within {limit:g} s"
        event = self.recorder.expectation(
            step.party, what, step.span, waited_s=trio.current_time() - began, problem=problem
        )
        if not found:
            raise Failed(Failure(self.recorder.place(step.span), problem, event.number))
        del seat.links[: seat.links.index(step.what) + 1]

    async def allow(self, step: Allow, scope: Scope) -> None:
        """Let messages come unexpected."""
        seat = self.seats[step.party]
        for mti in [scope.text(text) for text in step.mtis] or [ANY]:
            seat.allow(mti)
        await trio.lowlevel.checkpoint()

    async def save(self, step: Save, scope: Scope) -> None:
        """Keep an element under a name."""
        message = self._labelled(step.of, step.span, scope) if step.of else self.last
        if message is None:
            raise Wrong(step.span, "no message was sent or expected yet")
        try:
            slot = slot_of(message.dialect, step.path)
        except NoSuchElement as error:
            raise Wrong(step.span, str(error), error.hint) from None
        value = actual_of(message, slot)
        if value is None:
            raise Wrong(step.span, f"the {message.mti} has no {step.path}")
        scope.saved[step.name] = value
        shown = slot.element.shown(value) if slot.element is not None else value
        self.recorder.remark(f"{step.name} = {shown}", step.span)
        await trio.lowlevel.checkpoint()

    async def check(self, step: Check, scope: Scope) -> None:
        """See that a condition holds."""
        right = holds(step.condition, scope)
        left = scope.text(step.condition.left)
        said = f"{left} {step.condition.operator} as expected" if right else f"{left!r} is not as expected"
        problem = "" if right else said
        event = self.recorder.expectation("check", self._line(step.span), step.span, problem=problem)
        if not right:
            raise Failed(Failure(self.recorder.place(step.span), scope.masked(said), event.number))
        await trio.lowlevel.checkpoint()

    def _line(self, span: Span) -> str:
        return self.recorder.place(span).text

    async def wait(self, step: Wait, scope: Scope) -> None:
        """Let time pass."""
        await self._sleep(scope.seconds(step.duration))

    async def remark(self, step: Remark, scope: Scope) -> None:
        """Say something."""
        self.recorder.remark(scope.text(step.text), step.span)
        await trio.lowlevel.checkpoint()

    async def _sleep(self, seconds: float) -> None:
        due = trio.current_time() + seconds
        await trio.sleep_until(due)
        self.late(trio.current_time() - due)

    # Blocks.

    async def meanwhile(self, step: Meanwhile, scope: Scope) -> None:
        """Alone in its block."""
        await self._block(step.steps, scope)

    async def together(self, step: Together, scope: Scope) -> None:
        """Until all of it is done."""
        await self._block(step.steps, scope)

    async def repeat(self, step: Repeat, scope: Scope) -> None:
        """So many times, each begun when it is due."""
        text = scope.text(step.count)
        if not (text.isdecimal() and int(text) <= MAX_REPEATS):
            raise Wrong(step.count.span, f"{text!r} is no number of times")
        every = scope.seconds(step.every) if step.every is not None else 0.0
        began = trio.current_time()
        for number in range(int(text)):
            if every:
                await self._sleep(max(0.0, began + number * every - trio.current_time()))
            inner = scope.within({step.counter: str(number + 1)}) if step.counter else scope
            await self._block(step.steps, inner)

    async def for_each(self, step: ForEach, scope: Scope) -> None:
        """Once for each row."""
        for row in step.table.rows:
            values = dict(zip(step.table.columns, map(scope.text, row.cells), strict=True))
            await self._block(step.steps, scope.within(values))

    async def only_when(self, step: OnlyWhen, scope: Scope) -> None:
        """If it holds."""
        if holds(step.condition, scope):
            await self._block(step.steps, scope)

    # The network.

    async def act(self, step: Act, scope: Scope) -> None:
        """Do something to a part of the network."""
        if step.after is not None:
            await self._sleep(scope.seconds(step.after))
        self.recorder.act(step.subject, step.verb, span=step.span)
        await act(step, self.stage, self.seats)
        if step.duration is not None:
            await self._sleep(scope.seconds(step.duration))
            await act(step, self.stage, self.seats, undo=True)

    async def change(self, step: Change, scope: Scope) -> None:
        """Give a party a rule."""
        del scope
        self.stage.stations[step.party].rules.give(step.rule)
        self.recorder.act(step.party, f"now {step.rule.when} … {step.rule.action.kind}", span=step.span)
        await trio.lowlevel.checkpoint()

    async def change_hsm(self, step: ChangeHsm, scope: Scope) -> None:
        """Give the HSM a fault."""
        del scope
        self.stage.hsm_faults.add(step.fault, self.rng.randrange(2**32))
        self.recorder.act("hsm", f"now {step.fault.text}", span=step.span)
        await trio.lowlevel.checkpoint()

    async def ask(self, step: Ask, scope: Scope) -> None:
        """Ask a part of the network, until it says what is expected or the time is over."""
        limit = scope.seconds(step.within) if step.within is not None else 0.0
        began = trio.current_time()
        while True:
            checks, problem = ask(Asked(step, self.stage, self.seats, scope, self.case.setup))
            done = not problem and all(check.passed for check in checks)
            if done or trio.current_time() - began >= limit:
                break
            await trio.sleep(min(0.02, limit))
        what = self._line(step.span)
        waited = trio.current_time() - began
        event = self.recorder.expectation(
            step.subject, what, step.span, checks=tuple(checks), waited_s=waited, problem=problem
        )
        if not event.passed:
            wrong = [check for check in event.checks if not check.passed]
            said = problem or "; ".join(f"{c.path} is {c.actual or 'absent'}, expected {c.expected}" for c in wrong)
            raise Failed(Failure(self.recorder.place(step.span), f"{step.subject}: {said}", event.number))
        await trio.lowlevel.checkpoint()


async def _awaited(seat: Seat, find: Callable[[], Arrival | None], deadline: float) -> Arrival | None:
    """What is found in a seat, as soon as it is; None at the deadline."""
    await trio.lowlevel.checkpoint()
    while (arrival := find()) is None:
        with trio.move_on_at(deadline) as scope:
            await seat.changed.wait()
        if scope.cancelled_caught:
            return find()
    return arrival


def _original_of(message: Message, earlier: list[Message]) -> Message | None:
    """The message that another one names in DE 90 (1993: DE 56), by its STAN."""
    named = message.get(90 if message.dialect.version == "1987" else 56) or ""
    stan = named[4:10]
    return next((found for found in reversed(earlier) if stan and found.get(11) == stan), None)


def _instead(seat: Seat, pattern: str, limit: float) -> str:
    """That nothing such came, and what did."""
    others = [arrival.message.mti for arrival in seat.waiting()]
    wanted = "no message" if pattern == ANY else f"no {pattern}"
    came = f"; what came: {', '.join(others)}" if others else ""
    ended = "; its connection has ended" if "disconnect" in seat.links else ""
    return f"{wanted} came to {seat.name} within {limit:g} s{came}{ended}"


def _leaves(group: BaseExceptionGroup[Failed]) -> list[Failed]:
    found: list[Failed] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


_STEPS: Mapping[type, Callable[..., Awaitable[None]]] = {
    Send: Run.send,
    SendRaw: Run.send_raw,
    Expect: Run.expect,
    ExpectNothing: Run.expect_nothing,
    ExpectLink: Run.expect_link,
    Allow: Run.allow,
    Save: Run.save,
    Check: Run.check,
    Wait: Run.wait,
    Remark: Run.remark,
    Meanwhile: Run.meanwhile,
    Together: Run.together,
    Repeat: Run.repeat,
    ForEach: Run.for_each,
    OnlyWhen: Run.only_when,
    Act: Run.act,
    Change: Run.change,
    ChangeHsm: Run.change_hsm,
    Ask: Run.ask,
}
