"""Is a journal whole?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from saklar.switch.journal.form import Form
from saklar.switch.journal.interface import JournalError
from saklar.switch.journal.keys import JournalKeys
from saklar.switch.journal.log import about
from saklar.switch.journal.pieces import Pieces
from saklar.switch.journal.reader import STATES
from saklar.switch.journal.readonly import meta_of, opened
from saklar.switch.journal.schema import SCHEMA_VERSION


@dataclass(slots=True)
class Verdict:
    """What `verify` found: how many transactions there are, with their keys in which states, and what is wrong."""

    transactions: int = 0
    states: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def verify(path: Path, keys: JournalKeys | None = None) -> Verdict:
    """Look at all of it: SQLite's own checks, the schema, the numbers of the batches, with its keys what is sealed.

    Raises:
        JournalError: the file is no journal.
    """
    verdict = Verdict()
    with opened(path) as database:
        meta = meta_of(database)
        verdict.problems += _own_checks(database)
        if meta.get("schema_version") != str(SCHEMA_VERSION):
            verdict.problems.append(f"schema {meta.get('schema_version')}, expected {SCHEMA_VERSION}")
            return verdict
        if keys is not None and keys.check_value != meta.get("key_check"):
            verdict.problems.append("the keys are not those of this journal")
            keys = None
        try:
            verdict.problems += _missing(database)
            if keys is None:
                (verdict.transactions,) = database.execute("SELECT total(transactions) FROM log").fetchone()
            else:
                _Reading(database, keys, verdict).run()
        except sqlite3.Error as error:
            verdict.problems.append(f"after {verdict.transactions} transactions, the newest first: {error}")
    return verdict


def _own_checks(database: sqlite3.Connection) -> list[str]:
    """What SQLite itself finds wrong."""
    try:
        return [row[0] for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
    except sqlite3.Error as error:
        return [str(error)]


def _missing(database: sqlite3.Connection) -> Iterator[str]:
    """Between the first and the last batch there is no gap: only the beginning is ever removed."""
    gaps = "SELECT batch, next FROM (SELECT batch, lead(batch) OVER (ORDER BY batch) AS next FROM log)"
    for batch, following in database.execute(f"{gaps} WHERE next > batch + 1"):
        last = following - 1
        yield f"batch {last} is missing" if last == batch + 1 else f"batches {batch + 1} to {last} are missing"


class _Reading:
    """Opens what is sealed, from the newest to the oldest."""

    def __init__(self, database: sqlite3.Connection, keys: JournalKeys, verdict: Verdict) -> None:
        self._database = database
        self._keys = keys
        self._verdict = verdict
        self._form = Form()

    def run(self) -> None:
        """Add to the verdict."""
        pieces = Pieces()
        for batch, sealed in self._database.execute("SELECT batch, records FROM log ORDER BY batch DESC"):
            try:
                content = self._form.unpack(self._keys.open(sealed, about(batch)), about(batch))
            except JournalError as error:
                self._verdict.problems.append(str(error))
                continue
            for whole in pieces.add(batch, content):
                self._count(whole.record.id, whole.record.state)
        for id_, message in self._database.execute("SELECT id, message FROM saf ORDER BY position"):
            try:
                self._keys.open(message, id_)
            except JournalError as error:
                self._verdict.problems.append(f"to be forwarded: {error}")

    def _count(self, id_: str, state: str) -> None:
        self._verdict.transactions += 1
        self._verdict.states[state] = self._verdict.states.get(state, 0) + 1
        if state not in STATES:
            self._verdict.problems.append(f"transaction {id_}: state {state!r} is unknown")
