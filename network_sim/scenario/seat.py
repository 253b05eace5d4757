"""A party as one case sees it: what it sent and received, and what of that the case has accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import trio

from saklar.codecs import Message
from saklar.codecs.mti import is_repeat, is_request, is_response, message_class, response_mti
from saklar.network_sim.scenario.facts import PartyFacts
from saklar.network_sim.scenario.generation import FINANCIAL, Maker
from saklar.network_sim.scenario.recording import Recorder
from saklar.network_sim.scenario.rulebook import mti_matches
from saklar.network_sim.scenario.scope import Scope
from saklar.network_sim.scenario.wire import Wire

ANY = "xxxx"

Item = TypeVar("Item")


@dataclass(slots=True)
class Arrival:
    """A message that came.

    Attributes:
        handled: the party answered it, or let it be, by a rule.
        consumed: a step expected it.
    """

    message: Message
    wire: Wire
    event: int
    handled: bool = False
    consumed: bool = False
    answered: bool = False


@dataclass(eq=False)
class Seat:
    """A party in one case.

    Attributes:
        maker: makes its messages.
        expected: patterns of message types that some step of the case expects of it.
        refuse: is told of what nobody expects.
        peer: the lane that it talks to.
    """

    facts: PartyFacts
    maker: Maker
    recorder: Recorder
    expected: frozenset[str]
    refuse: Callable[[str, Arrival | None], None]
    peer: str
    marks: set[str]
    maker_scope: Scope
    inbox: list[Arrival] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    """"connect" and "disconnect", as they happened and were not expected yet."""
    allowed: set[str] = field(default_factory=set)
    watched: list[str] = field(default_factory=list)
    """Types of which a step sees to it that none comes; it says so itself if one does."""
    changed: trio.Event = field(default_factory=trio.Event)

    @property
    def name(self) -> str:
        """The party's."""
        return self.facts.name

    @property
    def by_hand(self) -> bool:
        """Whether steps expect network management of it."""
        return any(pattern[1:2] == "8" for pattern in self.expected if pattern != ANY)

    def arrive(self, arrival: Arrival) -> None:
        """Something came."""
        self.inbox.append(arrival)
        self.stir()
        mti = arrival.message.mti
        watched = any(mti_matches(pattern, mti) for pattern in self.watched)
        if not (arrival.handled or watched or self.awaits(mti)):
            self.refuse(f"an unexpected {mti} came to {self.name}", arrival)

    def awaits(self, mti: str) -> bool:
        """Whether a message of this type may come."""
        return any(mti_matches(pattern, mti) for pattern in self.expected | self.allowed)

    def allow(self, pattern: str) -> None:
        """Let messages come that no step expects."""
        self.allowed.add(pattern)

    def stir(self) -> None:
        """Wake who waits for something to happen here."""
        self.changed.set()
        self.changed = trio.Event()

    # What came.

    def waiting(self, pattern: str = ANY) -> Iterator[Arrival]:
        """What came, and was not expected by a step yet."""
        return (a for a in self.inbox if not a.consumed and mti_matches(pattern, a.message.mti))

    def find(self, pattern: str, to: Message | None) -> Arrival | None:
        """The first that came of such a type, and (if `to` is given) answers that request."""
        for arrival in self.waiting(pattern):
            if to is None or arrival.message.get(11) == to.get(11):
                return arrival
        return None

    def find_new(self, pattern: str, since: int) -> Arrival | None:
        """The first that came of such a type after so many others, or that neither step nor rule accounts for."""
        for at, arrival in enumerate(self.inbox):
            open_one = not arrival.consumed and mti_matches(pattern, arrival.message.mti)
            if open_one and (at >= since or not arrival.handled):
                return arrival
        return None

    def left_over(self) -> Iterator[Arrival]:
        """What came, and neither a step nor a rule accounts for."""
        for arrival in self.waiting():
            if not arrival.handled and not any(mti_matches(p, arrival.message.mti) for p in self.allowed):
                yield arrival

    # What messages are about.

    def request_of(self, answer: Message) -> Message | None:
        """The request that an answer is to: the one with its STAN, else the last that wants such an answer."""
        wanting = [m for m in self.sent if is_request(m.mti) and response_mti(m.mti) == answer.mti]
        same = [m for m in wanting if m.get(11) == answer.get(11)]
        return _last(same) or _last(wanting)

    def to_answer(self, mti: str = "") -> Arrival | None:
        """What came last and is not answered: of those that such an answer is to, if one is named."""
        requests = [
            a for a in self.inbox if is_request(a.message.mti) and (not mti or response_mti(a.message.mti) == mti)
        ]
        open_ones = [a for a in requests if not a.answered]
        return _last(open_ones) or _last(requests)

    def original(self, mti: str = "") -> Message | None:
        """What a reversal, a repeat or `original` is about: the last financial request here; of a repeat, its own."""
        if is_repeat(mti):
            first = f"{mti[:3]}{int(mti[3]) - 1}"
            own = [m for m in self.sent if m.mti in (first, mti)]
            if own:
                return own[-1]
        mine = [m for m in self.sent if is_request(m.mti) and message_class(m.mti) in FINANCIAL]
        theirs = [
            a.message for a in self.inbox if is_request(a.message.mti) and message_class(a.message.mti) in FINANCIAL
        ]
        first_choice, second = (mine, theirs) if self.facts.role == "acquirer" else (theirs, mine)
        return _last(first_choice) or _last(second)

    def remember(self, message: Message) -> None:
        """Something was sent."""
        self.sent.append(message)
        rrn = message.get(37)
        if rrn:
            self.marks.add(rrn)
        if is_response(message.mti):
            for arrival in self.inbox:
                request = arrival.message
                if (
                    is_request(request.mti)
                    and response_mti(request.mti) == message.mti
                    and request.get(11) == message.get(11)
                ):
                    arrival.answered = True


def _last(items: list[Item]) -> Item | None:
    return items[-1] if items else None
