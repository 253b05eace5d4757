"""A journal of an earlier saklar is brought up to date when it is opened."""

import hmac
import sqlite3

import pytest

from saklar.hsm_sim import load_lmk
from saklar.switch.engine import SafRecord, TransactionRecord
from saklar.switch.journal import JournalError, Search, SqliteJournal, read_keys, search, verify, write_keys
from saklar.switch.journal.keys import new_keys
from saklar.switch.journal.schema import CREATE_SAF

LMK = load_lmk("test")
PAN = "4000000000000002"

# A journal of schema 1, as saklar wrote it until then.

_SCHEMA_1 = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE transactions (id TEXT PRIMARY KEY, received_at TEXT, acquirer TEXT, mti TEXT, state TEXT, stan TEXT,
    revision INTEGER NOT NULL, transmission TEXT, local_time TEXT, rrn TEXT, terminal TEXT, merchant TEXT,
    acquirer_id TEXT, forwarder_id TEXT, processing_code TEXT, amount INTEGER, currency TEXT, issuer TEXT,
    issuer_mti TEXT, issuer_stan TEXT, issuer_local_time TEXT, response_code TEXT, answered_by TEXT, reason TEXT,
    original_id TEXT, elapsed_ms REAL, pan_masked TEXT, pan_hash TEXT) WITHOUT ROWID;
CREATE INDEX transactions_by_rrn ON transactions (rrn);
CREATE INDEX transactions_by_pan ON transactions (pan_hash);
INSERT INTO meta VALUES ('schema_version', '1');
"""


@pytest.fixture
def first_version(paths):
    """A journal of schema 1 with an approval and a request in flight, and its key."""
    key = b"\xab" * 32
    paths[1].write_text(key.hex() + "\n")
    paths[1].chmod(0o600)
    with sqlite3.connect(paths[0]) as database:
        database.executescript(_SCHEMA_1)
        hashed = hmac.digest(key, PAN.encode(), "sha256").hex()
        database.execute("INSERT INTO meta VALUES ('key_check', ?)", (hmac.digest(key, b"", "sha256").hex(),))
        for id_, state in (("01", "approved"), ("02", "forwarding")):
            database.execute(
                "INSERT INTO transactions (id, received_at, acquirer, mti, state, stan, revision, rrn, amount, "
                "pan_masked, pan_hash) VALUES (?, '2026-11-20', 'north', '0200', ?, '000042', 2, '632710', 1050, "
                "'400000******0002', ?)",
                (id_, state, hashed),
            )
    return paths


def test_a_journal_of_schema_1_is_brought_up_to_date(first_version):
    SqliteJournal(*first_version, LMK).close()
    found = list(search(first_version[0], read_keys(first_version[1], LMK), Search()))
    assert [(each.record.id, each.record.amount, each.pan_masked) for each in found] == [
        ("01", 1050, "400000******0002"),
        ("02", 1050, "400000******0002"),
    ]
    assert verify(first_version[0], read_keys(first_version[1], LMK)).problems == []


def test_a_pan_of_schema_1_is_still_found_by_its_hash(first_version):
    SqliteJournal(*first_version, LMK).close()
    keys = read_keys(first_version[1], LMK)
    assert len(list(search(first_version[0], keys, Search(pan_hash=keys.hash_of(PAN))))) == 2


def test_what_schema_1_left_in_flight_is_listed_as_timed_out(first_version):
    SqliteJournal(*first_version, LMK).close()
    assert [
        each.record.id for each in search(first_version[0], read_keys(first_version[1], LMK), Search(state="timed_out"))
    ] == ["02"]


def test_the_key_of_schema_1_is_wrapped_from_then_on(first_version):
    SqliteJournal(*first_version, LMK).close()
    assert "ab" * 32 not in first_version[1].read_text()


def test_a_migration_that_fails_changes_nothing(first_version, monkeypatch):
    from saklar.switch.journal import migration

    monkeypatch.setattr(migration, "CREATE_LOG", "CREATE TABLE log (batch); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(JournalError, match="nowhere"):
        SqliteJournal(*first_version, LMK)
    with sqlite3.connect(first_version[0]) as database:
        assert database.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone() == ("1",)
        assert database.execute("SELECT count(*) FROM transactions").fetchone() == (2,)


# A journal of schema 2.

_SCHEMA_2 = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE transactions (id TEXT PRIMARY KEY, received_at TEXT, acquirer TEXT, mti TEXT, state TEXT, stan TEXT,
    transmission TEXT, local_time TEXT, rrn TEXT, terminal TEXT, merchant TEXT, acquirer_id TEXT, processing_code TEXT,
    amount INTEGER, currency TEXT, issuer TEXT, issuer_stan TEXT, response_code TEXT, answered_by TEXT, reason TEXT,
    original_id TEXT, elapsed_ms REAL, standing INTEGER, doubt TEXT, late_code TEXT, request_key BLOB,
    fingerprint BLOB, pan_masked TEXT, pan_hash TEXT, sealed BLOB, answer BLOB, batch INTEGER NOT NULL DEFAULT 0);
CREATE INDEX transactions_by_rrn ON transactions (rrn) WHERE rrn IS NOT NULL;
CREATE INDEX transactions_open ON transactions (id) WHERE state = 'forwarding';
{CREATE_SAF}
INSERT INTO meta VALUES ('schema_version', '2'), ('commits', '9 7');
"""

SETTLED = TransactionRecord(
    id="01", received_at="2026-11-20T10:15:00.000+00:00", acquirer="north", mti="0200", state="approved", pan=PAN,
    stan="000042", rrn="632710", amount=1050, issuer="bank", response_code="00", answered_by="issuer", elapsed_ms=1.5,
    request_key=b"k" * 16, fingerprint=b"f" * 16, kept=b"0200 kept", answer=b"0210",
)  # fmt: skip
UNTOLD = SETTLED._replace(id="02", kept=None)
IN_FLIGHT = SETTLED._replace(id="03", state="forwarding", response_code=None, answered_by=None, answer=None)
DOUBTED = SETTLED._replace(id="04", doubt="open")
SAF = SafRecord("0a", 3, "bank", "reversal", "01", "0420", "000007", "queued", 1, SETTLED.received_at, b"0420 message")


@pytest.fixture
def second_version(paths):
    """A journal of schema 2: told, perhaps not told, in flight, in doubt, and a reversal on its way."""
    keys = new_keys()
    write_keys(paths[1], keys, LMK)
    with sqlite3.connect(paths[0]) as database:
        database.executescript(_SCHEMA_2)
        database.execute("INSERT INTO meta VALUES ('key_check', ?)", (keys.check_value,))
        for record, batch in ((IN_FLIGHT, 8), (SETTLED, 5), (UNTOLD, 8), (DOUBTED, 6)):
            fields = record._asdict()
            pan, kept, answer = (fields.pop(name) for name in ("pan", "kept", "answer"))
            fields |= {"pan_masked": "400000******0002", "pan_hash": keys.hash_of(pan), "batch": batch}
            fields["sealed"] = keys.seal(pan.encode() + b" " + (kept or b""), record.id)
            fields["answer"] = keys.seal(answer, record.id) if answer else None
            names = ", ".join(fields)
            marks = ", ".join("?" * len(fields))
            database.execute(f"INSERT INTO transactions ({names}) VALUES ({marks})", [*fields.values()])
        fields = SAF._asdict() | {"message": keys.seal(SAF.message, SAF.id)}
        database.execute(f"INSERT INTO saf ({', '.join(fields)}) VALUES ({', '.join('?' * 13)})", [*fields.values()])
    database.close()
    return paths


def test_a_journal_of_schema_2_is_brought_up_to_date_with_all_that_it_had(second_version):
    journal = SqliteJournal(*second_version, LMK)
    recovered = journal.recover(10, "")
    journal.close()
    assert recovered.remembered == [SETTLED, UNTOLD, IN_FLIGHT, DOUBTED]
    assert (recovered.saf, recovered.last_position) == ([SAF], 3)


def test_what_may_not_have_been_told_before_is_in_doubt_after_it(second_version):
    journal = SqliteJournal(*second_version, LMK)
    assert journal.recover(10, "").doubtful == {"02"}
    journal.close()


def test_a_journal_brought_up_to_date_is_whole(second_version):
    SqliteJournal(*second_version, LMK).close()
    verdict = verify(second_version[0], read_keys(second_version[1], LMK))
    assert (verdict.states, verdict.problems) == ({"approved": 3, "forwarding": 1}, [])


def test_what_is_in_doubt_since_schema_2_is_not_removed(second_version):
    journal = SqliteJournal(*second_version, LMK)
    journal.write([], 0)
    journal.purge("2027-01-01", 10)
    assert [record.id for record in journal.recover(10, "").remembered] == ["01", "03", "04"]
    journal.close()


def test_a_damaged_journal_of_schema_2_is_left_as_it_is(second_version):
    with sqlite3.connect(second_version[0]) as database:
        database.execute("UPDATE transactions SET answer = ? WHERE id = '02'", (b"\1" * 40,))
    with pytest.raises(JournalError, match="cannot be brought to schema 3: 02: "):
        SqliteJournal(*second_version, LMK)
    with sqlite3.connect(second_version[0]) as database:
        assert database.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone() == ("2",)
        assert database.execute("SELECT count(*) FROM transactions").fetchone() == (4,)


def test_an_earlier_journal_that_is_only_looked_into_stays_and_is_named(second_version):
    keys = read_keys(second_version[1], LMK)
    with pytest.raises(JournalError, match="schema 2; this saklar reads 3, and brings an earlier one to it"):
        list(search(second_version[0], keys, Search()))
