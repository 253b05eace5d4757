"""The journal in an SQLite file: write-ahead log, a sync at every commit."""

import fcntl
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal

import structlog

from saklar.hsm_sim.keys.lmk import Lmk
from saklar.switch.engine.record import Record, Recovered
from saklar.switch.journal.interface import JournalError, Purged
from saklar.switch.journal.keys import JournalKeys, is_of_first_format, new_keys, read_keys, write_keys
from saklar.switch.journal.log import Log, Staged, create
from saklar.switch.journal.migration import OLDEST, migrate
from saklar.switch.journal.purge import purge
from saklar.switch.journal.recovery import recovered
from saklar.switch.journal.schema import SCHEMA_VERSION

log = structlog.get_logger()

Durability = Literal["strict", "relaxed"]

PAGE_BYTES = 8192
"""A commit has from a few hundred bytes to some tens of thousands: with pages of 4 KiB the large ones cost a quarter
more CPU, with 16 and 32 KiB the small ones a tenth and a fifth."""

CHECKPOINT_PAGES = 512
"""So much in the write-ahead log (4 MiB) is to be brought into the file. It takes a millisecond or two, where 16 MiB
made every commit meanwhile wait, up to 47 ms; and a short log is written over in place, which syncs faster than one
that grows."""

_MOST_PAGES = 4 * CHECKPOINT_PAGES
"""With so much in it a commit does that itself: nobody has asked for a checkpoint."""


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
            self._keys = _keys(key_file, lmk)
            if is_new and had_keys:
                # An empty journal would answer repeats as if they were new, and forget what is to be reversed.
                advice = "put it back, or remove the keys to begin a new journal"
                raise JournalError(f"{path} is missing, and its keys in {key_file} are there: {advice}")
            self._database = _open(path, durability)
            _prepare(self._database, path, key_file, self._keys)
            self._log = self._read_log()
            self._staged: Staged | None = None
            self._pages = 0
        except BaseException:
            self._lock.close()
            raise

    def _read_log(self) -> Log:
        try:
            return Log(self._database, self._keys)
        except sqlite3.Error as error:
            raise JournalError(f"{self._path}: {error}") from None
        except JournalError as error:
            raise JournalError(f"{self._path}: {error}; see saklar journal verify") from None

    def stage(self, records: Sequence[Record], told: int) -> None:
        """Pack and seal the records of the next commit (see `Journal`); SQLite sees nothing before `commit`."""
        self._staged = self._log.stage(records, told)

    def commit(self) -> int:
        """Make what was staged durable (see `Journal`)."""
        assert self._staged is not None
        staged, self._staged = self._staged, None
        try:
            number = self._log.put(staged)
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._database.rollback()
            raise JournalError(str(error)) from None
        self._pages += 1 + 2 * (len(staged.row.records) // PAGE_BYTES + len(staged.others))  # about
        return number

    @property
    def checkpoint_due(self) -> bool:
        """Whether much has been committed since the last checkpoint (see `Journal`)."""
        return self._pages >= CHECKPOINT_PAGES

    def checkpoint(self) -> None:
        """Bring what is in the write-ahead log into the file, as far as no reader is in the way (see `Journal`)."""
        self._pages = 0
        try:
            self._database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as error:
            raise JournalError(str(error)) from None

    def write(self, records: Sequence[Record], told: int) -> int:
        """Stage and commit, and do a checkpoint if one is due."""
        self.stage(records, told)
        number = self.commit()
        if self.checkpoint_due:
            self.checkpoint()
        return number

    def recover(self, limit: int, since: str) -> Recovered:
        """What earlier runs left (see `Journal`)."""
        try:
            return recovered(self._log, limit, since)
        except sqlite3.Error as error:
            raise JournalError(f"{self._path}: {error}") from None

    def purge(self, before: str, limit: int) -> Purged:
        """Remove what is old (see `Journal`)."""
        try:
            return purge(self._log, before, limit)
        except sqlite3.Error as error:
            raise JournalError(str(error)) from None

    def reopen(self) -> None:
        """Take the file again (see `Journal`): after a failed sync what SQLite holds of it cannot be trusted."""
        self._database.close()
        if not self._path.exists():
            raise JournalError(f"{self._path} is gone")
        self._database = self._log.database = _open(self._path, self._durability)
        try:
            self._log.read_end()
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

    @property
    def keys(self) -> JournalKeys:
        """What seals."""
        return self._keys

    @keys.setter
    def keys(self, keys: JournalKeys) -> None:
        self._keys = self._log.keys = keys


def _prepare(database: sqlite3.Connection, path: Path, key_file: Path, keys: JournalKeys) -> None:
    """Make the tables, or see that they are right."""
    try:
        if not database.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
            create(database, keys)
        found = dict(database.execute("SELECT name, value FROM meta"))
        version = found.get("schema_version", "")
        if found.get("key_check") != keys.check_value:
            raise JournalError(f"{key_file} has not the keys of {path}")
        if version.isdigit() and OLDEST <= int(version) < SCHEMA_VERSION:
            _migrate(database, int(version), path, keys)
        elif version != str(SCHEMA_VERSION):
            raise JournalError(f"{path}: schema {version or 'unknown'}; this saklar reads up to {SCHEMA_VERSION}")
    except (sqlite3.DatabaseError, KeyError, ValueError) as error:
        raise JournalError(
            f"{path}: not a journal of saklar, or damaged ({error}); see saklar journal verify"
        ) from None


def _migrate(database: sqlite3.Connection, version: int, path: Path, keys: JournalKeys) -> None:
    log.info("journal.migrating", journal=str(path), schema=version, to=SCHEMA_VERSION)
    try:
        migrate(database, version, keys)
    except JournalError as error:
        raise JournalError(f"{path}: cannot be brought to schema {SCHEMA_VERSION}: {error}") from None


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
        # A single statement is a transaction; longer ones are begun and ended by name.
        database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        database.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # of a new file
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {'FULL' if durability == 'strict' else 'NORMAL'}")
        database.execute(f"PRAGMA wal_autocheckpoint = {_MOST_PAGES}")
        # A reader that stayed long, or a migration, has made the write-ahead log long: it becomes short again.
        database.execute(f"PRAGMA journal_size_limit = {_MOST_PAGES * PAGE_BYTES}")
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
