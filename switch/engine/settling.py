"""How a transaction gets its outcome, and its acquirer the one answer.

An outcome is durable before its answer leaves. What is no approval need not wait for that where it cannot: after a
crash the request is found without an outcome and is reversed, which is right for a request that was declined, too.
An approval always waits.
"""

from collections.abc import Iterable
from functools import partial
from typing import Literal, NamedTuple

from saklar.codecs import CodecError, mask_pan
from saklar.switch.engine.context import Context
from saklar.switch.engine.desk import IssuerDesk
from saklar.switch.engine.effects import Send
from saklar.switch.engine.messages import answer_to, record_of
from saklar.switch.engine.model import Connection, State, Transaction
from saklar.switch.engine.record import Outcome, Record, SafRecord, TransactionChange
from saklar.switch.engine.remembered import Remembered
from saklar.switch.engine.reversals import LATE, UNDELIVERED, reversal_of
from saklar.switch.engine.saf import DUPLICATE, Item, StoreAndForward
from saklar.switch.engine.timers import Lane

NO_MOVEMENT = "3"
"""First digit of DE 3 of an inquiry, which moves no money (ISO 8583-1:1987, annex A)."""

FAILURE = "96"
"""DE 39: system malfunction."""

MAX_COPIES = 16
"""Repeats of one pending request that wait for its answer; more are told that they are repeats."""


DOUBT_S = 86_400.0
"""After its business day an acquirer neither repeats nor reverses: what it has not questioned by then, it was told."""


class Refused(Exception):
    """The switch answers this request itself. `code` is DE 39 in 1987 terms, `reason` is for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Verdict(NamedTuple):
    """What became of a transaction; `code` is DE 39 in 1987 terms."""

    outcome: Outcome
    code: str
    by: Literal["issuer", "switch"]
    reason: str | None = None


class Settling:
    """Every transaction that is not done, and the end of each.

    Args:
        context: what the engine shares.
        acquirers: names of their links.
        desks: the issuers by link name.
        saf: takes reversals.
        trace: whether to note each transaction when it is done.
    """

    def __init__(
        self,
        context: Context,
        acquirers: Iterable[str],
        desks: dict[str, IssuerDesk],
        saf: StoreAndForward,
        *,
        trace: bool,
    ) -> None:
        self._context = context
        self._desks = desks
        self._saf = saf
        self._trace = trace
        self.open: dict[str, Transaction] = {}
        self.deadlines: dict[str, Lane] = {name: {} for name in acquirers}
        """Of each acquirer, by when each of its open transactions is answered."""

    def begin(self, transaction: Transaction) -> None:
        """A transaction opens."""
        self.open[transaction.id] = transaction
        self.deadlines[transaction.connection.link.name][transaction] = transaction.deadline

    # Outcomes.

    def refuse(self, transaction: Transaction, why: Refused, now: float) -> None:
        """Answer it ourselves; nothing has been sent to an issuer."""
        self._settle(transaction, Verdict("refused", why.code, "switch", why.reason), now)

    def give_up(self, transaction: Transaction, reason: str, now: float, code: str | None = None) -> None:
        """Answer it ourselves and reverse it: the issuer may have approved it."""
        code = code or transaction.connection.link.timeout_code
        self._settle(transaction, Verdict("timed_out", code, "switch", reason), now, reverse=LATE)

    def take_back(self, transaction: Transaction, code: str, reason: str, now: float) -> None:
        """Decline what the issuer has approved, and reverse it."""
        self._settle(transaction, Verdict("reversed", code, "switch", reason), now, reverse=UNDELIVERED)

    def issuer_said(self, transaction: Transaction, outcome: Outcome, code: str, answer: bytes, now: float) -> None:
        """Pass the issuer's answer on."""
        if outcome == "approved" and not _can_be_told(transaction):
            timed_out = transaction.connection.link.timeout_code
            self.take_back(transaction, timed_out, "approved, but its acquirer's link is gone", now)
        elif outcome == "approved" and not self._context.journal_up and not self._context.journal_stalled:
            transaction.move(State.HOLDING)
            transaction.code, transaction.answer = code, answer
        else:
            self._settle(transaction, Verdict(outcome, code, "issuer"), now, answer)

    def accept(self, transaction: Transaction, item: Item | None, records: tuple[Record, ...], now: float) -> None:
        """Answer a reversal or an advice with 00; `records` are made durable with it, `item` is forwarded then."""
        transaction.reversal = item
        self._settle(transaction, Verdict("accepted", "00", "switch", None), now, records=records)

    def close(self, transaction: Transaction, now: float) -> bool:
        """Its acquirer has reversed it and gets no approval any more. Whether the issuer may have approved it.

        The reversal that its acquirer sent is what goes to the issuer, so none is made here.
        """
        verdict = Verdict("reversed", transaction.connection.link.timeout_code, "switch", "its acquirer reversed it")
        match transaction.state:
            case State.TRANSLATING | State.STORING:
                self.refuse(transaction, Refused(verdict.code, "its acquirer reversed it before it left"), now)
                return False
            case State.FORWARDED | State.HOLDING:
                self._settle(transaction, verdict, now)
                return True
            case State.SETTLING if transaction.outcome == "approved":
                self._settle(transaction, verdict, now)
                return True
            case State.WITHHELD:
                return True
            case State.SETTLING if transaction.outcome == "accepted":
                return True  # an advice, which goes to the issuer before its reversal does
        return False

    # The journal and the time.

    def journal_down(self, *, stalled: bool, now: float) -> None:
        """Nothing can be made durable: settle what needs it not."""
        self._context.journal_up, self._context.journal_stalled = False, stalled
        if stalled:
            return
        for transaction in list(self.open.values()):
            if transaction.state is State.STORING:
                self.refuse(transaction, Refused(FAILURE, "the journal failed"), now)
            elif transaction.state is State.SETTLING and not _must_wait(transaction):
                self._deliver(transaction)

    def journal_back(self, now: float) -> None:
        """What is durable is again what is stored."""
        self._context.journal_up, self._context.journal_stalled = True, False
        for transaction in list(self.open.values()):
            if transaction.state is State.HOLDING:
                assert transaction.code is not None
                self._settle(transaction, Verdict("approved", transaction.code, "issuer"), now, transaction.answer)

    def overdue(self, transaction: Transaction, now: float) -> None:
        """The acquirer's time is over while the outcome is not durable."""
        if transaction.state is State.HOLDING:
            self.take_back(transaction, FAILURE, "approved, but the journal failed", now)
        elif transaction.outcome == "approved":
            # Whether the approval is durable is not known. Were it declined now, and durable, and the switch to
            # crash, nobody would know of it: so it is not answered before the journal is done with it.
            transaction.move(State.WITHHELD)
            self._context.count("withheld")
            self._context.note("error", "answer.withheld", **about(transaction))
        elif not _must_wait(transaction):
            self._deliver(transaction)

    # The steps.

    def _settle(
        self,
        transaction: Transaction,
        verdict: Verdict,
        now: float,
        answer: bytes | None = None,
        *,
        reverse: str | None = None,
        records: tuple[Record, ...] = (),
    ) -> None:
        was_out = transaction.state is State.FORWARDED
        transaction.move(State.SETTLING)
        transaction.outcome, transaction.code, transaction.answered_by, transaction.reason = verdict
        transaction.answer = answer or bytes(answer_to(transaction.request, verdict.code))
        entry = transaction.entry
        if entry is not None:
            entry.state, entry.code = verdict.outcome, verdict.code
            entry.answer = answer
            if was_out and answer is None and verdict.by == "switch" and reverse != UNDELIVERED:
                self._remember_late(transaction, entry)  # where its issuer has answered, a second answer is none
            if reverse is not None and (reversal := self._reversal(entry, reverse)) is not None:
                transaction.reversal, saf_record = reversal
                records = (*records, saf_record)
        transaction.settlements += 1
        transaction.approval_stored = transaction.approval_stored or verdict.outcome == "approved"
        can_wait = _must_wait(transaction) or (self._can_wait(transaction) and now < transaction.deadline)
        if can_wait or transaction.stored or records:
            # To a microsecond; `round` takes twenty times as long.
            elapsed_ms = int((now - transaction.received_at) * 1e6 + 0.5) / 1000
            self._context.store(
                self._outcome(transaction, answer, elapsed_ms),
                *records,
                then=self._durable,
                subject=transaction,
                number=transaction.settlements,
            )
        if not can_wait:
            self._deliver(transaction)

    def _can_wait(self, transaction: Transaction) -> bool:
        """Whether its outcome is to be durable before it is told, where it need not be.

        Of what never began nobody has to know after a crash: while the disk stalls that is refused at once.
        """
        return self._context.journal_up or (self._context.journal_stalled and transaction.stored)

    def _outcome(self, transaction: Transaction, answer: bytes | None, elapsed_ms: float) -> Record:
        if not transaction.stored:
            transaction.stored = True
            return record_of(transaction)._replace(answer=answer, elapsed_ms=elapsed_ms)
        return TransactionChange(
            transaction.id,
            {
                "state": transaction.outcome,
                "response_code": transaction.code,
                "answered_by": transaction.answered_by,
                "reason": transaction.reason,
                "answer": answer,
                "elapsed_ms": elapsed_ms,
            },
        )

    def _durable(self, transaction: Transaction, number: int, now: float) -> None:
        """The journal has an outcome; only the last one counts."""
        if number != transaction.settlements:
            return
        if transaction.state is State.SETTLING:
            self._deliver(transaction)
        elif transaction.state is State.WITHHELD:
            assert transaction.entry is not None
            if transaction.entry.state == "reversed":
                code, reason = transaction.connection.link.timeout_code, "its acquirer reversed it"
                self._settle(transaction, Verdict("reversed", code, "switch", reason), now)
            else:
                self.take_back(transaction, FAILURE, "approved, but the journal was too slow", now)
            return
        if isinstance(transaction.reversal, Item):
            self._saf.durable(transaction.reversal, 0, now)

    def _deliver(self, transaction: Transaction) -> None:
        transaction.move(State.DONE)
        del self.open[transaction.id]
        self.deadlines[transaction.connection.link.name].pop(transaction, None)
        if transaction.issuer_stan is not None and transaction.issuer is not None:
            desk = self._desks[transaction.issuer.name]
            desk.in_flight.pop(transaction.issuer_stan, None)
            desk.silent.pop(transaction, None)
        entry = transaction.entry
        if entry is not None:
            entry.pending = None
        self._context.count(f"response_code.{transaction.code}")
        token = entry if transaction.outcome == "approved" else None
        told = 0
        for connection in _connections_of(transaction):
            if connection.up:
                self._context.emit(Send(connection.number, transaction.answer, token))
                told += 1
        self._context.count("answers", told)
        if not told:
            self._context.count("undelivered")
            self._context.note("warning", "answer.undelivered", **about(transaction))
        if entry is not None and transaction.outcome == "approved":
            entry.told = told
            if not told:
                self.untold(entry)
        if self._trace:
            self._context.note("info", "transaction", **about(transaction))
        elif transaction.code == FAILURE:
            self._context.note("warning", "transaction.failed", **about(transaction))

    # Repeats, and answers that were not told.

    def repeat(self, connection: Connection, transaction: Transaction, entry: Remembered) -> None:
        """A request came again: it gets the answer of the first one, when there is one."""
        self._context.count("repeats")
        # What is being reversed waits too: were that told before it is durable, a crash would belie it.
        waiting = entry.pending.copies if entry.pending is not None else entry.repeats
        if waiting is not None:
            if len(waiting) < MAX_COPIES:
                waiting.append(transaction)
            else:
                self._context.emit(Send(connection.number, bytes(answer_to(transaction.request, DUPLICATE))))
            return
        answer = entry.answer or bytes(answer_to(transaction.request, entry.code or FAILURE))
        approved = entry.state in ("approved", "partly_reversed")
        self._context.emit(Send(connection.number, answer, entry if approved else None))
        self._context.count("answers")
        if approved:
            entry.told += 1
            if entry.doubt == "open":
                entry.doubt = "repeated"
                self._context.store(TransactionChange(entry.id, {"doubt": "repeated"}))

    def untold(self, entry: Remembered) -> None:
        """No copy of this approval has left: reverse it."""
        if entry.state not in ("approved", "partly_reversed"):
            return
        self._context.count("untold")
        self.reverse(entry, "approved, but its acquirer's link is gone")

    def reverse(self, entry: Remembered, reason: str, *, state: Outcome = "reversed", code: str = "91") -> None:
        """Take back what was, or may have been, approved and is done; a repeat is told that it is not approved."""
        changes: dict[str, object] = {"state": state, "reason": reason, "answer": None, "response_code": code}
        reversal = self._reversal(entry, LATE if state == "timed_out" else UNDELIVERED)
        entry.state, entry.answer, entry.code = state, None, code
        if entry.doubt == "open":
            entry.doubt = "reversed"
            changes["doubt"] = "reversed"
        entry.repeats = []
        records: tuple[Record, ...] = (TransactionChange(entry.id, changes),)
        if reversal is not None:
            records += (reversal[1],)
        item = None if reversal is None else reversal[0]
        self._context.store(*records, then=self._reversed, subject=(entry, item))
        if self._trace:
            self._context.note("info", "transaction.reversed", txn=entry.id, issuer=entry.issuer, reason=reason)

    def _reversed(self, subject: tuple[Remembered, Item | None], _number: int, now: float) -> None:
        """The reversal is durable: who asked again meanwhile is told, and the issuer gets it."""
        entry, item = subject
        waiting, entry.repeats = entry.repeats or [], None
        for transaction in waiting:
            if transaction.connection.up:
                self.repeat(transaction.connection, transaction, entry)
        if item is not None:
            self._saf.durable(item, 0, now)

    def in_doubt(self, entry: Remembered) -> None:
        """An approval may or may not have reached its acquirer."""
        if entry.state in ("approved", "partly_reversed") and entry.doubt is None:
            entry.doubt = "open"
            self._context.count("in_doubt")
            self._context.store(TransactionChange(entry.id, {"doubt": "open"}))
            self._context.note("warning", "answer.in_doubt", txn=entry.id, link=entry.acquirer)
        if entry.doubt == "open":
            self._context.timers.at(entry.at + DOUBT_S, partial(self._close_doubt, entry))

    def _close_doubt(self, entry: Remembered, _now: float) -> None:
        if entry.doubt == "open":
            entry.doubt = "closed"
            self._context.store(TransactionChange(entry.id, {"doubt": "closed"}))
            self._context.note("warning", "answer.doubt_closed", txn=entry.id, link=entry.acquirer)

    def _reversal(self, entry: Remembered, why: str) -> tuple[Item, SafRecord] | None:
        """The switch's own reversal of it, or None if there is nothing to reverse."""
        desk = self._desks.get(entry.issuer or "")
        if entry.kept is None or desk is None or not _moves_money(entry, desk):
            return None
        try:
            message = reversal_of(entry.kept, desk.link.dialect, desk.take_stan(), self._context.wall_clock(), why)
            found = self._saf.add("reversal", desk, message, entry)
        except CodecError as error:
            self._context.count("reversal.impossible")
            self._context.note("error", "reversal.impossible", txn=entry.id, issuer=entry.issuer, reason=error.message)
            return None
        self._context.count("reversals")
        return found

    def _remember_late(self, transaction: Transaction, entry: Remembered) -> None:
        assert transaction.issuer is not None and transaction.issuer_stan is not None
        self._desks[transaction.issuer.name].give_up(transaction.issuer_stan, entry)


def _connections_of(transaction: Transaction) -> list[Connection]:
    """Where its answer goes: to where it came from, and to where it was repeated."""
    if not transaction.copies:
        return [transaction.connection]
    return [transaction.connection, *(copy.connection for copy in transaction.copies)]


def _must_wait(transaction: Transaction) -> bool:
    """Whether its answer may not leave before the outcome is durable.

    An approval may not, nor what the switch answers with 00 itself. Nor may a decline after an approval that the
    journal may have: a crash would leave the approval, and an acquirer that was told the contrary.
    """
    return transaction.outcome in ("approved", "accepted") or transaction.approval_stored


def _can_be_told(transaction: Transaction) -> bool:
    return transaction.connection.up or any(copy.connection.up for copy in transaction.copies)


def _moves_money(entry: Remembered, desk: IssuerDesk) -> bool:
    assert entry.kept is not None
    processing = desk.link.dialect.decode(entry.kept).get(3) or ""
    return not processing.startswith(NO_MOVEMENT)


def about(transaction: Transaction) -> dict[str, object]:
    """What a log line says of a transaction: never more than the masked PAN."""
    request = transaction.request
    fields = {
        "txn": transaction.id,
        "link": transaction.connection.link.name,
        "mti": request.mti,
        "stan": request.get(11),
        "rrn": request.get(37),
        "pan": mask_pan(transaction.pan),
        "amount": request.get(4),
        "issuer": transaction.issuer.name if transaction.issuer is not None else None,
        "issuer_stan": transaction.issuer_stan,
        "rc": transaction.code,
        "by": transaction.answered_by,
        "reason": transaction.reason,
    }
    return {name: value for name, value in fields.items() if value is not None}
