"""The log: a row for each commit, all of its records sealed in it as one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import NamedTuple

from saklar.switch.engine.record import Record, SafRecord, TransactionChange, TransactionRecord
from saklar.switch.journal.form import Content, Form
from saklar.switch.journal.keys import JournalKeys
from saklar.switch.journal.schema import CHANGE, CREATE, OUTCOME, SAF_COLUMNS, SCHEMA_VERSION

_INSERT = "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

PUT_SAF = (
    f"INSERT INTO saf ({', '.join(SAF_COLUMNS)}, message) VALUES ({', '.join('?' * (len(SAF_COLUMNS) + 1))}) "  # noqa: S608
    "ON CONFLICT (id) DO UPDATE SET state = excluded.state, attempts = excluded.attempts, "
    "response_code = excluded.response_code, reason = excluded.reason"
)

PUT_PLACE = "INSERT INTO places VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET what = max(what, excluded.what)"
_DOUBTED = "INSERT OR IGNORE INTO doubt VALUES (?)"
_NO_MORE_DOUBTED = "DELETE FROM doubt WHERE id = ?"

_ANSWERED = ("approved", "declined")
"""Outcomes that an issuer gives."""


class Row(NamedTuple):
    """A row of the log."""

    batch: int
    first_id: str
    last_id: str
    latest_id: str
    told: int
    floor: int
    transactions: int
    records: bytes


class Staged(NamedTuple):
    """A commit, ready to be written: its row, and what there is for the other tables, by statement."""

    row: Row
    others: list[tuple[str, Sequence[tuple[object, ...]]]]


class Log:
    """The log in a database that has its tables.

    Args:
        database: a connection that begins no transaction by itself (`isolation_level=None`).
        keys: seal and open what is in it.

    Raises:
        JournalError: something that is needed cannot be opened.
    """

    def __init__(self, database: sqlite3.Connection, keys: JournalKeys) -> None:
        self.database = database
        self.keys = keys
        self._form = Form()
        self.batch, self.told, self._latest_id = 0, 0, ""
        self.open: dict[str, int] = {}
        """The batch of each transaction that is still `forwarding`."""
        self.read_end()
        self._find_open()

    def read_end(self) -> None:
        """Learn where the log ends, from the log itself."""
        row = self.database.execute("SELECT batch, told, latest_id FROM log ORDER BY batch DESC LIMIT 1").fetchone()
        self.batch, self.told, self._latest_id = row or (0, 0, "")

    def _find_open(self) -> None:
        floor = self.database.execute("SELECT floor FROM log WHERE batch = ?", (self.batch,)).fetchone()
        for batch, content in self.contents(floor[0]) if floor else ():
            for record in content.again:
                self.open.pop(record.id, None)
            self._begin(batch, [*content.again, *content.begun])
            self._end(content.changes)

    def _begin(self, batch: int, begun: Sequence[TransactionRecord]) -> None:
        for record in begun:
            if record.state == "forwarding":
                self.open[record.id] = batch

    def _end(self, changes: Sequence[TransactionChange]) -> list[tuple[str, int]]:
        """What is forwarding ends with the first change of its state. Returns what needs a place.

        An issuer's answer comes soon and is found without; what ends otherwise may do so long after it began.
        """
        places = []
        for id_, changed in changes:
            if "state" not in changed or self.open.pop(id_, None) is None:
                places.append((id_, CHANGE))
            elif changed["state"] not in _ANSWERED:
                places.append((id_, OUTCOME))
        return places

    def _floor(self, batch: int) -> int:
        """In no batch before it is a transaction that is `forwarding`, if `batch` is the last one."""
        # The first is the oldest: they are put in as their batches are, and dicts keep that order.
        return next(iter(self.open.values()), batch + 1)

    @property
    def floor(self) -> int:
        """In no batch before this one is a transaction that is `forwarding`."""
        return self._floor(self.batch)

    # Writing.

    def stage(self, records: Sequence[Record], told: int) -> Staged:
        """Make the row of the next commit."""
        batch = self.batch + 1
        begun = [each for each in records if type(each) is TransactionRecord]
        changes = [each for each in records if type(each) is TransactionChange]
        self._begin(batch, begun)
        places = self._end(changes)
        others: list[tuple[str, Sequence[tuple[object, ...]]]] = []
        if places:
            others.append((PUT_PLACE, [(id_, batch, what) for id_, what in places]))
            others += _doubts(changes)
        if doubted := [(each.id,) for each in begun if each.doubt == "open"]:
            others.insert(0, (_DOUBTED, doubted))
        if len(begun) + len(changes) < len(records):
            others.append((PUT_SAF, [self._saf_row(each) for each in records if isinstance(each, SafRecord)]))
        return Staged(self.row(batch, Content(begun, changes), told), others)

    def row(self, batch: int, content: Content, told: int) -> Row:
        """The row of a batch with this content."""
        ids = [record.id for record in (*content.begun, *content.again)]
        first, last = (min(ids), max(ids)) if ids else ("", "")
        latest = max(last, self._latest_id)
        sealed = self.keys.seal(self._form.pack(content), about(batch))
        return Row(batch, first, last, latest, told, self._floor(batch), len(ids), sealed)

    def put(self, staged: Staged) -> int:
        """Write it and make it durable, all of it or nothing; returns its number."""
        if staged.others:
            with transaction(self.database):
                self.insert(staged)
        else:
            self.database.execute(_INSERT, staged.row)
        self.follow(staged.row)
        return self.batch

    def insert(self, staged: Staged) -> None:
        """Write it into a transaction that is open; `follow` when that is committed."""
        self.database.execute(_INSERT, staged.row)
        for statement, rows in staged.others:
            self.database.executemany(statement, rows)

    def follow(self, row: Row) -> None:
        """That row is the log's end now."""
        self.batch, self.told, self._latest_id = row.batch, row.told, row.latest_id

    def _saf_row(self, record: SafRecord) -> tuple[object, ...]:
        plain = (getattr(record, name) for name in SAF_COLUMNS)
        return (*plain, self.keys.seal(record.message, record.id))

    # Reading.

    def content(self, batch: int, sealed: bytes) -> Content:
        """What is in a batch.

        Raises:
            JournalError: it cannot be opened.
        """
        return self._form.unpack(self.keys.open(sealed, about(batch)), about(batch))

    def contents(self, first: int) -> Iterator[tuple[int, Content]]:
        """The batches from that one on, and what is in each."""
        for batch, sealed in self.database.execute(
            "SELECT batch, records FROM log WHERE batch >= ? ORDER BY batch", (first,)
        ):
            yield batch, self.content(batch, sealed)


def about(batch: int) -> str:
    """What the seal of a batch is bound to, and what errors call it."""
    return f"batch {batch}"


def _doubts(changes: Sequence[TransactionChange]) -> Iterator[tuple[str, Sequence[tuple[object, ...]]]]:
    """In order: a doubt may be settled in the commit in which it arises."""
    for id_, changed in changes:
        if "doubt" in changed:
            yield _DOUBTED if changed["doubt"] == "open" else _NO_MORE_DOUBTED, [(id_,)]


def create(database: sqlite3.Connection, keys: JournalKeys) -> None:
    """Make the tables in an empty database."""
    database.executescript(f"BEGIN;{CREATE}COMMIT;")
    with transaction(database):
        database.executemany(
            "INSERT INTO meta VALUES (?, ?)",
            [("schema_version", str(SCHEMA_VERSION)), ("key_check", keys.check_value)],
        )


def id_at(moment: str) -> str:
    """What ids of transactions that arrive at that time (ISO 8601) begin with; nothing, for no time."""
    return f"{int(datetime.fromisoformat(moment).timestamp() * 1000):011x}" if moment else ""


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All of what is done in it, or nothing."""
    database.execute("BEGIN")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            database.rollback()
        raise
