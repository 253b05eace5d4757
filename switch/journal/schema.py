"""The tables of the journal, and how each version of them becomes the next."""

import sqlite3

from saklar.switch.engine.record import SafRecord, TransactionRecord

SCHEMA_VERSION = 2

SEALED = ("pan", "kept", "answer")
"""Fields of a transaction that nobody may read: the first two are sealed together, the answer when there is one."""

PLAIN_COLUMNS = [name for name in TransactionRecord._fields if name not in SEALED]
COLUMNS = [*PLAIN_COLUMNS, "pan_masked", "pan_hash", "sealed", "answer", "batch"]
SAF_COLUMNS = [name for name in SafRecord._fields if name != "message"]

_TYPES = {
    "id": "TEXT PRIMARY KEY",
    "amount": "INTEGER",
    "standing": "INTEGER",
    "elapsed_ms": "REAL",
    "request_key": "BLOB",
    "fingerprint": "BLOB",
    "sealed": "BLOB",
    "answer": "BLOB",
    "batch": "INTEGER NOT NULL DEFAULT 0",
    "position": "INTEGER NOT NULL",
    "attempts": "INTEGER NOT NULL",
    "message": "BLOB NOT NULL",
}


def _columns(names: list[str]) -> str:
    return ", ".join(f"{name} {_TYPES.get(name, 'TEXT')}" for name in names)


_SAF = f"CREATE TABLE saf ({_columns([*SAF_COLUMNS, 'message'])}) WITHOUT ROWID;"

_INDEXES = """
CREATE INDEX transactions_by_rrn ON transactions (rrn) WHERE rrn IS NOT NULL;
CREATE INDEX transactions_by_pan ON transactions (pan_hash) WHERE pan_hash IS NOT NULL;
CREATE INDEX transactions_open ON transactions (id) WHERE state = 'forwarding';
CREATE INDEX transactions_in_doubt ON transactions (id) WHERE doubt = 'open';
CREATE INDEX saf_open ON saf (position) WHERE state = 'queued';
CREATE INDEX saf_by_subject ON saf (about);
"""
"""Each names what few rows are, so that a plain insert touches two of them."""

CREATE = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE transactions ({_columns(COLUMNS)});
{_SAF}
{_INDEXES}
"""

_FROM_1 = [
    name for name in PLAIN_COLUMNS if name not in ("standing", "doubt", "late_code", "request_key", "fingerprint")
]

_TO_2 = f"""
DROP INDEX transactions_by_rrn;
DROP INDEX transactions_by_pan;
ALTER TABLE transactions RENAME TO transactions_1;
CREATE TABLE transactions ({_columns(COLUMNS)});
INSERT INTO transactions ({", ".join(_FROM_1)}, pan_masked, pan_hash)
    SELECT {", ".join(_FROM_1)}, pan_masked, pan_hash FROM transactions_1;
DROP TABLE transactions_1;
UPDATE transactions SET state = 'timed_out', reason = 'left open by schema 1, which could not reverse it'
    WHERE state = 'forwarding';
INSERT INTO meta VALUES ('commits', '0 0');
{_SAF}
{_INDEXES}
"""  # noqa: S608 (our own names)

MIGRATIONS = {1: _TO_2}
"""What makes the next version of each."""


def migrate(database: sqlite3.Connection, version: int) -> None:
    """Bring the tables of an earlier version to `SCHEMA_VERSION`, wholly or not at all."""
    steps = "".join(MIGRATIONS[each] for each in range(version, SCHEMA_VERSION))
    said = f"UPDATE meta SET value = '{SCHEMA_VERSION}' WHERE name = 'schema_version';"  # noqa: S608 (a number)
    database.executescript(f"BEGIN IMMEDIATE;{steps}{said}COMMIT;")
