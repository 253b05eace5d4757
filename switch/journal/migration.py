"""How a journal of an earlier saklar becomes one of `SCHEMA_VERSION`: wholly, or not at all.

Schemas 1 and 2 had a row for each transaction. Schema 1 could reverse nothing, and knew of a PAN only its hash.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from saklar.switch.engine.record import TransactionRecord
from saklar.switch.journal.form import Content
from saklar.switch.journal.keys import JournalKeys
from saklar.switch.journal.log import Log, Staged
from saklar.switch.journal.schema import CREATE_LOG, CREATE_SAF, SCHEMA_VERSION

OLDEST = 1

IN_A_BATCH = 200
"""Old transactions to a batch of the log."""

_PLAIN_2 = [
    *("id", "received_at", "acquirer", "mti", "state", "stan", "transmission", "local_time", "rrn", "terminal"),
    *("merchant", "acquirer_id", "processing_code", "amount", "currency", "issuer", "issuer_stan", "response_code"),
    *("answered_by", "reason", "original_id", "elapsed_ms", "standing", "doubt", "late_code", "request_key"),
    "fingerprint",
]

_FROM_1 = ", ".join(
    name for name in _PLAIN_2 if name not in ("standing", "doubt", "late_code", "request_key", "fingerprint")
)

_TO_2 = f"""
ALTER TABLE transactions RENAME TO transactions_1;
CREATE TABLE transactions ({", ".join(_PLAIN_2)}, pan_masked, pan_hash, sealed, answer, batch DEFAULT 0);
INSERT INTO transactions ({_FROM_1}, pan_masked, pan_hash) SELECT {_FROM_1}, pan_masked, pan_hash FROM transactions_1;
DROP TABLE transactions_1;
UPDATE transactions SET state = 'timed_out', reason = 'left open by schema 1, which could not reverse it'
    WHERE state = 'forwarding';
INSERT INTO meta VALUES ('commits', '0 0');
{CREATE_SAF}
"""  # noqa: S608 (our own names)

_OLD_ROWS = f"""
SELECT {", ".join(_PLAIN_2)}, sealed, answer, pan_masked, pan_hash FROM transactions
WHERE (batch > ?) = ? ORDER BY id
"""  # noqa: S608 (our own names)

_Old = tuple[TransactionRecord, tuple[str, str | None] | None]


def migrate(database: sqlite3.Connection, version: int, keys: JournalKeys) -> None:
    """Bring the tables of an earlier version to `SCHEMA_VERSION`, wholly or not at all.

    Raises:
        JournalError: something in it cannot be opened; nothing is changed.
        sqlite3.Error: likewise.
    """
    try:
        database.executescript(f"BEGIN IMMEDIATE;{_TO_2 if version == 1 else ''}")
        _to_3(database, keys)
        database.execute("UPDATE meta SET value = ? WHERE name = 'schema_version'", (str(SCHEMA_VERSION),))
        database.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            database.rollback()
        raise


def _to_3(database: sqlite3.Connection, keys: JournalKeys) -> None:
    """What was told goes before what may not have been told, so that one number still says which is which."""
    (commits,) = database.execute("SELECT value FROM meta WHERE name = 'commits'").fetchone()
    told = int(commits.split()[1])
    for statement in CREATE_LOG.split(";"):
        database.execute(statement)
    log = Log(database, keys)
    _write(log, database.execute(_OLD_ROWS, (told, 0)), are_told=True)
    _write(log, database.execute(_OLD_ROWS, (told, 1)), are_told=False)
    database.execute("INSERT INTO doubt SELECT id FROM transactions WHERE doubt = 'open'")
    database.execute("DROP TABLE transactions")
    database.execute("DELETE FROM meta WHERE name = 'commits'")


def _write(log: Log, rows: Iterator[Sequence[Any]], *, are_told: bool) -> None:
    while old := [_record(log.keys, row) for row in islice(rows, IN_A_BATCH)]:
        batch = log.batch + 1
        for record, _ in old:
            if record.state == "forwarding":
                log.open[record.id] = batch
        masked = {record.id: pan for record, pan in old if pan is not None}
        content = Content([record for record, _ in old], masked=masked)
        staged = Staged(log.row(batch, content, batch if are_told else log.told), [])
        log.insert(staged)
        log.follow(staged.row)


def _record(keys: JournalKeys, row: Sequence[Any]) -> _Old:
    """A transaction, and where its PAN is not known what is known of it."""
    *plain, sealed, answer, pan_masked, pan_hash = row
    fields = dict(zip(_PLAIN_2, plain, strict=True))
    if answer is not None:
        fields["answer"] = keys.open(answer, fields["id"])
    if sealed is not None:
        pan, _, kept = keys.open(sealed, fields["id"]).partition(b" ")
        return TransactionRecord(**fields, pan=pan.decode(), kept=kept or None), None
    return TransactionRecord(**fields), (pan_masked, pan_hash) if pan_hash else None
