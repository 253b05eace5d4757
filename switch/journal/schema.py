"""The tables of the journal.

`log` has a row for each commit, and the batches are numbered without a gap: the only thing that goes is the
beginning. All else is there to find something in it without reading it all, and changes in the same commit.
"""

from saklar.switch.engine.record import SafRecord

SCHEMA_VERSION = 3

SAF_COLUMNS = [name for name in SafRecord._fields if name != "message"]

_SAF_TYPES = {
    "id": "TEXT PRIMARY KEY",
    "position": "INTEGER NOT NULL",
    "attempts": "INTEGER NOT NULL",
    "message": "BLOB NOT NULL",
}

CREATE_SAF = f"""
CREATE TABLE saf ({", ".join(f"{name} {_SAF_TYPES.get(name, 'TEXT')}" for name in [*SAF_COLUMNS, "message"])})
    WITHOUT ROWID;
CREATE INDEX saf_open ON saf (position) WHERE state = 'queued';
CREATE INDEX saf_by_subject ON saf (about);
"""

CREATE_LOG = """
CREATE TABLE log (
    batch INTEGER PRIMARY KEY, -- the number of the commit
    first_id TEXT NOT NULL,    -- the lowest and the highest id in it (ids begin with the time), '' if there is none
    last_id TEXT NOT NULL,
    latest_id TEXT NOT NULL,   -- the highest id of this batch and all before it: it never falls, whatever clocks do
    told INTEGER NOT NULL,     -- the last batch whose answers had all left
    floor INTEGER NOT NULL,    -- in no batch before this one is a transaction that is still 'forwarding'
    transactions INTEGER NOT NULL,
    records BLOB NOT NULL      -- sealed, in the form that saklar.switch.journal.form has
);
-- Where there is more of a transaction than its beginning and its outcome: a later change, or (whole) all of it again.
CREATE TABLE places (id TEXT, batch INTEGER, whole INTEGER NOT NULL, PRIMARY KEY (id, batch)) WITHOUT ROWID;
CREATE INDEX places_by_batch ON places (batch);
-- Approvals that their acquirers may not have been told.
CREATE TABLE doubt (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""

CREATE = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
{CREATE_LOG}
{CREATE_SAF}
"""
