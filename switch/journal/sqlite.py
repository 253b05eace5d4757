"""The journal in an SQLite file: write-ahead log, a sync at every commit."""

import fcntl
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import IO, Any, Literal

from saklar.codecs import mask_pan
from saklar.hsm_sim.keys.lmk import Lmk
from saklar.switch.engine.record import Record, Recovered, SafRecord, TransactionChange, TransactionRecord
from saklar.switch.journal.interface import JournalError
from saklar.switch.journal.keys import JournalKeys, is_of_first_format, new_keys, read_keys, write_keys
from saklar.switch.journal.schema import (
    COLUMNS,
    CREATE,
    MIGRATIONS,
    PLAIN_COLUMNS,
    SAF_COLUMNS,
    SCHEMA_VERSION,
    migrate,
)

Durability = Literal["strict", "relaxed"]

_INSERT = f"INSERT INTO transactions ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608

_PUT_SAF = (
    f"INSERT INTO saf ({', '.join(SAF_COLUMNS)}, message) VALUES ({', '.join('?' * (len(SAF_COLUMNS) + 1))}) "  # noqa: S608
    "ON CONFLICT (id) DO UPDATE SET state = excluded.state, attempts = excluded.attempts, "
    "response_code = excluded.response_code, reason = excluded.reason"
)

_REMEMBERED = f"SELECT {', '.join(PLAIN_COLUMNS)}, sealed, answer, batch FROM transactions"  # noqa: S608

_OPEN_TOO = (
    " WHERE id IN (SELECT id FROM transactions WHERE state = 'forwarding') "
    "OR id IN (SELECT about FROM saf WHERE state = 'queued')"
)

_SETTLED = (
    "state != 'forwarding' AND doubt IS NOT 'open' "
    "AND id NOT IN (SELECT about FROM saf WHERE state IN ('queued', 'parked'))"
)

_PLAIN_COUNT = len(PLAIN_COLUMNS)
_PAN = TransactionRecord._fields.index("pan")
assert TransactionRecord._fields == (*PLAIN_COLUMNS[:_PAN], "pan", *PLAIN_COLUMNS[_PAN:], "kept", "answer")
_PLAIN = [TransactionRecord._fields.index(name) for name in PLAIN_COLUMNS]


class SqliteJournal:
    """A journal in the file `path`, with its keys in `key_file` (made on first use), which the LMK wraps.

    Only one process may have it open: a second is refused. With `durability` "relaxed" a commit is safe from a crash
    of the switch, and not from one of the machine.

    Raises:
        JournalError: the file is no journal or is damaged, another process has it, or its keys are missing or others.
    """

    def __init__(self, path: Path, key_file: Path, lmk: Lmk, *, durability: Durability = "strict") -> None:
        self._path = path
        self._durability = durability
        self._lock = _take_lock(path.with_name(path.name + ".lock"))
        try:
            is_new = not path.exists() or not path.stat().st_size
            if not is_new and not key_file.exists():
                raise JournalError(f"{key_file} is missing: it has the keys of {path}")
            had_keys = key_file.exists()
            self.keys = _keys(key_file, lmk)
            if is_new and had_keys:
                # An empty journal would answer repeats as if they were new, and forget what is to be reversed.
                advice = "put it back, or remove the keys to begin a new journal"
                raise JournalError(f"{path} is missing, and its keys in {key_file} are there: {advice}")
            self._database = _open(path, durability)
            self._batch = _prepare(self._database, path, key_file, self.keys)
        except BaseException:
            self._lock.close()
            raise

    def stage(self, records: Sequence[Record], told: int) -> None:
        """Hand over the records of the next commit (see `Journal`).

        In a write-ahead log nothing reaches the disk before the commit. This runs in the caller's thread: SQLite lets
        go of Python's lock at each row, and getting it back from a busy thread takes up to 5 ms each time.
        """
        try:
            self._database.execute("BEGIN")
            put(self._database, self.keys, records, self._batch + 1)
            self._database.execute("UPDATE meta SET value = ? WHERE name = 'commits'", (f"{self._batch + 1} {told}",))
        except sqlite3.Error as error:
            self._roll_back()
            raise JournalError(str(error)) from None

    def commit(self) -> int:
        """Make what was staged durable (see `Journal`)."""
        try:
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise JournalError(str(error)) from None
        self._batch += 1
        return self._batch

    def write(self, records: Sequence[Record], told: int) -> int:
        """Stage and commit."""
        self.stage(records, told)
        return self.commit()

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):
            self._database.rollback()

    def recover(self, limit: int, since: str) -> Recovered:
        """What earlier runs left (see `Journal`)."""
        try:
            return recovered(self._database, self.keys, limit, since)
        except sqlite3.Error as error:
            raise JournalError(f"{self._path}: {error}") from None

    def purge(self, before: str, limit: int) -> int:
        """Remove what is old (see `Journal`)."""
        try:
            with transaction(self._database):
                return purge(self._database, before, limit)
        except sqlite3.Error as error:
            raise JournalError(str(error)) from None

    def reopen(self) -> None:
        """Take the file again (see `Journal`): after a failed sync what SQLite holds of it cannot be trusted."""
        self._database.close()
        if not self._path.exists():
            raise JournalError(f"{self._path} is gone")
        self._database = _open(self._path, self._durability)
        try:
            self._batch, _ = _commits(self._database)
        except sqlite3.Error as error:
            raise JournalError(f"{self._path}: {error}") from None

    def close(self) -> None:
        """Close the file; another process may then open it."""
        self._database.close()
        self._lock.close()

    @property
    def database(self) -> sqlite3.Connection:
        """For maintenance while nothing else uses it."""
        return self._database


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


def put(database: sqlite3.Connection, keys: JournalKeys, records: Sequence[Record], batch: int) -> None:
    """Write records into a transaction that is open, in their order as far as it matters.

    What is new comes first: a change follows what it changes.
    """
    database.executemany(_INSERT, [_row(keys, each, batch) for each in records if isinstance(each, TransactionRecord)])
    changes = (each for each in records if isinstance(each, TransactionChange))
    for names, alike in groupby(changes, key=lambda change: tuple(change.changes)):
        sets = ", ".join(f"{name} = ?" for name in names)
        statement = f"UPDATE transactions SET {sets}, batch = ? WHERE id = ?"  # noqa: S608 (our own names)
        database.executemany(statement, [(*_changed(keys, each), batch, each.id) for each in alike])
    waiting = [each for each in records if isinstance(each, SafRecord)]
    if waiting:
        database.executemany(_PUT_SAF, [_saf_row(keys, each) for each in waiting])


def _row(keys: JournalKeys, record: TransactionRecord, batch: int) -> list[object]:
    row: list[object] = [record[index] for index in _PLAIN]
    pan, kept, answer = record.pan, record.kept, record.answer
    row.append(mask_pan(pan))
    row.append(keys.hash_of(pan) if pan else None)
    row.append(keys.seal(b"%b %b" % (pan.encode(), kept or b""), record.id) if pan or kept else None)
    row.append(None if answer is None else keys.seal(answer, record.id))
    row.append(batch)
    return row


def _changed(keys: JournalKeys, change: TransactionChange) -> Iterator[object]:
    for name, value in change.changes.items():
        yield keys.seal(value, change.id) if name == "answer" and isinstance(value, bytes) else value


def _saf_row(keys: JournalKeys, record: SafRecord) -> list[object]:
    return [*(getattr(record, name) for name in SAF_COLUMNS), keys.seal(record.message, record.id)]


def recovered(database: sqlite3.Connection, keys: JournalKeys, limit: int, since: str) -> Recovered:
    """See `Journal.recover`."""
    last_commit, told = _commits(database)
    latest = f"{_REMEMBERED} WHERE received_at >= ? ORDER BY id DESC LIMIT ?"
    rows = {row[0]: row for row in database.execute(latest, (since, limit))}
    for row in database.execute(_REMEMBERED + _OPEN_TOO):
        rows.setdefault(row[0], row)
    remembered, doubtful = [], set()
    for id_ in sorted(rows):
        row = rows[id_]
        record = _record(keys, row)
        remembered.append(record)
        if row[-1] > told and record.answered_by == "issuer":
            doubtful.add(id_)
    selected = f"SELECT {', '.join(SAF_COLUMNS)}, message FROM saf WHERE state = 'queued' ORDER BY position"  # noqa: S608
    saf = [_saf_record(keys, row) for row in database.execute(selected)]
    last_position = database.execute("SELECT max(position) FROM saf").fetchone()[0] or 0
    return Recovered(remembered, saf, frozenset(doubtful), last_position, last_commit)


def _record(keys: JournalKeys, row: Sequence[Any]) -> TransactionRecord:
    """By position, as a start reads a hundred thousand of them."""
    sealed, answer = row[_PLAIN_COUNT], row[_PLAIN_COUNT + 1]
    id_ = row[0]
    pan, kept = b"", b""
    if sealed is not None:
        pan, _, kept = keys.open(sealed, id_).partition(b" ")
    opened = keys.open(answer, id_) if answer is not None else None
    return TransactionRecord._make((*row[:_PAN], pan.decode(), *row[_PAN:_PLAIN_COUNT], kept or None, opened))


def _saf_record(keys: JournalKeys, row: Sequence[object]) -> SafRecord:
    plain = dict(zip(SAF_COLUMNS, row[:-1], strict=True))
    message = row[-1]
    assert isinstance(message, bytes)
    return SafRecord(**plain, message=keys.open(message, str(row[0])))  # type: ignore[arg-type]


def purge(database: sqlite3.Connection, before: str, limit: int) -> int:
    """See `Journal.purge`."""
    old = f"SELECT id FROM transactions WHERE id < ? AND {_SETTLED} ORDER BY id LIMIT ?"  # noqa: S608 (our own names)
    # Ids begin with the time of arrival, and are what the table is ordered by.
    ids = database.execute(old, (_id_at(before), limit)).fetchall()
    database.executemany("DELETE FROM saf WHERE about = ?", ids)
    database.executemany("DELETE FROM transactions WHERE id = ?", ids)
    return len(ids)


def _id_at(moment: str) -> str:
    return f"{int(datetime.fromisoformat(moment).timestamp() * 1000):011x}"


def _meta(database: sqlite3.Connection) -> dict[str, str]:
    return dict(database.execute("SELECT name, value FROM meta"))


def _commits(database: sqlite3.Connection) -> tuple[int, int]:
    """The number of the last commit, and of the last one whose answers have all left."""
    batch, told = _meta(database)["commits"].split()
    return int(batch), int(told)


def _prepare(database: sqlite3.Connection, path: Path, key_file: Path, keys: JournalKeys) -> int:
    """Make the tables, or see that they are right; returns the number of the last commit."""
    try:
        if not database.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
            create(database, keys)
        found = _meta(database)
        version = found.get("schema_version", "")
        if version.isdigit() and int(version) in MIGRATIONS:
            migrate(database, int(version))
        elif version != str(SCHEMA_VERSION):
            raise JournalError(f"{path}: schema {version or 'unknown'}; this saklar reads up to {SCHEMA_VERSION}")
        if found.get("key_check") != keys.check_value:
            raise JournalError(f"{key_file} has not the keys of {path}")
        return _commits(database)[0]
    except (sqlite3.DatabaseError, KeyError, ValueError) as error:
        raise JournalError(
            f"{path}: not a journal of saklar, or damaged ({error}); see saklar journal verify"
        ) from None


def create(database: sqlite3.Connection, keys: JournalKeys) -> None:
    """Make the tables in an empty database."""
    database.executescript(f"BEGIN;{CREATE}COMMIT;")
    meta = [("schema_version", str(SCHEMA_VERSION)), ("key_check", keys.check_value), ("commits", "0 0")]
    with transaction(database):
        database.executemany("INSERT INTO meta VALUES (?, ?)", meta)


def _keys(key_file: Path, lmk: Lmk) -> JournalKeys:
    """The keys in the file; made where there is none, and wrapped where they are of an earlier saklar."""
    if not key_file.exists():
        keys = new_keys()
        write_keys(key_file, keys, lmk)
        return keys
    keys = read_keys(key_file, lmk)
    if is_of_first_format(key_file):
        write_keys(key_file, keys, lmk)
    return keys


def _open(path: Path, durability: Durability) -> sqlite3.Connection:
    try:
        # The writer's thread is not the one that opens; only one uses it at a time.
        # Transactions are begun and ended by name: staged in one thread, committed in another.
        database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {'FULL' if durability == 'strict' else 'NORMAL'}")
        database.execute("PRAGMA cache_size = -16384")  # KiB: a commit's pages stay in memory until it
        database.execute("PRAGMA cache_spill = OFF")
    except sqlite3.Error as error:
        raise JournalError(f"{path}: {error}") from None
    return database


def _take_lock(path: Path) -> IO[str]:
    try:
        lock = path.open("w")
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise JournalError(f"{path.name.removesuffix('.lock')}: another switch has this journal open") from None
    return lock
