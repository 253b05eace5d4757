"""The journal in an SQLite file: write-ahead log, a sync at every commit."""

import fcntl
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from saklar.codecs import mask_pan
from saklar.switch.engine.record import TransactionRecord
from saklar.switch.journal.interface import JournalError
from saklar.switch.journal.pan import pan_hash, read_or_make_key
from saklar.switch.journal.schema import COLUMNS, CREATE, PLAIN_COLUMNS, SCHEMA_VERSION

_UPSERT = (
    f"INSERT INTO transactions ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "  # noqa: S608
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in COLUMNS[1:])}"
)

_RECENT = (
    f"SELECT {', '.join(PLAIN_COLUMNS)} FROM transactions "  # noqa: S608
    "WHERE substr(mti, 2, 1) != '4' ORDER BY id DESC LIMIT ?"
)


class SqliteJournal:
    """A journal in the file `path`, with the key of its PAN hashes in `key_file` (made on first use).

    Only one process may have it open: a second is refused.

    Raises:
        JournalError: the file is no journal, another process has it, or its key is missing or another.
    """

    def __init__(self, path: Path, key_file: Path) -> None:
        self._lock = _take_lock(path.with_name(path.name + ".lock"))
        try:
            is_new = not path.exists()
            if not is_new and not key_file.exists():
                raise JournalError(f"{key_file} is missing: it is the key of the PAN hashes in {path}")
            self._key = read_or_make_key(key_file)
            self._database = _open(path)
            self._prepare(path, key_file)
        except BaseException:
            self._lock.close()
            raise

    def write(self, records: Sequence[TransactionRecord]) -> None:
        """Make the records durable in one commit (see `Journal`)."""
        rows = [self._row(record) for record in records]
        try:
            with self._database:
                self._database.executemany(_UPSERT, rows)
        except sqlite3.Error as error:
            raise JournalError(str(error)) from None

    def recent(self, limit: int) -> list[TransactionRecord]:
        """The last transactions but reversals, oldest first (see `Journal`)."""
        rows = self._database.execute(_RECENT, (limit,)).fetchall()
        return [TransactionRecord(pan="", **dict(zip(PLAIN_COLUMNS, row, strict=True))) for row in reversed(rows)]

    def close(self) -> None:
        """Close the file; another process may then open it."""
        self._database.close()
        self._lock.close()

    def _row(self, record: TransactionRecord) -> list[object]:
        plain: list[object] = [getattr(record, name) for name in PLAIN_COLUMNS]
        hashed = pan_hash(self._key, record.pan) if record.pan else None
        return [*plain, mask_pan(record.pan), hashed]

    def _prepare(self, path: Path, key_file: Path) -> None:
        key_check = pan_hash(self._key, "")
        try:
            if not self._database.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
                self._database.executescript(f"BEGIN;{CREATE}COMMIT;")
                meta = [("schema_version", str(SCHEMA_VERSION)), ("key_check", key_check)]
                with self._database:
                    self._database.executemany("INSERT INTO meta VALUES (?, ?)", meta)
            found = dict(self._database.execute("SELECT name, value FROM meta"))
        except sqlite3.Error as error:
            raise JournalError(f"{path}: not a journal of saklar ({error})") from None
        if found.get("schema_version") != str(SCHEMA_VERSION):
            raise JournalError(f"{path}: schema {found.get('schema_version')}, expected {SCHEMA_VERSION}")
        if found.get("key_check") != key_check:
            raise JournalError(f"{key_file} is not the key of the PAN hashes in {path}")


def _open(path: Path) -> sqlite3.Connection:
    try:
        # The writer's thread is not the one that opens; only one uses it at a time.
        database = sqlite3.connect(path, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
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
