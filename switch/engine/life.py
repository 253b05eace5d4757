"""The life of a transaction, from the acquirer's request to its one answer.

The steps stand in the order in which a transaction takes them: begun, translated, stored, forwarded,
settled, delivered. A request that cannot go on is refused: settled at once with the switch's own answer.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Literal, NamedTuple

from saklar.codecs import CodecError, Message, mask_pan, native_response_code, response_code
from saklar.codecs.mti import message_class
from saklar.switch.engine import pin
from saklar.switch.engine.desk import IssuerDesk
from saklar.switch.engine.effects import Effect, HsmCall, Note, Send, Store
from saklar.switch.engine.messages import (
    answer_to,
    describe,
    facts_of,
    for_issuer,
    from_issuer,
    misfit,
    pan_of,
    with_forwarded,
)
from saklar.switch.engine.model import Connection, State, Transaction, outcome_of
from saklar.switch.engine.originals import Originals, restate_original
from saklar.switch.engine.record import Outcome, TransactionRecord
from saklar.switch.engine.routing import RoutingTable
from saklar.switch.engine.timers import Timers

CHECKED = (2, 3, 4, 7, 11, 12, 13, 32, 35, 37, 41, 42, 49, 52, 90)
"""Elements that decide where a request goes and what is booked: their content must be what the dialect says."""

REVERSAL = "4"

VERSION_DIGITS = {"1987": "0", "1993": "1"}
"""First digit of an MTI."""

ANSWER_MARGIN_S = 0.5
"""Given up this long (or a tenth of the limit) before the acquirer's own limit, so that an answer arrives within it."""


_WAITED_FOR = {State.TRANSLATING: "the HSM", State.STORING: "the journal"}
"""Who keeps a transaction waiting, where it is not the issuer."""


class Refused(Exception):
    """The switch answers this request itself. `code` is DE 39 in 1987 terms, `reason` is for people."""

    def __init__(self, code: str, reason: str, state: Outcome = "refused") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.state = state


class _Outcome(NamedTuple):
    state: Outcome
    code: str
    by: Literal["issuer", "switch"]
    reason: str | None


class Transactions:
    """Every transaction that is not done, and how each moves on.

    Args:
        emit: takes each effect.
        timers: where deadlines are noted.
        routes: finds the issuer of a PAN.
        desks: the issuers by link name.
        originals: finds what a reversal reverses.
        new_id: makes the correlation id and the time of arrival (ISO 8601) of a request.
        hsm_timeout_s: how long the HSM may take to translate a PIN block.
        trace: whether to note each transaction when it is done.
    """

    def __init__(
        self,
        emit: Callable[[Effect], None],
        timers: Timers,
        routes: RoutingTable,
        desks: dict[str, IssuerDesk],
        originals: Originals,
        new_id: Callable[[], tuple[str, str]],
        *,
        hsm_timeout_s: float,
        trace: bool,
    ) -> None:
        self._emit = emit
        self._timers = timers
        self._routes = routes
        self._desks = desks
        self._originals = originals
        self._new_id = new_id
        self._hsm_timeout_s = hsm_timeout_s
        self._trace = trace
        self.open: dict[str, Transaction] = {}
        self._held: Counter[str] = Counter()
        """Transactions that are open, by acquirer."""
        self.counters: Counter[str] = Counter()

    # What comes from outside.

    def requested(self, connection: Connection, request: Message, now: float, refused: str | None) -> None:
        """A request of an acquirer; `refused` says why none is taken from it at present, if so."""
        id_, received_at = self._new_id()
        margin = min(ANSWER_MARGIN_S, connection.link.timeout_s / 10)
        transaction = Transaction(
            record=describe(request, connection.link, id=id_, received_at=received_at),
            connection=connection,
            request=request,
            received_at=now,
            deadline=now + connection.link.timeout_s - margin,
            state=State.TRANSLATING,
        )
        self.open[id_] = transaction
        self.counters["requests"] += 1
        self._held[connection.link.name] += 1
        try:
            if refused is not None:
                raise Refused("91", refused)
            if self._held[connection.link.name] > connection.link.max_in_flight:
                raise Refused("91", "the acquirer has its maximum in flight")
            self._begin(transaction, now)
        except Refused as refusal:
            self._refuse(transaction, refusal, now)

    def hsm_done(self, id_: str, response: bytes | None, now: float) -> None:
        """The HSM's word on a PIN block; too late when the transaction has gone on without it."""
        transaction = self.open.get(id_)
        if transaction is None or transaction.state is not State.TRANSLATING:
            return
        assert transaction.forwarded is not None
        block, reason = pin.translated(response, transaction.connection.link)
        if block is None:
            self._refuse(transaction, Refused("96", reason or ""), now)
        else:
            transaction.forwarded[52] = block
            self._store_intent(transaction)

    def committed(self, id_: str, revision: int, now: float) -> None:
        """The journal has what it was given of this transaction."""
        transaction = self._awaiting(id_, revision)
        if transaction is None:
            return
        if transaction.state is State.STORING:
            self._forward(transaction, now)
        else:
            self._deliver(transaction)

    def store_failed(self, id_: str, revision: int, now: float) -> None:
        """The journal could not keep it. An intent is refused; an outcome is delivered, as the money has moved."""
        transaction = self._awaiting(id_, revision)
        if transaction is None:
            return
        self.counters["store_failed"] += 1
        if transaction.state is State.STORING:
            self._refuse(transaction, Refused("96", "the journal failed"), now)
        else:
            self._deliver(transaction)

    def answered(self, connection: Connection, answer: Message, now: float) -> None:
        """An answer of an issuer: it goes to exactly the request that the switch gave this STAN, or nowhere."""
        transaction = self._desks[connection.link.name].waiting(answer.get(11) or "")
        if transaction is None or transaction.state is not State.FORWARDED:
            self._unmatched(connection, answer, "no request waits for it")
            return
        assert transaction.forwarded is not None
        if (element := misfit(transaction.forwarded, answer)) is not None:
            self._unmatched(connection, answer, f"{element} is not that of its request")
            return
        try:
            returned = from_issuer(answer, transaction)
            code = response_code(answer)
            if code is None:
                code = "96"
                returned[39] = native_response_code(returned.dialect, code, returned.mti)
            size = len(bytes(returned))
        except CodecError as error:
            self._unmatched(connection, answer, f"the acquirer's dialect cannot say it: {error.message}")
            return
        if size > transaction.connection.link.max_frame:
            self._unmatched(connection, answer, f"{size} bytes are over the acquirer link's maximum")
            return
        self._settle(transaction, returned, _Outcome(outcome_of(code), code, "issuer", None), now)

    def issuer_gone(self, connection: Connection, now: float) -> None:
        """A connection to an issuer is lost: what was asked on it will not be answered."""
        for transaction in list(self._desks[connection.link.name].in_flight.values()):
            if transaction.state is State.FORWARDED and transaction.issuer_connection == connection.number:
                self._refuse(transaction, Refused("91", "the issuer's link went down", "timed_out"), now)

    # The steps of one transaction.

    def _begin(self, transaction: Transaction, now: float) -> None:
        request, acquirer = transaction.request, transaction.connection.link
        if request.mti[0] != VERSION_DIGITS[request.dialect.version]:
            raise Refused("30", f"MTI {request.mti} is of another edition than the dialect")
        violations = request.dialect.check(request, CHECKED)
        if violations:
            raise Refused("30", f"DE {violations[0].element}: {violations[0].message}")
        if 11 not in request:
            raise Refused("30", "DE 11 is missing")
        pan = pan_of(request)
        if pan is None:
            raise Refused("30", "neither DE 2 nor DE 35 has a PAN")
        if message_class(request.mti) == REVERSAL:
            transaction.original = self._original_of(transaction)
        desk = self._desk_for(transaction, pan)
        self._prepare(transaction, desk)
        if 52 in request:
            if (why := pin.untranslatable(acquirer, desk.link)) is not None:
                raise Refused("96", why)
            limit = min(now + self._hsm_timeout_s, transaction.deadline)
            self._timers.at(limit, partial(self._overdue, transaction.id, State.TRANSLATING))
            self._emit(HsmCall(transaction.id, pin.translation(acquirer, desk.link, request[52], pan)))
        else:
            self._store_intent(transaction)

    def _original_of(self, transaction: Transaction) -> TransactionRecord:
        original = self._originals.find(transaction.connection.link.name, transaction.request)
        if original is None:
            raise Refused("25", "the original is unknown")
        transaction.record = replace(transaction.record, original_id=original.id)
        if original.state in ("declined", "refused"):
            raise Refused("00", "the original was not approved: nothing to reverse", "approved")
        return original

    def _desk_for(self, transaction: Transaction, pan: str) -> IssuerDesk:
        """The first issuer that can be asked; of a reversal, that of its original, which alone knows it."""
        desks = [self._desks[name] for name in self._issuers_of(transaction, pan) if name in self._desks]
        if not desks:
            raise Refused("92", "no route for this request")
        free = next((desk for desk in desks if desk.ready() is not None and not desk.full), None)
        if free is not None:
            self.counters["rerouted"] += free is not desks[0]
            return free
        if desks[0].ready() is None:
            raise Refused("91", "the issuer is not connected and signed on")
        raise Refused("91", "the issuer has its maximum in flight")

    def _issuers_of(self, transaction: Transaction, pan: str) -> tuple[str, ...]:
        if transaction.original is not None and transaction.original.issuer is not None:
            return (transaction.original.issuer,)
        route = self._routes.find(pan, facts_of(transaction.request, transaction.connection.link.name))
        return () if route is None else route.issuers

    def _prepare(self, transaction: Transaction, desk: IssuerDesk) -> None:
        """Write the request as the issuer will get it, and claim its STAN."""
        try:
            forwarded = for_issuer(transaction.request, desk.link, desk.take_stan())
            if transaction.original is not None:
                restate_original(forwarded, transaction.original)
            size = len(bytes(forwarded))
        except CodecError as error:
            raise Refused("30", f"dialect {desk.link.dialect.name} cannot say it: {error.message}") from None
        if size > desk.link.max_frame:
            raise Refused("30", f"{size} bytes are over the issuer link's maximum")
        transaction.issuer = desk.link
        transaction.forwarded = forwarded
        transaction.record = with_forwarded(transaction.record, desk.link, forwarded)
        desk.in_flight[forwarded[11]] = transaction

    def _store_intent(self, transaction: Transaction) -> None:
        transaction.move(State.STORING)
        self._timers.at(transaction.deadline, partial(self._overdue, transaction.id, State.STORING))
        self._store(transaction)

    def _forward(self, transaction: Transaction, now: float) -> None:
        assert transaction.issuer is not None and transaction.forwarded is not None
        connection = self._desks[transaction.issuer.name].ready()
        if connection is None or not transaction.connection.up:
            who = "issuer" if connection is None else "acquirer"
            self._refuse(transaction, Refused("91", f"the {who}'s link went down before the request left"), now)
            return
        transaction.move(State.FORWARDED)
        transaction.issuer_connection = connection.number
        if transaction.original is None:
            self._originals.remember(transaction.record)
        limit = min(now + transaction.issuer.timeout_s, transaction.deadline)
        self._timers.at(limit, partial(self._unanswered, transaction.id))
        self._emit(Send(connection.number, bytes(transaction.forwarded)))

    # Timers know a transaction by its id: most outlive it, and must not keep its messages.

    def _unanswered(self, id_: str, now: float) -> None:
        transaction = self.open.get(id_)
        if transaction is not None and transaction.state is State.FORWARDED:
            self._refuse(transaction, Refused("91", "the issuer did not answer in time", "timed_out"), now)

    def _overdue(self, id_: str, state: State, now: float) -> None:
        transaction = self.open.get(id_)
        if transaction is not None and transaction.state is state:
            self._refuse(transaction, Refused("96", f"{_WAITED_FOR[state]} did not answer in time"), now)

    def _refuse(self, transaction: Transaction, why: Refused, now: float) -> None:
        answer = answer_to(transaction.request, why.code)
        self._settle(transaction, answer, _Outcome(why.state, why.code, "switch", why.reason), now)

    def _settle(self, transaction: Transaction, answer: Message, outcome: _Outcome, now: float) -> None:
        transaction.move(State.SETTLING)
        transaction.answer = answer
        transaction.record = replace(
            transaction.record,
            state=outcome.state,
            response_code=outcome.code,
            answered_by=outcome.by,
            reason=outcome.reason,
            elapsed_ms=round((now - transaction.received_at) * 1000, 3),
        )
        self._store(transaction)

    def _store(self, transaction: Transaction) -> None:
        transaction.record = replace(transaction.record, revision=transaction.record.revision + 1)
        self._emit(Store(transaction.record))

    def _deliver(self, transaction: Transaction) -> None:
        assert transaction.answer is not None
        transaction.move(State.DONE)
        del self.open[transaction.id]
        self._held[transaction.connection.link.name] -= 1
        record, connection = transaction.record, transaction.connection
        if transaction.forwarded is not None and transaction.issuer is not None:
            del self._desks[transaction.issuer.name].in_flight[transaction.forwarded[11]]
        if message_class(record.mti) != REVERSAL:
            self._originals.remember(record)
        self.counters[f"response_code.{record.response_code}"] += 1
        if connection.up:
            self._emit(Send(connection.number, bytes(transaction.answer)))
            self.counters["answers"] += 1
        else:
            self.counters["undelivered"] += 1
            self._emit(Note("warning", "answer.undelivered", _about(record)))
        if self._trace:
            self._emit(Note("info", "transaction", _about(record)))
        elif record.response_code == "96":
            self._emit(Note("warning", "transaction.failed", _about(record)))

    def _awaiting(self, id_: str, revision: int) -> Transaction | None:
        """The transaction that waits for the journal to have this revision of it."""
        transaction = self.open.get(id_)
        if transaction is None or transaction.record.revision != revision:
            return None
        return transaction if transaction.state in (State.STORING, State.SETTLING) else None

    def _unmatched(self, connection: Connection, answer: Message, why: str) -> None:
        self.counters["unmatched"] += 1
        fields = {"link": connection.link.name, "mti": answer.mti, "stan": answer.get(11), "rrn": answer.get(37)}
        self._emit(Note("warning", "answer.unmatched", {**fields, "reason": why}))


def _about(record: TransactionRecord) -> dict[str, object]:
    """What a log line says of a transaction: never more than the masked PAN."""
    fields = {
        "txn": record.id,
        "link": record.acquirer,
        "mti": record.mti,
        "stan": record.stan,
        "rrn": record.rrn,
        "pan": mask_pan(record.pan),
        "amount": record.amount,
        "issuer": record.issuer,
        "issuer_stan": record.issuer_stan,
        "rc": record.response_code,
        "by": record.answered_by,
        "reason": record.reason,
        "ms": record.elapsed_ms,
    }
    return {name: value for name, value in fields.items() if value is not None}
