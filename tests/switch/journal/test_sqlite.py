import multiprocessing
import sqlite3
import stat
from dataclasses import replace

import pytest

from saklar.switch.engine import TransactionRecord
from saklar.switch.journal import JournalError, SqliteJournal, find_by_rrn

PAN = "4000000000000002"

RECORD = TransactionRecord(
    id="01", received_at="2026-11-23T10:15:00.000+00:00", acquirer="north", mti="0200", state="forwarding",
    pan=PAN, stan="000042", rrn="632710000042", terminal="NTH00001", amount=1050, currency="360", revision=1,
)  # fmt: skip


@pytest.fixture
def paths(tmp_path):
    return tmp_path / "saklar.db", tmp_path / "saklar.db.key"


@pytest.fixture
def journal(paths):
    journal = SqliteJournal(*paths)
    yield journal
    journal.close()


def rows(paths):
    with sqlite3.connect(paths[0]) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("SELECT * FROM transactions ORDER BY id")]


def test_a_transaction_is_one_row_that_later_records_replace(journal, paths):
    journal.write([RECORD])
    journal.write([replace(RECORD, state="approved", response_code="00", revision=2)])
    (row,) = rows(paths)
    assert (row["state"], row["response_code"], row["revision"], row["amount"]) == ("approved", "00", 2, 1050)


def test_people_see_six_and_four_digits_of_the_pan(journal, paths):
    journal.write([RECORD])
    assert rows(paths)[0]["pan_masked"] == "400000******0002"


def test_one_pan_has_one_hash_and_another_has_another(journal, paths):
    journal.write([RECORD, replace(RECORD, id="02"), replace(RECORD, id="03", pan="4000000000000010")])
    first, second, third = (row["pan_hash"] for row in rows(paths))
    assert first == second != third


def test_the_hash_depends_on_the_key(tmp_path):
    hashes = set()
    for name in ("one", "two"):
        path = tmp_path / name
        journal = SqliteJournal(path, tmp_path / f"{name}.key")
        journal.write([RECORD])
        journal.close()
        hashes.add(rows((path,))[0]["pan_hash"])
    assert len(hashes) == 2


def test_no_file_of_the_journal_holds_the_pan(journal, paths, tmp_path):
    journal.write([RECORD])
    for file in tmp_path.iterdir():
        assert PAN.encode() not in file.read_bytes()


def test_the_key_file_is_for_its_owner_only(journal, paths):
    assert stat.S_IMODE(paths[1].stat().st_mode) == 0o600


def test_every_commit_is_synced(journal):
    assert journal._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal._database.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_journal_opens_again_with_what_it_held(paths):
    first = SqliteJournal(*paths)
    first.write([RECORD])
    first.close()
    second = SqliteJournal(*paths)
    assert second.recent(10) == [replace(RECORD, pan="")]
    second.close()


def test_recent_gives_the_last_ones_oldest_first_and_no_reversals(journal):
    journal.write([replace(RECORD, id=f"{n:02}") for n in range(5)] + [replace(RECORD, id="99", mti="0420")])
    assert [record.id for record in journal.recent(2)] == ["03", "04"]


def test_a_batch_that_fails_leaves_nothing_of_itself(journal, paths):
    with pytest.raises(JournalError):
        journal.write([RECORD, replace(RECORD, id="02", revision=None)])
    assert rows(paths) == []


def test_a_second_process_is_refused(journal, paths):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert "another switch has this journal open" in pool.apply(_open_error, paths)


def test_a_second_opening_in_the_same_process_is_refused_too(journal, paths):
    with pytest.raises(JournalError, match="another switch"):
        SqliteJournal(*paths)


def test_a_file_that_is_no_journal_is_refused_by_name(paths):
    paths[0].write_bytes(b"not a database, but long enough to be taken for one" * 100)
    paths[1].write_text("00" * 32)
    paths[1].chmod(0o600)
    with pytest.raises(JournalError, match=r"saklar\.db"):
        SqliteJournal(*paths)


def test_a_journal_of_another_schema_is_refused(paths):
    journal = SqliteJournal(*paths)
    with journal._database as database:
        database.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    journal.close()
    with pytest.raises(JournalError, match="schema 99, expected 1"):
        SqliteJournal(*paths)


def test_transactions_are_found_by_rrn_while_it_is_written(journal, paths):
    journal.write([RECORD, replace(RECORD, id="02", rrn="632710000099"), replace(RECORD, id="03")])
    assert [record.id for record in find_by_rrn(paths[0], "632710000042")] == ["01", "03"]


def test_to_find_in_what_is_no_journal_is_an_error(tmp_path):
    with pytest.raises(JournalError, match="nothing"):
        find_by_rrn(tmp_path / "nothing.db", "1")


def test_a_journal_without_its_key_is_refused(paths):
    SqliteJournal(*paths).close()
    paths[1].unlink()
    with pytest.raises(JournalError, match=r"saklar\.db\.key is missing"):
        SqliteJournal(*paths)


def test_a_journal_with_another_key_is_refused(paths):
    SqliteJournal(*paths).close()
    paths[1].write_text("00" * 32)
    with pytest.raises(JournalError, match="is not the key"):
        SqliteJournal(*paths)


@pytest.mark.parametrize("text", ["", "xyz", "00" * 31])
def test_a_key_file_without_a_key_is_refused(paths, text):
    paths[1].write_text(text)
    paths[1].chmod(0o600)
    with pytest.raises(JournalError, match="not a key"):
        SqliteJournal(*paths)


def test_a_key_file_that_others_may_read_is_refused(paths):
    paths[1].write_text("00" * 32)
    paths[1].chmod(0o644)
    with pytest.raises(JournalError, match="0600"):
        SqliteJournal(*paths)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(JournalError, match="nowhere"):
        SqliteJournal(tmp_path / "nowhere" / "saklar.db", tmp_path / "key")


def _open_error(path, key_file):
    try:
        SqliteJournal(path, key_file)
    except JournalError as error:
        return str(error)
    return "opened"
