"""At the door: what an acquirer sends is looked at, told from repeats, and given to who handles it."""

from collections.abc import Mapping

from saklar.codecs import Check, Message
from saklar.switch.engine.advices import Advices
from saklar.switch.engine.context import Context
from saklar.switch.engine.messages import amount_of, pan_of
from saklar.switch.engine.model import Connection, Link, Transaction
from saklar.switch.engine.remembered import REVERSAL, Memory, Names, Naming, Remembered
from saklar.switch.engine.requests import Requests
from saklar.switch.engine.settling import FAILURE, Refused, Settling

CHECKED = (2, 3, 4, 7, 11, 12, 13, 32, 35, 37, 41, 42, 49, 52, 90)
"""Elements that decide where a request goes and what is booked: their content must be what the dialect says."""

VERSION_DIGITS = {"1987": "0", "1993": "1"}
"""First digit of an MTI."""

ADVICE = "2"
"""Third digit of an MTI."""

TEMPORARY = ("91", "96")
"""DE 39 of refusals that may be over at the next try."""

SAME_KEY = "94"
"""DE 39: duplicate transmission."""


class Admission:
    """What acquirers send.

    Args:
        context: what the engine shares.
        links: every link by name.
        settling: where each comes to its end.
        memory: tells repeats.
        requests: takes what an issuer is asked.
        advices: takes what the switch answers.
    """

    def __init__(
        self,
        context: Context,
        links: Mapping[str, Link],
        settling: Settling,
        memory: Memory,
        requests: Requests,
        advices: Advices,
    ) -> None:
        self._context = context
        self._settling = settling
        self._memory = memory
        self._requests = requests
        self._advices = advices
        self._namings = {
            link.name: Naming(link.name, link.duplicate_key, link.dialect.version) for link in links.values()
        }
        self._checks = {link.dialect: Check(link.dialect, CHECKED) for link in links.values()}

    def requested(self, connection: Connection, request: Message, now: float, closed: str | None) -> None:
        """A request of an acquirer; `closed` says why no new one is taken from it at present, if so."""
        id_, arrived_at = self._context.new_id()
        link, values = connection.link, request.values()
        transaction = Transaction(id_, arrived_at, connection, request, values, now, now + connection.patience_s)
        self._context.count("requests")
        try:
            self._read(transaction)
            names = self._namings[link.name].of(request, values, transaction.pan)
            known = self._memory.repeated(names[0])
            if known is not None and known.fingerprint == names[1]:
                self._settling.repeat(connection, transaction, known)
                return
            self._settling.begin(transaction)
            if known is not None:
                raise self._suspicious(transaction, known)
            self._take(transaction, names, closed, now)
        except Refused as refusal:
            if id_ not in self._settling.open:
                self._settling.begin(transaction)
            self._settling.refuse(transaction, refusal, now)

    def _read(self, transaction: Transaction) -> None:
        """See that it can be understood."""
        request, values = transaction.request, transaction.values
        dialect = request.dialect
        if transaction.mti[0] != VERSION_DIGITS[dialect.version]:
            raise Refused("30", f"MTI {transaction.mti} is of another edition than the dialect")
        violation = self._checks[dialect](request, values)
        if violation is not None:
            raise Refused("30", f"DE {violation.element}: {violation.message}")
        if 11 not in values:
            raise Refused("30", "DE 11 is missing")
        pan = pan_of(values)
        if pan is None:
            raise Refused("30", "neither DE 2 nor DE 35 has a PAN")
        transaction.pan = pan

    def _suspicious(self, transaction: Transaction, known: Remembered) -> Refused:
        """Somebody uses the key of another transaction, which stays as it is."""
        link, stan = transaction.connection.link.name, transaction.request.get(11)
        self._context.count("suspicious")
        self._context.note("warning", "request.suspicious", txn=transaction.id, link=link, stan=stan, same_as=known.id)
        return Refused(SAME_KEY, f"the same key as {known.id}, and another card, amount or original")

    def _take(self, transaction: Transaction, names: Names, closed: str | None, now: float) -> None:
        link, mti = transaction.connection.link, transaction.mti
        entry = Remembered(transaction.id, link.name, mti, names, now, amount_of(transaction.values))
        entry.pending = transaction
        transaction.entry = entry
        early = self._memory.reversed_before(entry)
        is_advice = mti[1] == REVERSAL or mti[2] == ADVICE
        if is_advice:
            transaction.original = self._memory.original_of(link.name, transaction.request)  # before it is found itself
        self._memory.remember(entry)
        try:
            self._hand_on(transaction, now, closed, early=early, is_advice=is_advice)
        except Refused as refusal:
            if is_advice and refusal.code in TEMPORARY:
                # It will be sent until it is accepted, and its repeat must have a chance.
                self._memory.forget(entry)
                transaction.entry = None
            raise

    def _hand_on(
        self, transaction: Transaction, now: float, closed: str | None, *, early: bool, is_advice: bool
    ) -> None:
        link = transaction.connection.link
        if not self._context.journal_up:
            raise Refused(FAILURE, "the journal is down")
        if closed is not None:
            raise Refused("91", closed)
        if len(self._settling.deadlines[link.name]) > link.max_in_flight:
            raise Refused("91", "the acquirer has its maximum in flight")
        if early:
            raise Refused(SAME_KEY, "it was reversed before it came")
        if is_advice:
            self._advices.begin(transaction, now)
        else:
            self._requests.begin(transaction, now)
