"""Looking into a journal, also while a switch writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import get_args

from saklar.switch.engine.record import Outcome, TransactionRecord
from saklar.switch.journal.interface import JournalError
from saklar.switch.journal.keys import JournalKeys
from saklar.switch.journal.schema import PLAIN_COLUMNS, SAF_COLUMNS, SCHEMA_VERSION

STATES: tuple[str, ...] = get_args(Outcome)

_SELECT = f"SELECT pan_masked, {', '.join(PLAIN_COLUMNS)} FROM transactions"  # noqa: S608 (our own names)


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; None for anything.

    Attributes:
        id: the correlation id.
        rrn: retrieval reference number, DE 37.
        stan: system trace audit number as the acquirer sent it, DE 11.
        terminal: DE 41.
        acquirer, issuer: names of links.
        state: one of `STATES`.
        since, until: of its arrival, as the journal has it (ISO 8601, UTC); the second is not included.
        pan_hash: of its PAN (`JournalKeys.hash_of`).
        doubt: of an approval that its acquirer may not have been told; "open" are those that wait.
    """

    id: str | None = None
    rrn: str | None = None
    stan: str | None = None
    terminal: str | None = None
    acquirer: str | None = None
    issuer: str | None = None
    state: str | None = None
    since: str | None = None
    until: str | None = None
    pan_hash: str | None = None
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A transaction in the journal: its record without the PAN, and of that six and four digits."""

    record: TransactionRecord
    pan_masked: str


def search(path: Path, wanted: Search, limit: int = -1) -> Iterator[Found]:
    """The transactions that are wanted, oldest first.

    Args:
        path: the journal.
        wanted: which.
        limit: how many; the newest of them. -1 for all.

    Raises:
        JournalError: the file is no journal.
    """
    parts = {part.name: getattr(wanted, part.name) for part in fields(wanted)}
    given = {name: value for name, value in parts.items() if value is not None}
    clauses = [f"{_COLUMN.get(name, name)} {_OPERATOR.get(name, '=')} ?" for name in given]
    where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
    newest = f"SELECT * FROM ({_SELECT}{where} ORDER BY id DESC LIMIT ?) ORDER BY id"  # noqa: S608 (our own names)
    values = [*given.values(), limit]
    with _opened(path) as database:
        for pan_masked, *row in database.execute(newest, values):
            record = TransactionRecord(**dict(zip(PLAIN_COLUMNS, row, strict=True)))
            yield Found(record, pan_masked or "")


_COLUMN = {"since": "received_at", "until": "received_at"}
_OPERATOR = {"since": ">=", "until": "<"}


def find_by_rrn(path: Path, rrn: str) -> list[TransactionRecord]:
    """The transactions with this retrieval reference number (DE 37), oldest first, without their PANs.

    Raises:
        JournalError: the file is no journal.
    """
    return [found.record for found in search(path, Search(rrn=rrn))]


def waiting(path: Path, *, parked: bool) -> Iterator[dict[str, object]]:
    """What is still to be forwarded, or (`parked`) what was given up, in order: all of it but the message.

    Raises:
        JournalError: the file is no journal.
    """
    selected = f"SELECT {', '.join(SAF_COLUMNS)} FROM saf WHERE state = ? ORDER BY position"  # noqa: S608 (our own names)
    with _opened(path) as database:
        for row in database.execute(selected, ("parked" if parked else "queued",)):
            yield dict(zip(SAF_COLUMNS, row, strict=True))


@dataclass(slots=True)
class Verdict:
    """What `verify` found: how many transactions can be read, in which states, and what is wrong."""

    transactions: int
    states: dict[str, int]
    problems: list[str]


def verify(path: Path, keys: JournalKeys | None = None) -> Verdict:
    """Look at everything: SQLite's own checks, the version of the tables, each row, and with its keys what is sealed.

    Raises:
        JournalError: the file is no journal.
    """
    verdict = Verdict(0, {}, [])
    with _opened(path) as database:
        meta = dict(database.execute("SELECT name, value FROM meta"))
        verdict.problems += _own_checks(database)
        if meta.get("schema_version") != str(SCHEMA_VERSION):
            verdict.problems.append(f"schema {meta.get('schema_version')}, expected {SCHEMA_VERSION}")
        if keys is not None and keys.check_value != meta.get("key_check"):
            verdict.problems.append("the keys are not those of this journal")
            keys = None
        _count(database, verdict, keys)
    return verdict


def _own_checks(database: sqlite3.Connection) -> list[str]:
    """What SQLite itself finds wrong."""
    try:
        return [row[0] for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
    except sqlite3.Error as error:
        return [str(error)]


def _count(database: sqlite3.Connection, verdict: Verdict, keys: JournalKeys | None) -> None:
    """Read every row; where the file is damaged, as far as that goes."""
    try:
        for id_, state, sealed, answer in database.execute(
            "SELECT id, state, sealed, answer FROM transactions ORDER BY id"
        ):
            verdict.transactions += 1
            verdict.states[state] = verdict.states.get(state, 0) + 1
            if state not in STATES:
                verdict.problems.append(f"transaction {id_}: state {state!r} is unknown")
            _open(keys, id_, (sealed, answer), verdict)
        for id_, message in database.execute("SELECT id, message FROM saf ORDER BY position"):
            _open(keys, id_, (message,), verdict)
    except sqlite3.Error as error:
        verdict.problems.append(f"after {verdict.transactions} transactions: {error}")


def _open(keys: JournalKeys | None, id_: str, sealed: tuple[bytes | None, ...], verdict: Verdict) -> None:
    """See that what is sealed can be opened."""
    for value in sealed:
        try:
            if keys is not None and value is not None:
                keys.open(value, id_)
        except JournalError as error:
            verdict.problems.append(f"transaction {error}")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            yield database
        finally:
            database.close()
    except sqlite3.Error as error:
        raise JournalError(f"{path}: not a journal that can be read ({error})") from None
