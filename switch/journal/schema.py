"""The tables of the journal: one row a transaction, a column for each field of its record but the PAN."""

from dataclasses import fields

from saklar.switch.engine.record import TransactionRecord

SCHEMA_VERSION = 1

PLAIN_COLUMNS = [field.name for field in fields(TransactionRecord) if field.name != "pan"]
COLUMNS = [*PLAIN_COLUMNS, "pan_masked", "pan_hash"]

_TYPES = {"amount": "INTEGER", "revision": "INTEGER NOT NULL", "elapsed_ms": "REAL", "id": "TEXT PRIMARY KEY"}

CREATE = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE transactions ({", ".join(f"{name} {_TYPES.get(name, 'TEXT')}" for name in COLUMNS)}) WITHOUT ROWID;
CREATE INDEX transactions_by_rrn ON transactions (rrn);
CREATE INDEX transactions_by_pan ON transactions (pan_hash);
"""
