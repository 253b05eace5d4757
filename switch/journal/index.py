"""An index of the log, by which transactions are found: derived, without a secret, made anew if it is deleted.

It is a file beside the journal (`saklar.index.db` to `saklar.db`), and is brought up to date before each look into it.
The journal is only read, in short pieces, so that a switch that writes it is not held up.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from saklar.codecs import mask_pan
from saklar.switch.engine.record import TransactionChange, TransactionRecord
from saklar.switch.journal.form import Content, Form
from saklar.switch.journal.interface import JournalError
from saklar.switch.journal.keys import JournalKeys
from saklar.switch.journal.log import about
from saklar.switch.journal.readonly import opened_with

INDEX_VERSION = "1"

NOT_INDEXED = ("pan", "kept", "answer", "request_key", "fingerprint")
COLUMNS = [name for name in TransactionRecord._fields if name not in NOT_INDEXED]

AT_A_TIME = 20_000
"""Transactions, about, that are taken into the index in one commit."""

BUSY_S = 600.0
"""How long to wait for another reader that brings the index up to date."""

Progress = Callable[[int, int], None]
"""Called with how many batches are in the index, and how many there are."""

_TYPES = {"id": "TEXT PRIMARY KEY", "amount": "INTEGER", "standing": "INTEGER", "elapsed_ms": "REAL"}

_CREATE = f"""
CREATE TABLE about (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE transactions (
    {", ".join(f"{name} {_TYPES.get(name, 'TEXT')}" for name in COLUMNS)},
    pan_masked TEXT, pan_hash TEXT,
    batch INTEGER NOT NULL,   -- where it begins, or was last written again
    changed INTEGER NOT NULL  -- the batch of its last change
);
CREATE INDEX transactions_by_batch ON transactions (batch);
CREATE INDEX transactions_open ON transactions (id) WHERE state = 'forwarding';
CREATE INDEX transactions_in_doubt ON transactions (id) WHERE doubt = 'open';
INSERT INTO about VALUES ('version', '{INDEX_VERSION}'), ('batch', 0), ('seal', x'');
"""  # noqa: S608 (our own names)

_CREATE_LAST = """
CREATE INDEX IF NOT EXISTS transactions_by_rrn ON transactions (rrn) WHERE rrn IS NOT NULL;
CREATE INDEX IF NOT EXISTS transactions_by_pan ON transactions (pan_hash) WHERE pan_hash IS NOT NULL;
"""
"""Made once everything is in: they are not in the order of the transactions."""

_PLACES = [TransactionRecord._fields.index(name) for name in COLUMNS]
_PUT = f"INSERT OR REPLACE INTO transactions VALUES ({', '.join('?' * (len(COLUMNS) + 4))})"  # noqa: S608
_SEAL_BYTES = 13
"""The key's version and the nonce, which tell one seal from every other."""


def index_path(journal: Path) -> Path:
    """Where the index of a journal is."""
    return journal.with_name(f"{journal.stem}.index.db")


@contextmanager
def indexed(journal: Path, keys: JournalKeys, progress: Progress | None = None) -> Iterator[sqlite3.Connection]:
    """The index of a journal, brought up to date.

    Args:
        journal: its file.
        keys: open it.
        progress: told how far it is.

    Raises:
        JournalError: the journal cannot be read, or the index not be written.
    """
    path = index_path(journal)
    with opened_with(journal, keys) as log:
        try:
            database = _open(path)
            try:
                _Update(log, database, keys, progress or _silent).run()
                yield database
            finally:
                database.close()
        except OSError as error:
            raise JournalError(f"{path}: {error.strerror}") from None
        except sqlite3.Error as error:
            raise JournalError(f"{path}: {error}; it may be deleted, and is made again") from None


def _silent(_done: int, _total: int) -> None:
    pass


def _open(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    database = sqlite3.connect(path, isolation_level=None, timeout=BUSY_S)
    try:
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA cache_size = -65536")
        with _writing(database):
            if not _is_usable(database):
                _make(database)
    except sqlite3.DatabaseError as error:
        database.close()
        if error.sqlite_errorname not in ("SQLITE_CORRUPT", "SQLITE_NOTADB"):
            raise
        path.unlink()
        return _open(path)
    return database


@contextmanager
def _writing(database: sqlite3.Connection) -> Iterator[None]:
    """One reader at a time changes the index: others wait, and then find it done."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        database.rollback()
        raise


def _is_usable(database: sqlite3.Connection) -> bool:
    try:
        said = database.execute("SELECT value FROM about WHERE name = 'version'").fetchone()
        return bool(said == (INDEX_VERSION,))
    except sqlite3.OperationalError:
        return False


def _make(database: sqlite3.Connection) -> None:
    for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        database.execute(f"DROP TABLE {name}")
    for statement in _CREATE.split(";"):
        database.execute(statement)


class _Batch(NamedTuple):
    number: int
    content: Content


class _Update:
    """Brings an index up to date with its log.

    Args:
        log: the journal.
        index: the index.
        keys: open the log.
        progress: told how far it is.
    """

    def __init__(
        self, log: sqlite3.Connection, index: sqlite3.Connection, keys: JournalKeys, progress: Progress
    ) -> None:
        self._log = log
        self._index = index
        self._keys = keys
        self._progress = progress
        self._form = Form()
        self._hashes: dict[str, tuple[str, str]] = {}

    def run(self) -> None:
        """Take in what is new, and let go of what the journal has no more."""
        done, total = 0, -1
        while done != total:
            with _writing(self._index):
                done = self._step()
            total = self._log.execute("SELECT max(batch) FROM log").fetchone()[0] or 0
            if done < total:
                self._progress(done, total)
        with _writing(self._index):
            for statement in _CREATE_LAST.split(";"):
                self._index.execute(statement)

    def _step(self) -> int:
        done, seal = int(self._said("batch")), self._said("seal")
        if done and self._seal_of(done) != seal:
            _make(self._index)  # it is of another log, of one sealed anew, or so old that the log has not what follows
            done = 0
        batches = self._next(done)
        if batches:
            self._take_in(batches)
            done = batches[-1].number
            self._say("batch", done)
            self._say("seal", self._seal_of(done))
        (first,) = self._log.execute("SELECT min(batch) FROM log").fetchone()
        self._index.execute("DELETE FROM transactions WHERE batch < ?", (first or 0,))
        return done

    def _next(self, done: int) -> list[_Batch]:
        """Some batches that are new."""
        batches: list[_Batch] = []
        count = 0
        rows = self._log.execute("SELECT batch, transactions, records FROM log WHERE batch > ? ORDER BY batch", (done,))
        for number, transactions, sealed in rows:
            packed = self._keys.open(sealed, about(number))
            batches.append(_Batch(number, self._form.unpack(packed, about(number))))
            count += transactions + 1
            if count >= AT_A_TIME:
                break
        rows.close()
        return batches

    def _take_in(self, batches: list[_Batch]) -> None:
        rows: dict[str, list[object]] = {}
        earlier: list[tuple[int, TransactionChange]] = []
        for batch, content in batches:
            for record in (*content.begun, *content.again):
                masked, hashed = content.masked.get(record.id) or self._hashed(record.pan)
                rows[record.id] = [*(record[place] for place in _PLACES), masked, hashed, batch, batch]
            for change in content.changes:
                if (row := rows.get(change.id)) is None:
                    earlier.append((batch, change))
                    continue
                for name, value in change.changes.items():
                    if name in _COLUMN:
                        row[_COLUMN[name]] = value
                row[-1] = batch
        # First: what was written again is all there is of it.
        self._change(earlier)
        self._index.executemany(_PUT, rows.values())

    def _change(self, changes: list[tuple[int, TransactionChange]]) -> None:
        """What was in the index before."""
        for names, alike in groupby(changes, key=lambda each: _indexed(each[1].changes)):
            sets = "".join(f"{name} = ?, " for name in names)
            values = [(*(change.changes[name] for name in names), batch, change.id) for batch, change in alike]
            self._index.executemany(f"UPDATE transactions SET {sets}changed = ? WHERE id = ?", values)  # noqa: S608

    def _hashed(self, pan: str) -> tuple[str, str | None]:
        if not pan:
            return "", None
        if (known := self._hashes.get(pan)) is None:
            if len(self._hashes) >= AT_A_TIME:
                self._hashes.clear()
            known = self._hashes[pan] = mask_pan(pan), self._keys.hash_of(pan)
        return known

    def _seal_of(self, batch: int) -> bytes | None:
        """What tells this row of the log from every other, or None if it is not there."""
        query = f"SELECT substr(records, 1, {_SEAL_BYTES}) FROM log WHERE batch = ?"  # noqa: S608 (a number)
        row = self._log.execute(query, (batch,)).fetchone()
        return row[0] if row else None

    def _said(self, name: str) -> Any:
        return self._index.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()[0]

    def _say(self, name: str, value: object) -> None:
        self._index.execute("UPDATE about SET value = ? WHERE name = ?", (value, name))


_COLUMN = {name: place for place, name in enumerate(COLUMNS)}


def _indexed(changes: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(name for name in changes if name in _COLUMN)
