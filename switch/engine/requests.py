"""The way of a request (0100, 0200) to its issuer and back.

The steps stand in the order in which a transaction takes them: begun, translated, stored, forwarded, answered.
"""

from saklar.codecs import CodecError, Message, response_code
from saklar.codecs.mti import response_mti
from saklar.switch.engine.context import Context
from saklar.switch.engine.crossing import PIN_DATA
from saklar.switch.engine.desk import IssuerDesk
from saklar.switch.engine.effects import HsmCall, Send
from saklar.switch.engine.messages import facts_of, misfit, record_of
from saklar.switch.engine.model import PARTLY_APPROVED, Connection, Link, State, Transaction, outcome_of
from saklar.switch.engine.pin import Translation
from saklar.switch.engine.record import TransactionChange
from saklar.switch.engine.routing import NO_FACTS, RoutingTable
from saklar.switch.engine.saf import StoreAndForward
from saklar.switch.engine.settling import FAILURE, Refused, Settling
from saklar.switch.engine.timers import Lane

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
        self._translations: dict[tuple[str, str], Translation] = {}
        self._translating: Lane = {}
        context.timers.watch(self._translating, self._hsm_silent)
        for desk in desks.values():
            context.timers.watch(desk.silent, self._issuer_silent)
        for deadlines in settling.deadlines.values():
            context.timers.watch(deadlines, self._overdue)

    # Out.

    def begin(self, transaction: Transaction, now: float) -> None:
        """Find its issuer, and have its PIN block translated.

        Raises:
            Refused: it cannot be sent to any.
        """
        acquirer, values = transaction.connection.link, transaction.values
        desk = self._desk_for(transaction)
        self._prepare(transaction, desk)
        if PIN_DATA not in values:
            self._store_intent(transaction)
            return
        translation = self._translation(acquirer, desk.link)
        if translation.impossible is not None:
            raise Refused(FAILURE, translation.impossible)
        transaction.move(State.TRANSLATING)
        self._translating[transaction] = now + self._hsm_timeout_s
        self._context.emit(HsmCall(transaction.id, translation.command(values[PIN_DATA], transaction.pan)))

    def _translation(self, acquirer: Link, issuer: Link) -> Translation:
        key = acquirer.name, issuer.name
        found = self._translations.get(key)
        if found is None:
            found = self._translations[key] = Translation(acquirer, issuer)
        return found

    def _desk_for(self, transaction: Transaction) -> IssuerDesk:
        """The first issuer that can be asked."""
        facts = NO_FACTS
        if self._routes.conditional:
            facts = facts_of(transaction.mti, transaction.values, transaction.connection.link.name)
        route = self._routes.find(transaction.pan, facts)
        if route is None:
            raise Refused("92", "no route for this request")
        party = transaction.connection.link.party
        first, is_loop = None, False
        for name in route.issuers:
            desk = self._desks.get(name)
            if desk is None:
                continue
            if party is not None and desk.link.party == party:
                is_loop = True
                continue
            if desk.ready() is not None and not desk.full:
                if first is not None:
                    self._context.count("rerouted")
                return desk
            first = first or desk
        raise _unroutable(first, party if is_loop else None)

    def _prepare(self, transaction: Transaction, desk: IssuerDesk) -> None:
        """Write the request as the issuer will get it, and claim its STAN."""
        link, entry, stan = desk.link, transaction.entry, desk.take_stan()
        assert entry is not None
        crossing = desk.crossing(transaction.request.dialect)
        try:
            outgoing = crossing.out(transaction.request, transaction.values, stan)
        except CodecError as error:
            raise Refused("30", f"dialect {link.dialect.name} cannot say it: {error.message}") from None
        if len(outgoing.payload) > link.max_frame:
            raise Refused("30", f"{len(outgoing.payload)} bytes are over the issuer link's maximum")
        entry.kept, entry.issuer = outgoing.kept, link.name
        transaction.issuer, transaction.issuer_stan = link, stan
        transaction.outgoing, transaction.crossing = outgoing, crossing
        desk.in_flight[stan] = transaction

    def hsm_done(self, id_: str, response: bytes | None, now: float) -> None:
        """The HSM's word on a PIN block; too late when the transaction has gone on without it."""
        transaction = self._settling.open.get(id_)
        if transaction is None or transaction.state is not State.TRANSLATING:
            return
        self._translating.pop(transaction, None)
        assert transaction.issuer is not None
        translation = self._translation(transaction.connection.link, transaction.issuer)
        block, reason = translation.translated(response)
        if block is None:
            link = transaction.connection.link
            self._context.count(f"pin_errors.{link.name}")
            code = FAILURE if response is None else link.pin_error_code
            self._settling.refuse(transaction, Refused(code, reason or ""), now)
        elif not self._context.journal_up:
            self._settling.refuse(transaction, Refused(FAILURE, "the journal is down"), now)
        else:
            self._put_pin(transaction, block)
            self._store_intent(transaction)

    @staticmethod
    def _put_pin(transaction: Transaction, block: str) -> None:
        outgoing, crossing, stan = transaction.outgoing, transaction.crossing, transaction.issuer_stan
        assert outgoing is not None and crossing is not None and stan is not None
        payload = crossing.with_pin(transaction.request, outgoing, stan, block)
        transaction.outgoing = outgoing._replace(payload=payload)

    def _store_intent(self, transaction: Transaction) -> None:
        transaction.move(State.STORING)
        transaction.outcome = "forwarding"
        transaction.stored = True
        self._context.store(record_of(transaction), then=self._forward, subject=transaction)

    def _forward(self, transaction: Transaction, _number: int, now: float) -> None:
        """The intent is durable: the request may leave."""
        if transaction.state is not State.STORING:
            return
        issuer, outgoing = transaction.issuer, transaction.outgoing
        assert issuer is not None and outgoing is not None
        desk = self._desks[issuer.name]
        connection = desk.ready()
        if connection is None or not transaction.connection.up:
            who = "issuer" if connection is None else "acquirer"
            self._settling.refuse(transaction, Refused("91", f"the {who}'s link went down before it left"), now)
            return
        transaction.move(State.FORWARDED)
        transaction.issuer_connection = connection.number
        desk.silent[transaction] = now + issuer.timeout_s
        self._context.emit(Send(connection.number, outgoing.payload))

    # Back.

    def answered(self, connection: Connection, answer: Message, now: float) -> None:
        """An answer of an issuer: it goes to exactly the request that the switch gave this STAN, or nowhere."""
        desk = self._desks[connection.link.name]
        transaction = desk.in_flight.get(answer.get(11) or "")
        if transaction is None or transaction.state is not State.FORWARDED:
            if not self._late(desk, answer, now):
                self._unmatched(connection, answer, "no request waits for it")
            return
        outgoing, crossing = transaction.outgoing, transaction.crossing
        assert outgoing is not None and crossing is not None
        usual = crossing.is_usual(transaction, answer)
        if not usual and (element := misfit(outgoing.answer_mti, outgoing.elements, answer)) is not None:
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
            payload = crossing.back(transaction, answer, code, usual=usual)
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
        if entry is None or entry.kept is None:
            return False
        kept = desk.link.dialect.decode(entry.kept)
        if misfit(response_mti(kept.mti), kept, answer) is not None:
            return False
        del desk.late[stan]
        code = response_code(answer)
        self._context.count("late")
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

    def _issuer_silent(self, transaction: Transaction, now: float) -> None:
        if transaction.state is State.FORWARDED:
            self._settling.give_up(transaction, "the issuer did not answer in time", now)

    def _hsm_silent(self, transaction: Transaction, now: float) -> None:
        if transaction.state is State.TRANSLATING:
            self._settling.refuse(transaction, Refused(FAILURE, "the HSM did not answer in time"), now)

    def _overdue(self, transaction: Transaction, now: float) -> None:
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
        self._context.count("unmatched")
        fields = {"link": connection.link.name, "mti": answer.mti, "stan": answer.get(11), "rrn": answer.get(37)}
        self._context.note("warning", "answer.unmatched", **fields, reason=why)


def _unroutable(first: IssuerDesk | None, looping: str | None) -> Refused:
    """Why no issuer can be asked: `first` would have been, or what there is belongs to the `looping` party."""
    if first is None and looping is not None:
        return Refused("92", f"a routing loop: it comes from {looping}, and would go there")
    if first is None:
        return Refused("92", "no route for this request")
    if first.ready() is None:
        return Refused("91", "the issuer is not connected and signed on")
    return Refused("91", "the issuer has its maximum in flight")
