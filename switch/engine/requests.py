"""The way of a request (0100, 0200) to its issuer and back.

The steps stand in the order in which a transaction takes them: begun, translated, stored, forwarded, answered.
"""

from functools import partial

from saklar.codecs import CodecError, Message, native_response_code, response_code
from saklar.switch.engine import pin
from saklar.switch.engine.context import Context
from saklar.switch.engine.desk import IssuerDesk
from saklar.switch.engine.effects import HsmCall, Send
from saklar.switch.engine.messages import (
    facts_of,
    for_issuer,
    from_issuer,
    misfit,
    record_of,
    without_authentication_data,
)
from saklar.switch.engine.model import PARTLY_APPROVED, Connection, State, Transaction, outcome_of
from saklar.switch.engine.record import TransactionChange
from saklar.switch.engine.routing import RoutingTable
from saklar.switch.engine.saf import StoreAndForward
from saklar.switch.engine.settling import FAILURE, Refused, Settling

DECLINED = "05"
"""DE 39: do not honour."""


class Requests:
    """Requests that an issuer is asked.

    Args:
        context: what the engine shares.
        settling: where each comes to its end.
        saf: knows the reversals that are under way.
        routes: finds the issuer of a PAN.
        desks: the issuers by link name.
        hsm_timeout_s: how long the HSM may take to translate a PIN block.
    """

    def __init__(
        self,
        context: Context,
        settling: Settling,
        saf: StoreAndForward,
        routes: RoutingTable,
        desks: dict[str, IssuerDesk],
        *,
        hsm_timeout_s: float,
    ) -> None:
        self._context = context
        self._settling = settling
        self._saf = saf
        self._routes = routes
        self._desks = desks
        self._hsm_timeout_s = hsm_timeout_s

    # Out.

    def begin(self, transaction: Transaction, now: float) -> None:
        """Find its issuer, and have its PIN block translated.

        Raises:
            Refused: it cannot be sent to any.
        """
        request, acquirer = transaction.request, transaction.connection.link
        desk = self._desk_for(transaction)
        self._prepare(transaction, desk)
        self._context.timers.at(transaction.deadline, partial(self._overdue, transaction.id))
        if 52 not in transaction.values:
            self._store_intent(transaction)
            return
        if (why := pin.untranslatable(acquirer, desk.link)) is not None:
            raise Refused(FAILURE, why)
        transaction.move(State.TRANSLATING)
        self._context.timers.at(now + self._hsm_timeout_s, partial(self._hsm_silent, transaction.id))
        command = pin.translation(acquirer, desk.link, request[52], transaction.pan)
        self._context.emit(HsmCall(transaction.id, command))

    def _desk_for(self, transaction: Transaction) -> IssuerDesk:
        """The first issuer that can be asked."""
        facts = facts_of(transaction.mti, transaction.values, transaction.connection.link.name)
        route = self._routes.find(transaction.pan, facts)
        desks = [self._desks[name] for name in route.issuers if name in self._desks] if route is not None else []
        if not desks:
            raise Refused("92", "no route for this request")
        party = transaction.connection.link.party
        desks = [desk for desk in desks if party is None or desk.link.party != party]
        if not desks:
            raise Refused("92", f"a routing loop: it comes from {party}, and would go there")
        free = next((desk for desk in desks if desk.ready() is not None and not desk.full), None)
        if free is not None:
            self._context.counters["rerouted"] += free is not desks[0]
            return free
        if desks[0].ready() is None:
            raise Refused("91", "the issuer is not connected and signed on")
        raise Refused("91", "the issuer has its maximum in flight")

    def _prepare(self, transaction: Transaction, desk: IssuerDesk) -> None:
        """Write the request as the issuer will get it, and claim its STAN."""
        link, entry = desk.link, transaction.entry
        assert entry is not None
        try:
            forwarded = for_issuer(transaction.request, link, desk.take_stan())
            size = len(bytes(forwarded))
            entry.kept = bytes(without_authentication_data(forwarded, briefly=True))
        except CodecError as error:
            raise Refused("30", f"dialect {link.dialect.name} cannot say it: {error.message}") from None
        if size > link.max_frame:
            raise Refused("30", f"{size} bytes are over the issuer link's maximum")
        entry.issuer = link.name
        transaction.issuer = link
        transaction.forwarded = forwarded
        desk.in_flight[forwarded[11]] = transaction

    def hsm_done(self, id_: str, response: bytes | None, now: float) -> None:
        """The HSM's word on a PIN block; too late when the transaction has gone on without it."""
        transaction = self._settling.open.get(id_)
        if transaction is None or transaction.state is not State.TRANSLATING:
            return
        assert transaction.forwarded is not None
        block, reason = pin.translated(response, transaction.connection.link)
        if block is None:
            link = transaction.connection.link
            self._context.counters[f"pin_errors.{link.name}"] += 1
            code = FAILURE if response is None else link.pin_error_code
            self._settling.refuse(transaction, Refused(code, reason or ""), now)
        elif not self._context.journal_up:
            self._settling.refuse(transaction, Refused(FAILURE, "the journal is down"), now)
        else:
            transaction.forwarded[52] = block
            self._store_intent(transaction)

    def _store_intent(self, transaction: Transaction) -> None:
        transaction.move(State.STORING)
        transaction.outcome = "forwarding"
        transaction.stored = True
        self._context.store(record_of(transaction), then=self._forward, subject=transaction)

    def _forward(self, transaction: Transaction, _number: int, now: float) -> None:
        """The intent is durable: the request may leave."""
        if transaction.state is not State.STORING:
            return
        assert transaction.issuer is not None and transaction.forwarded is not None
        desk = self._desks[transaction.issuer.name]
        connection = desk.ready()
        if connection is None or not transaction.connection.up:
            who = "issuer" if connection is None else "acquirer"
            self._settling.refuse(transaction, Refused("91", f"the {who}'s link went down before it left"), now)
            return
        transaction.move(State.FORWARDED)
        transaction.issuer_connection = connection.number
        limit = now + transaction.issuer.timeout_s
        if limit < transaction.deadline:
            self._context.timers.at(limit, partial(self._issuer_silent, transaction.id))
        self._context.emit(Send(connection.number, bytes(transaction.forwarded)))

    # Back.

    def answered(self, connection: Connection, answer: Message, now: float) -> None:
        """An answer of an issuer: it goes to exactly the request that the switch gave this STAN, or nowhere."""
        desk = self._desks[connection.link.name]
        transaction = desk.in_flight.get(answer.get(11) or "")
        if transaction is None or transaction.state is not State.FORWARDED:
            if not self._late(desk, answer, now):
                self._unmatched(connection, answer, "no request waits for it")
            return
        assert transaction.forwarded is not None
        if (element := misfit(transaction.forwarded, answer)) is not None:
            self._unmatched(connection, answer, f"{element} is not that of its request")
            return
        code = response_code(answer)
        if code is None:
            self._settling.take_back(transaction, FAILURE, "the issuer's answer has no response code", now)
            return
        if code == PARTLY_APPROVED and not transaction.connection.link.partial_approval:
            self._settling.take_back(transaction, DECLINED, "approved in part, which the acquirer cannot take", now)
            return
        try:
            returned = from_issuer(answer, transaction)
            native = native_response_code(returned.dialect, code, returned.mti)
            if returned.get(39) != native:
                returned[39] = native
            payload = bytes(returned)
        except CodecError as error:
            self._unmatched(connection, answer, f"the acquirer's dialect cannot say it: {error.message}")
            return
        if len(payload) > transaction.connection.link.max_frame:
            self._unmatched(connection, answer, f"{len(payload)} bytes are over the acquirer link's maximum")
            return
        self._settling.issuer_said(transaction, outcome_of(code), code, payload, now)

    def _late(self, desk: IssuerDesk, answer: Message, now: float) -> bool:
        """Whether it answers a request that was given up: note it; its reversal is under way, and stays if needed."""
        stan = answer.get(11) or ""
        entry = desk.late.get(stan)
        if entry is None or entry.kept is None or misfit(desk.link.dialect.decode(entry.kept), answer) is not None:
            return False
        del desk.late[stan]
        code = response_code(answer)
        self._context.counters["late"] += 1
        self._context.note("warning", "answer.late", txn=entry.id, issuer=desk.link.name, rc=code)
        self._context.store(TransactionChange(entry.id, {"late_code": code}))
        item = self._saf.by_subject.get(entry.id)
        if item is not None and code is not None and outcome_of(code) == "declined":
            self._saf.cancel(item, f"the issuer declined late with {code}", now)
        return True

    def issuer_gone(self, connection: Connection, now: float) -> None:
        """A connection to an issuer is lost: what was asked on it will not be answered on it."""
        desk = self._desks[connection.link.name]
        if desk.link.wait_when_down:
            return
        for transaction in desk.transactions_on(connection.number):
            if transaction.state is State.FORWARDED:
                self._settling.give_up(transaction, "the issuer's link went down", now)

    # Timers know a transaction by its id: most outlive it, and must not keep its messages.

    def _issuer_silent(self, id_: str, now: float) -> None:
        transaction = self._settling.open.get(id_)
        if transaction is not None and transaction.state is State.FORWARDED:
            self._settling.give_up(transaction, "the issuer did not answer in time", now)

    def _hsm_silent(self, id_: str, now: float) -> None:
        transaction = self._settling.open.get(id_)
        if transaction is not None and transaction.state is State.TRANSLATING:
            self._settling.refuse(transaction, Refused(FAILURE, "the HSM did not answer in time"), now)

    def _overdue(self, id_: str, now: float) -> None:
        transaction = self._settling.open.get(id_)
        if transaction is None:
            return
        match transaction.state:
            case State.TRANSLATING:
                self._settling.refuse(transaction, Refused(FAILURE, "the HSM did not answer in time"), now)
            case State.STORING:
                self._settling.refuse(transaction, Refused(FAILURE, "the journal did not answer in time"), now)
            case State.FORWARDED:
                self._settling.give_up(transaction, "the issuer did not answer in time", now)
            case State.HOLDING | State.SETTLING:
                self._settling.overdue(transaction, now)

    def _unmatched(self, connection: Connection, answer: Message, why: str) -> None:
        self._context.counters["unmatched"] += 1
        fields = {"link": connection.link.name, "mti": answer.mti, "stan": answer.get(11), "rrn": answer.get(37)}
        self._context.note("warning", "answer.unmatched", **fields, reason=why)
