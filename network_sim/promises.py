"""What a switch takes in and does, held against what it promises.

The seeded simulation asks this of its switch, and `saklar play --chaos` of a running one. No I/O, and no clock.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator

from saklar.codecs import Message
from saklar.codecs.mti import is_request, is_response, message_class
from saklar.switch.engine import Record, TransactionChange, TransactionRecord

ANSWERED = frozenset("124")
"""Classes of messages of which each request is owed one answer."""

Debt = tuple[int, str, str]
"""What is owed: on which connection, of which class, under which STAN."""


class Promises:
    """One answer to each request; what is durable before it leaves; repeats that say so; no secret in the log.

    Args:
        broken: is told of each promise that is broken.
        secrets: what may stand in no line; it may grow.
    """

    def __init__(self, broken: Callable[[str], None], secrets: Collection[str]) -> None:
        self._broken = broken
        self._secrets = secrets
        self._owed: dict[Debt, list[float]] = {}
        self._forwarded: Counter[tuple[str, str]] = Counter()
        self._storing: deque[set[str]] = deque()
        self._approved: set[str] = set()

    # One answer to each request.

    def asked(self, connection: int, message: Message, now: float) -> Debt | None:
        """An acquirer's message came: what it is owed, or None if nothing is."""
        if not is_request(message.mti) or message_class(message.mti) not in ANSWERED:
            return None
        debt = (connection, message.mti[1], message.get(11) or "")
        self._owed.setdefault(debt, []).append(now)
        return debt

    def answered(self, connection: int, message: Message) -> float | None:
        """A message leaves for an acquirer: when the request came that it answers, if it answers one."""
        if not is_response(message.mti) or message_class(message.mti) not in ANSWERED:
            return None
        owed = self._owed.get((connection, message.mti[1], message.get(11) or ""))
        if not owed:
            self._broken(f"{message.mti} {message.get(11)} is answered twice")
            return None
        return owed.pop(0)

    def is_owed(self, debt: Debt, came: float) -> bool:
        """Whether a request that came then, or before, still has no answer."""
        return any(each <= came for each in self._owed.get(debt, ()))

    def unanswered(self) -> list[str]:
        """STANs of requests that have had no answer, on connections that are up."""
        return [debt[2] for debt, owed in self._owed.items() if owed]

    def disconnected(self, connection: int) -> None:
        """A connection is gone, and with it what was owed on it."""
        for debt in [debt for debt in self._owed if debt[0] == connection]:
            del self._owed[debt]

    def crashed(self) -> None:
        """The switch is gone, with all of its connections, and what it has not made durable."""
        self._owed.clear()
        self._storing.clear()

    # Durable before it leaves.

    def stored(self, records: Iterable[Record]) -> None:
        """These are to be made durable, after all that were before."""
        self._storing.append(set(_approvals(records)))

    def committed(self, count: int) -> None:
        """The next so many of what was stored are durable."""
        for _ in range(count):
            self._approved |= self._storing.popleft()

    def recovered(self, records: Iterable[TransactionRecord]) -> None:
        """A start finds these."""
        self._approved.update(_approvals(records))

    def approves(self, transaction: str) -> None:
        """The approval of a transaction leaves for its acquirer."""
        if transaction not in self._approved:
            self._broken(f"an approval leaves before it is durable: {transaction}")

    # Repeats.

    def forwarded(self, issuer: str, message: Message) -> None:
        """A message leaves for an issuer: an advice or a reversal that was sent before has to say so."""
        if message.mti[2] != "2":
            return
        key = (issuer, message[11])
        is_repeat = message.mti[3] == "1"
        if self._forwarded[key] and not is_repeat:
            self._broken(f"{message.mti} {message[11]} is sent again and does not say so")
        self._forwarded[key] += 1

    # Secrets.

    def logged(self, event: str, text: str) -> None:
        """A line of the log."""
        for secret in self._secrets:
            if secret in text:
                self._broken(f"a secret is in the log: {event}")


def _approvals(records: Iterable[Record]) -> Iterator[str]:
    """The transactions that records say are approved."""
    for record in records:
        if isinstance(record, TransactionRecord):
            state: object = record.state
        elif isinstance(record, TransactionChange):
            state = record.changes.get("state")
        else:
            continue
        if state in ("approved", "partly_reversed"):
            yield record.id
