"""Reversals and advices of acquirers: answered by the switch as soon as they are durable, and then forwarded.

An acquirer that reverses must get an answer (ISO 8583-1:1987 §4.2 has it repeat until then), whether or not the
issuer can be reached; the issuer gets it as an advice, which it may not refuse.
"""

from saklar.codecs import CodecError, Dialect
from saklar.codecs.mti import message_class
from saklar.switch.engine.context import Context
from saklar.switch.engine.desk import IssuerDesk
from saklar.switch.engine.messages import amount_of, facts_of, without_authentication_data
from saklar.switch.engine.model import PARTLY_APPROVED, Transaction
from saklar.switch.engine.record import Record, TransactionChange
from saklar.switch.engine.remembered import REVERSAL, Memory, Remembered
from saklar.switch.engine.reversals import forwarded_advice, forwarded_reversal, standing_amount
from saklar.switch.engine.routing import RoutingTable
from saklar.switch.engine.saf import Item, StoreAndForward
from saklar.switch.engine.settling import Refused, Settling

WRONG_AMOUNT = "64"
"""DE 39: original amount incorrect."""


class Advices:
    """What the switch answers itself.

    Args:
        context: what the engine shares.
        settling: where each comes to its end.
        saf: forwards it.
        memory: knows the originals.
        routes: finds the issuer of a PAN.
        desks: the issuers by link name.
    """

    def __init__(
        self,
        context: Context,
        settling: Settling,
        saf: StoreAndForward,
        memory: Memory,
        routes: RoutingTable,
        desks: dict[str, IssuerDesk],
    ) -> None:
        self._context = context
        self._settling = settling
        self._saf = saf
        self._memory = memory
        self._routes = routes
        self._desks = desks

    def begin(self, transaction: Transaction, now: float) -> None:
        """Take a reversal or an advice.

        Raises:
            Refused: it cannot be taken.
        """
        original = transaction.original
        if message_class(transaction.request.mti) != REVERSAL:
            self._advise(transaction, original, now)
        elif original is None:
            self._reverse_unknown(transaction, now)
        else:
            self._reverse(transaction, original, now)

    def _advise(self, transaction: Transaction, original: Remembered | None, now: float) -> None:
        desk = self._desk_for(transaction, original)
        kept = original.kept if original is not None else None
        item, records = self._forward(transaction, desk, kept)
        self._settling.accept(transaction, item, records, now)

    def _reverse(self, transaction: Transaction, original: Remembered, now: float) -> None:
        stands = self._stands(transaction, original)
        may_be_booked = original.state in ("approved", "partly_reversed", "accepted")
        if original.pending is not None:
            # Its answer is on its way, and is not delivered as an approval any more (ISO 8583-1:1987 §4.2).
            may_be_booked = self._settling.close(original.pending, now)
        if not may_be_booked or original.kept is None or original.issuer not in self._desks:
            self._settling.accept(transaction, None, (), now)
            return
        item, records = self._forward(transaction, self._desks[original.issuer], original.kept)
        original.state = "reversed" if stands is None else "partly_reversed"
        original.standing = stands
        changes: dict[str, object] = {"state": original.state, "standing": stands}
        if original.doubt == "open":
            original.doubt = changes["doubt"] = "reversed"
        if stands is None:
            original.answer, original.code = None, transaction.connection.link.timeout_code
        self._settling.accept(transaction, item, (TransactionChange(original.id, changes), *records), now)

    def _stands(self, transaction: Transaction, original: Remembered) -> int | None:
        """What a partial reversal leaves; None of a full one."""
        try:
            stands = standing_amount(transaction.request)
        except CodecError as error:
            raise Refused("30", str(error)) from None
        if stands is None:
            return None
        if original.pending is not None:
            raise Refused("12", "a part of what is not approved yet cannot be reversed")
        now_standing = original.standing
        if now_standing is None:
            now_standing = _approved(original, transaction.request.dialect)
        if now_standing is None or stands >= now_standing:
            raise Refused(WRONG_AMOUNT, "the replacement amount is not below what stands")
        return stands

    def _reverse_unknown(self, transaction: Transaction, now: float) -> None:
        """Its original has not come, or is forgotten; one that comes yet is refused."""
        link, entry = transaction.connection.link, transaction.entry
        assert entry is not None
        self._memory.expect(link.name, transaction.request)
        entry.kept = bytes(without_authentication_data(transaction.request))
        self._context.count("unknown_originals")
        if not link.forward_unknown:
            raise Refused(link.unknown_original, "the original is unknown")
        item, records = self._forward(transaction, self._desk_for(transaction, None), None)
        self._settling.accept(transaction, item, records, now)

    def _desk_for(self, transaction: Transaction, original: Remembered | None) -> IssuerDesk:
        """The issuer that alone knows the original, or else the first one of the route, whether or not it is up."""
        if original is not None and original.issuer in self._desks:
            return self._desks[original.issuer]
        route = self._routes.find(
            transaction.pan, facts_of(transaction.mti, transaction.values, transaction.connection.link.name)
        )
        names = [name for name in route.issuers if name in self._desks] if route is not None else []
        if not names:
            raise Refused("92", "no route for this request")
        return self._desks[names[0]]

    def _forward(
        self, transaction: Transaction, desk: IssuerDesk, original: bytes | None
    ) -> tuple[Item, tuple[Record, ...]]:
        request, entry, link = transaction.request, transaction.entry, desk.link
        assert entry is not None
        if len(desk.forwarding) >= link.saf_capacity:
            raise Refused("91", "the issuer has its maximum to be forwarded")
        write = forwarded_reversal if message_class(request.mti) == REVERSAL else forwarded_advice
        try:
            message = write(request, link.dialect, desk.take_stan(), original)
            size = len(bytes(message))
            if size > link.max_frame:
                raise Refused("30", f"{size} bytes are over the issuer link's maximum")
            item, record = self._saf.add("reversal" if write is forwarded_reversal else "advice", desk, message, entry)
        except CodecError as error:
            raise Refused("30", f"dialect {link.dialect.name} cannot say it: {error.message}") from None
        entry.issuer, entry.kept = link.name, record.message
        transaction.issuer = link
        return item, (record,)


def _approved(original: Remembered, dialect: Dialect) -> int | None:
    """What its issuer has approved, in minor units: of a part (DE 39 = 10), DE 4 of the answer; else what was asked."""
    if original.code == PARTLY_APPROVED and original.answer is not None:
        try:
            part = amount_of(dialect.decode(original.answer))
        except CodecError:  # the link has another dialect now
            part = None
        if part is not None:
            return part
    return original.amount
