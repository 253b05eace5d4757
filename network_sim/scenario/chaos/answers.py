"""What a host of somebody else can be held to, of which only the connections are seen: no request is answered twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from saklar.codecs import DecodeError, Message
from saklar.codecs.mti import is_request, is_response, message_class
from saklar.network_sim.promises import ANSWERED
from saklar.network_sim.scenario.facts import PartyFacts
from saklar.network_sim.scenario.wire import Delivery

Key = tuple[str, str, str]
"""Of a request and its answer: the party, the class of the message, and the STAN."""


class Answers:
    """Counts how often a request may have come to the host, and how often it has answered it.

    Attributes:
        broken: promises, in words, each once.
    """

    def __init__(self) -> None:
        self.broken: list[str] = []
        self._asked: Counter[Key] = Counter()
        self._answered: Counter[Key] = Counter()

    def left(self, facts: PartyFacts, message: Message, deliveries: Iterable[Delivery]) -> None:
        """See `Onlooker`: each may have come, and one that is spoilt may be another request."""
        if not is_request(message.mti):
            return
        found = list(deliveries)
        pieces = any(delivery.payload for delivery in found if not delivery.framed)  # of one frame, all of them
        came = [message] * pieces + [_decoded(facts, delivery.payload) for delivery in found if delivery.framed]
        for one in came:
            if one is not None and is_request(one.mti) and (key := _key(facts, one)) is not None:
                self._asked[key] += 1

    def came(self, facts: PartyFacts, message: Message) -> None:
        """See `Onlooker`."""
        key = _key(facts, message)
        if facts.role != "acquirer" or key is None or not is_response(message.mti):
            return
        self._answered[key] += 1
        said = f"{message.mti} {key[2]} came to {facts.name} more often than it was asked for"
        if self._answered[key] > self._asked[key] and said not in self.broken:
            self.broken.append(said)


def _key(facts: PartyFacts, message: Message) -> Key | None:
    if message_class(message.mti) not in ANSWERED:
        return None
    return facts.name, message.mti[1], message.get(11) or ""


def _decoded(facts: PartyFacts, payload: bytes) -> Message | None:
    try:
        return facts.dialect.decode(payload)
    except DecodeError:
        return None
