"""Store-and-forward: reversals and advices reach their issuer, each once as far as money goes, in order.

Each is durable before it is due, and each sending is durable before it happens, so that the second and every later
one, also after a crash, says that it is a repeat (0421).
"""

import enum
from datetime import datetime
from functools import partial
from typing import Literal

from saklar.codecs import Message, response_code
from saklar.codecs.mti import response_mti
from saklar.switch.engine.context import Context
from saklar.switch.engine.desk import IssuerDesk
from saklar.switch.engine.effects import Send
from saklar.switch.engine.messages import misfit
from saklar.switch.engine.model import APPROVALS, Connection
from saklar.switch.engine.record import SafRecord, SafState
from saklar.switch.engine.remembered import Remembered
from saklar.switch.engine.reversals import as_repeat

UNKNOWN_ORIGINAL = "25"
"""To a reversal: there is nothing to take back, which is as good as done."""

DUPLICATE = "94"
"""To a repeat: the first one was booked."""


class Stage(enum.Enum):
    """Where something to be forwarded stands. The value says what it waits for."""

    NEW = "the journal, before it may be sent at all"
    QUEUED = "its turn, and a connection"
    MARKING = "the journal, before this sending"
    SENT = "the issuer's answer"
    RESTING = "its next try"
    DONE = "nothing more"


NEXT_STAGE: dict[Stage, dict[Stage, str]] = {
    Stage.NEW: {Stage.QUEUED: "it is durable", Stage.DONE: "it is not needed any longer"},
    Stage.QUEUED: {
        Stage.MARKING: "its turn has come",
        Stage.DONE: "it is not needed any longer, it is too old, or an earlier sending is answered",
    },
    Stage.MARKING: {
        Stage.SENT: "this sending is durable",
        Stage.QUEUED: "the connection has gone",
        Stage.DONE: "an earlier sending is answered",
    },
    Stage.SENT: {
        Stage.DONE: "answered, or parked after its last try",
        Stage.RESTING: "answered with an error, or not in time",
        Stage.QUEUED: "the connection has gone",
    },
    Stage.RESTING: {
        Stage.QUEUED: "the pause is over, or a new connection is there",
        Stage.DONE: "an earlier sending is answered",
    },
    Stage.DONE: {},
}
"""The transitions there are, each with its cause."""


class Item:
    """One reversal or advice on its way."""

    __slots__ = ("connection", "desk", "record", "sendings", "stage")

    def __init__(self, record: SafRecord, desk: IssuerDesk, stage: Stage) -> None:
        self.record = record
        self.desk = desk
        self.stage = stage
        self.connection: int | None = None
        self.sendings = 0
        """Since the last connection or the start; the pauses grow with it."""

    def move(self, to: Stage) -> None:
        """Take a transition; one that `NEXT_STAGE` lacks is a bug of the engine."""
        assert to in NEXT_STAGE[self.stage], f"{self.record.id}: {self.stage.name} -> {to.name}"
        self.stage = to


class StoreAndForward:
    """The queues of all issuers.

    Args:
        context: what the engine shares.
        desks: the issuers by link name.
        last_position: the highest position that was ever given.
    """

    def __init__(self, context: Context, desks: dict[str, IssuerDesk], last_position: int) -> None:
        self._context = context
        self._desks = desks
        self._position = last_position
        self._queues: dict[str, list[Item]] = {name: [] for name in desks}
        self._by_stan: dict[tuple[str, str], Item] = {}
        self.by_subject: dict[str, Item] = {}
        """The reversal that is under way of a transaction, by that transaction's id."""

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    # Coming in.

    def add(
        self, kind: Literal["reversal", "advice"], desk: IssuerDesk, message: Message, about: Remembered
    ) -> tuple[Item, SafRecord]:
        """Take something to be forwarded; store the record, and say `durable` when it is.

        Raises:
            CodecError: the message has no form in the issuer's dialect.
        """
        payload = bytes(message)
        id_, moment = self._context.new_id()
        self._position += 1
        record = SafRecord(
            id_, self._position, desk.link.name, kind, about.id, message.mti, message[11], "queued", 0, moment, payload
        )
        item = Item(record, desk, Stage.NEW)
        self._enter(item)
        self._context.count("saf.added")
        return item, record

    def recover(self, record: SafRecord) -> None:
        """Take up what an earlier run left."""
        self._enter(Item(record, self._desks[record.issuer], Stage.QUEUED))

    def _enter(self, item: Item) -> None:
        record = item.record
        self._queues[record.issuer].append(item)
        self._by_stan[record.issuer, record.stan] = item
        item.desk.forwarding.add(record.stan)
        if record.kind == "reversal":
            self.by_subject[record.about] = item

    def durable(self, item: Item, _number: int, now: float) -> None:
        """It is durable: it may be sent."""
        if item.stage is Stage.NEW:
            item.move(Stage.QUEUED)
            self.pump(item.desk, now)

    # Going out.

    def pump(self, desk: IssuerDesk, now: float) -> None:
        """Send what may be sent: in order, as many at a time as the link's window says."""
        for item in self._queues[desk.link.name][: desk.link.saf_window]:
            if item.stage is Stage.QUEUED and desk.ready() is not None:
                if self._too_old(item):
                    self._finish(item, "parked", None, f"not answered in {desk.link.saf_days:g} days", now)
                    return
                item.move(Stage.MARKING)
                item.record = item.record._replace(attempts=item.record.attempts + 1)
                self._context.store(item.record, then=self._send, subject=item)

    def _send(self, item: Item, _number: int, now: float) -> None:
        if item.stage is not Stage.MARKING:
            return
        desk, record = item.desk, item.record
        connection = desk.ready()
        if connection is None:
            item.move(Stage.QUEUED)
            return
        item.move(Stage.SENT)
        item.connection = connection.number
        item.sendings += 1
        repeated = record.attempts > 1
        payload = as_repeat(record.message, desk.link.dialect) if repeated else record.message
        self._context.count("saf.repeated" if repeated else "saf.sent")
        self._context.emit(Send(connection.number, payload))
        self._context.timers.at(now + desk.link.timeout_s, partial(self._unanswered, item, record.attempts))

    def answered(self, connection: Connection, answer: Message, now: float) -> bool:
        """An answer of an issuer; False if it is to nothing that is forwarded."""
        item = self._by_stan.get((connection.link.name, answer.get(11) or ""))
        if item is None or item.record.attempts == 0:
            return False
        forwarded = item.desk.link.dialect.decode(item.record.message)
        if misfit(response_mti(forwarded.mti), forwarded, answer) is not None:
            return False
        code = response_code(answer)
        if self._settles(item, code):
            self._finish(item, "done", code, None, now)
        elif item.stage is Stage.SENT:
            self._rest(item, f"answered with {code}", now, code)
        return True

    @staticmethod
    def _settles(item: Item, code: str | None) -> bool:
        if code in APPROVALS or (code == DUPLICATE and item.record.attempts > 1):
            return True
        return code == UNKNOWN_ORIGINAL and item.record.kind == "reversal"

    def _unanswered(self, item: Item, attempt: int, now: float) -> None:
        if item.stage is Stage.SENT and item.record.attempts == attempt:
            self._rest(item, "not answered in time", now)

    def _rest(self, item: Item, reason: str, now: float, code: str | None = None) -> None:
        link = item.desk.link
        if item.record.attempts >= link.saf_attempts:
            self._finish(item, "parked", code, f"{reason}, {item.record.attempts} times", now)
            return
        item.move(Stage.RESTING)
        first, longest = link.saf_retry_s
        pause = min(longest, first * 2 ** min(item.sendings - 1, 30))
        self._context.timers.at(now + pause, partial(self._rested, item, item.record.attempts))

    def _rested(self, item: Item, attempt: int, now: float) -> None:
        if item.stage is Stage.RESTING and item.record.attempts == attempt:
            item.move(Stage.QUEUED)
            self.pump(item.desk, now)

    def connected(self, desk: IssuerDesk, now: float) -> None:
        """Requests can go to this issuer again: what rests need not wait for its time."""
        for item in self._queues[desk.link.name]:
            item.sendings = 0
            if item.stage is Stage.RESTING:
                item.move(Stage.QUEUED)
        self.pump(desk, now)

    def disconnected(self, connection: Connection, now: float) -> None:
        """What this connection carried will not be answered on it."""
        desk = self._desks[connection.link.name]
        for item in self._queues[connection.link.name]:
            if item.stage is Stage.SENT and item.connection == connection.number:
                item.move(Stage.QUEUED)
        self.pump(desk, now)

    # Coming to an end.

    def cancel(self, item: Item, reason: str, now: float) -> bool:
        """Drop what turns out not to be needed; False if it may have been sent already."""
        if item.record.attempts > 0 or item.stage not in (Stage.NEW, Stage.QUEUED):
            return False
        self._finish(item, "cancelled", None, reason, now)
        return True

    def _too_old(self, item: Item) -> bool:
        age = self._context.wall_clock() - datetime.fromisoformat(item.record.created_at)
        return age.total_seconds() > item.desk.link.saf_days * 86_400

    def _finish(self, item: Item, state: SafState, code: str | None, reason: str | None, now: float) -> None:
        record = item.record = item.record._replace(state=state, response_code=code, reason=reason)
        item.move(Stage.DONE)
        self._queues[record.issuer].remove(item)
        self._by_stan.pop((record.issuer, record.stan), None)
        item.desk.forwarding.discard(record.stan)
        if self.by_subject.get(record.about) is item:
            del self.by_subject[record.about]
        self._context.count(f"saf.{state}")
        if state == "parked":
            fields = {"saf": record.id, "issuer": record.issuer, "mti": record.mti, "txn": record.about}
            self._context.note("error", "saf.parked", **fields, reason=reason, rc=code)
        self._context.store(record)
        self.pump(item.desk, now)
