"""A play of a load, written down cheaply: measured as it goes, and decoded only if it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import trio

from saklar.codecs import Message
from saklar.codecs.mti import is_request, response_mti
from saklar.network_sim.scenario.language.source import Span
from saklar.network_sim.scenario.recording import MAX_EVENTS, Origin, Recorder
from saklar.network_sim.scenario.result import AnyEvent, Check, ExpectEvent, MessageEvent, MessageState, Place
from saklar.network_sim.scenario.scope import Scope
from saklar.network_sim.scenario.views import fields_of, title_of, wire_of


@dataclass
class Measuring:
    """Takes what a play measures, in seconds."""

    answered: Callable[[Place, float], None]
    late: Callable[[float], None]
    messages: int = 0


class LoadRecorder(Recorder):
    """The events of one play.

    Args:
        scope, lines: as of `Recorder`.
        places: of all plays, by span.
        measuring: takes times.
        due: when the first message was to leave; None where a play begins otherwise.
    """

    def __init__(
        self,
        scope: Scope,
        lines: Mapping[str, tuple[str, ...]],
        places: dict[Span, Place],
        measuring: Measuring,
        due: float | None,
    ) -> None:
        super().__init__(scope, lines)
        self._places = places
        self._measuring = measuring
        self._due = due
        self._bodies: dict[int, tuple[Message, Span | None]] = {}
        self._asked: dict[tuple[str, str, str], float] = {}
        self._took: dict[int, float] = {}

    def place(self, span: Span) -> Place:
        """See `Recorder`; each is looked up once."""
        found = self._places.get(span)
        if found is None:
            found = self._places[span] = super().place(span)
        return found

    def message(
        self,
        message: Message,
        sender: str,
        receiver: str,
        owner: str,
        *,
        origin: Origin,
        state: MessageState | None = None,
        span: Span | None = None,
        label: str = "",
        note: str = "",
    ) -> MessageEvent:
        """A message, whose fields are looked at in `whole`."""
        was = state or ("sent" if owner == sender else "received")
        event = MessageEvent(
            number=len(self.events) + 1,
            at_s=self.elapsed_s,
            sender=sender,
            receiver=receiver,
            owner=owner,
            state=was,
            origin=origin,
            mti=message.mti,
            title="",
            label=label,
            note=note,
        )
        if len(self.events) >= MAX_EVENTS:
            return event
        self.events.append(event)
        self._bodies[event.number] = (message, span)
        self._measure(message, owner, event.number, sent=was == "sent")
        return event

    def _measure(self, message: Message, owner: str, number: int, *, sent: bool) -> None:
        now = trio.current_time()
        self._measuring.messages += 1
        if sent and self._due is not None:
            self._measuring.late(now - self._due)
            self._due = None
        stan = message.get(11) or ""
        if sent and is_request(message.mti):
            self._asked[owner, response_mti(message.mti), stan] = now
        elif not sent:
            asked = self._asked.get((owner, message.mti, stan))
            if asked is not None:
                self._took[number] = now - asked

    def expectation(
        self,
        party: str,
        what: str,
        span: Span,
        *,
        checks: tuple[Check, ...] = (),
        message: int = 0,
        waited_s: float = 0.0,
        problem: str = "",
    ) -> ExpectEvent:
        """See `Recorder`; the time of what came is counted, and what was as expected is masked only in `whole`."""
        if message:
            self._measuring.answered(self.place(span), self._took.get(message, waited_s))
        if problem or not all(check.passed for check in checks):
            return super().expectation(
                party, what, span, checks=checks, message=message, waited_s=waited_s, problem=problem
            )
        event = ExpectEvent(
            number=len(self.events) + 1,
            at_s=self.elapsed_s,
            place=self.place(span),
            party=party,
            what=what,
            passed=True,
            checks=checks,
            message=message,
            waited_s=waited_s,
        )
        if len(self.events) < MAX_EVENTS:
            self.events.append(event)
        return event

    def whole(self) -> tuple[AnyEvent, ...]:
        """The events, with all that a report shows of them."""
        return tuple(map(self._shown, self.events))

    def _shown(self, event: AnyEvent) -> AnyEvent:
        if isinstance(event, MessageEvent):
            return self._with_body(event)
        if isinstance(event, ExpectEvent):
            return replace(event, what=self._scope.masked(event.what), checks=self._masked(event.checks))
        return event

    def _with_body(self, event: MessageEvent) -> MessageEvent:
        if event.number not in self._bodies:
            return event
        message, span = self._bodies[event.number]
        wire = wire_of(message, self._scope)
        return replace(
            event,
            title=title_of(message.mti),
            fields=fields_of(message, self._scope),
            wire=wire,
            size=sum(len(piece.data) // 2 for piece in wire),
            note=self._scope.masked(event.note),
            place=self.place(span) if span is not None else None,
        )
