"""What is done to a journal while no switch has it open, and to one of an earlier saklar when it is opened."""

import hmac
import sqlite3

import pytest

from saklar.hsm_sim import load_lmk
from saklar.switch.engine import SafRecord, TransactionRecord
from saklar.switch.journal import JournalError, Search, SqliteJournal, read_keys, search, verify
from saklar.switch.journal.upkeep import purge_all, reencrypt, release, rewrap, rotate

LMK, NEW_LMK = load_lmk("test"), load_lmk("test-aes-block")
PAN = "4000000000000002"
RECORD = TransactionRecord(
    id="01", received_at="2026-11-23T10:15:00.000+00:00", acquirer="north", mti="0200", state="approved", pan=PAN,
    kept=b"0200", answer=b"0210",
)  # fmt: skip
SAF = SafRecord("0a", 1, "bank", "reversal", "01", "0420", "000007", "parked", 9, RECORD.received_at, b"0420")


@pytest.fixture
def journal(paths):
    journal = SqliteJournal(*paths, LMK)
    journal.write([RECORD, SAF], 0)
    yield journal
    journal.close()


def seals(journal):
    """Which data keys have sealed something."""
    columns = (("transactions", "sealed"), ("transactions", "answer"), ("saf", "message"))
    return {
        value[0][0]
        for table, column in columns
        for value in journal.database.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
    }


def test_after_a_rotation_both_old_and_new_are_read(journal, paths):
    assert rotate(journal, paths[1], LMK) == 2
    journal.write([RECORD._replace(id="02")], 0)
    assert seals(journal) == {1, 2}
    assert [record.kept for record in journal.recover(10, "").remembered] == [b"0200", b"0200"]
    assert verify(paths[0], read_keys(paths[1], LMK)).problems == []


def test_reencryption_leaves_the_newest_key_alone(journal, paths):
    rotate(journal, paths[1], LMK)
    assert list(reencrypt(journal, paths[1], LMK))[-1] == 3
    assert seals(journal) == {2}
    assert set(read_keys(paths[1], LMK).data_keys) == {2}
    assert journal.recover(10, "").remembered == [RECORD]


def test_reencryption_that_was_stopped_goes_on(journal, paths):
    rotate(journal, paths[1], LMK)
    next(reencrypt(journal, paths[1], LMK))
    assert set(read_keys(paths[1], LMK).data_keys) == {1, 2}
    list(reencrypt(journal, paths[1], LMK))
    assert seals(journal) == {2}


def test_after_a_rewrapping_only_the_new_lmk_opens_it(journal, paths):
    rewrap(journal, paths[1], NEW_LMK)
    journal.close()
    with pytest.raises(JournalError, match="check value"):
        SqliteJournal(*paths, LMK)
    again = SqliteJournal(*paths, NEW_LMK)
    assert again.recover(10, "").remembered == [RECORD]
    again.close()


def test_what_was_parked_is_sent_again_as_a_repeat(journal):
    assert release(journal, "0a")
    (waiting,) = journal.recover(10, "").saf
    assert (waiting.id, waiting.state, waiting.attempts) == ("0a", "queued", 1)


def test_what_is_not_parked_is_not_released(journal):
    assert not release(journal, "0b")


def test_everything_old_is_removed(journal):
    ids = [f"{1_700_000_000_000 + number:011x}{number:09x}" for number in range(2_500)]
    journal.write([RECORD._replace(id=id_) for id_ in ids], 0)
    assert list(purge_all(journal, "2026-01-01"))[-1] == 2_500


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
    found = list(search(first_version[0], Search()))
    assert [(each.record.id, each.record.amount, each.pan_masked) for each in found] == [
        ("01", 1050, "400000******0002"),
        ("02", 1050, "400000******0002"),
    ]
    assert verify(first_version[0], read_keys(first_version[1], LMK)).problems == []


def test_a_pan_of_schema_1_is_still_found_by_its_hash(first_version):
    SqliteJournal(*first_version, LMK).close()
    hashed = read_keys(first_version[1], LMK).hash_of(PAN)
    assert len(list(search(first_version[0], Search(pan_hash=hashed)))) == 2


def test_what_schema_1_left_in_flight_is_listed_as_timed_out(first_version):
    SqliteJournal(*first_version, LMK).close()
    assert [each.record.id for each in search(first_version[0], Search(state="timed_out"))] == ["02"]


def test_the_key_of_schema_1_is_wrapped_from_then_on(first_version):
    SqliteJournal(*first_version, LMK).close()
    assert "ab" * 32 not in first_version[1].read_text()


def test_a_migration_that_fails_changes_nothing(first_version, monkeypatch):
    from saklar.switch.journal import schema

    monkeypatch.setitem(schema.MIGRATIONS, 1, schema.MIGRATIONS[1] + "INSERT INTO nowhere VALUES (1);")
    with pytest.raises(JournalError):
        SqliteJournal(*first_version, LMK)
    with sqlite3.connect(first_version[0]) as database:
        assert database.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone() == ("1",)
        assert database.execute("SELECT count(*) FROM transactions").fetchone() == (2,)
