"""Messages put together: a request with its answer, and the requests that are about the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from saklar.codecs import Message
from saklar.codecs.mti import is_repeat, is_request, is_response, message_class, response_mti
from saklar.network_sim.draft.heard import Heard

NETWORK, REVERSAL, FINANCIAL = "8", "4", frozenset("12")
ADVICE = "2"
NAMING = {"1987": (90, 4, 6), "1993": (56, 4, 6)}
"""The element that names an original, where in it its STAN begins, and its length."""


@dataclass(slots=True)
class Exchange:
    """A request, and what it was answered; `about` is the exchange whose transaction it is about."""

    request: Heard
    answer: Heard | None = None
    about: Exchange | None = None

    @property
    def waited_s(self) -> float:
        """Seconds to the answer."""
        return self.answer.at_s - self.request.at_s if self.answer is not None else 0.0


@dataclass(slots=True)
class Transaction:
    """The exchanges about one transaction, in the order of time."""

    exchanges: list[Exchange] = field(default_factory=list)


def exchanges_of(heard: Iterable[Heard]) -> tuple[list[Exchange], list[Heard]]:
    """Requests with their answers, and messages that are neither: answers to nothing that was heard, and the like."""
    waiting: dict[tuple[int, bool, str, str], list[Exchange]] = {}
    exchanges: list[Exchange] = []
    others: list[Heard] = []
    for one in heard:
        message = one.message
        if is_request(message.mti):
            exchange = Exchange(one)
            exchanges.append(exchange)
            key = (one.connection, one.from_client, response_mti(message.mti), str(message.get(11)))
            waiting.setdefault(key, []).append(exchange)
            continue
        key = (one.connection, not one.from_client, message.mti, str(message.get(11)))
        if is_response(message.mti) and waiting.get(key):
            waiting[key].pop().answer = one  # a repeat was sent as there was none yet
        else:
            others.append(one)
    return exchanges, others


def transactions_of(exchanges: Iterable[Exchange]) -> list[Transaction]:
    """Exchanges by transaction: a repeat, a reversal and a completion belong to what they name."""
    found: list[Transaction] = []
    by_stan: dict[tuple[bool, str], tuple[Transaction, Exchange]] = {}
    by_rrn: dict[tuple[bool, str], tuple[Transaction, Exchange]] = {}
    for exchange in exchanges:
        message, way = exchange.request.message, exchange.request.from_client
        named = None
        if message_class(message.mti) != NETWORK and _is_about_another(message):
            stan = _named_stan(message) or str(message.get(11))
            named = by_stan.get((way, stan)) or by_rrn.get((way, str(message.get(37))))
        transaction = named[0] if named is not None else Transaction()
        if named is None:
            found.append(transaction)
        exchange.about = named[1] if named is not None else None
        transaction.exchanges.append(exchange)
        if message_class(message.mti) in FINANCIAL and not is_repeat(message.mti):
            by_stan[way, str(message.get(11))] = (transaction, exchange)
            if 37 in message:
                by_rrn[way, str(message[37])] = (transaction, exchange)
        elif message_class(message.mti) == REVERSAL and not is_repeat(message.mti):
            by_stan.setdefault((way, str(message.get(11))), (transaction, exchange))
    return found


def _is_about_another(message: Message) -> bool:
    mti = message.mti
    return is_repeat(mti) or message_class(mti) == REVERSAL or (message_class(mti) in FINANCIAL and mti[2] == ADVICE)


def _named_stan(message: Message) -> str:
    if message.dialect.version not in NAMING:
        return ""
    number, start, size = NAMING[message.dialect.version]
    data = str(message.get(number) or "") if not is_repeat(message.mti) else ""
    return data[start : start + size]
