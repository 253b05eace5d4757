import multiprocessing
import sqlite3
import stat

import pytest

from saklar.hsm_sim import load_lmk
from saklar.switch.engine import SafRecord, TransactionChange, TransactionRecord
from saklar.switch.journal import JournalError, SqliteJournal, find_by_rrn, write_keys
from saklar.switch.journal.keys import new_keys

PAN = "4000000000000002"
LMK = load_lmk("test")

RECORD = TransactionRecord(
    id="01", received_at="2026-11-23T10:15:00.000+00:00", acquirer="north", mti="0200", state="forwarding",
    pan=PAN, stan="000042", rrn="632710000042", terminal="NTH00001", amount=1050, currency="360", request_key=b"k" * 16,
    fingerprint=b"f" * 16, kept=b"0200 kept for a reversal",
)  # fmt: skip


@pytest.fixture
def journal(paths):
    journal = SqliteJournal(*paths, LMK)
    yield journal
    journal.close()


def rows(paths):
    with sqlite3.connect(paths[0]) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("SELECT * FROM transactions ORDER BY id")]


def test_a_transaction_is_one_row_that_changes_change(journal, paths):
    journal.write([RECORD], 0)
    journal.write([TransactionChange("01", {"state": "approved", "response_code": "00", "answer": b"0210"})], 0)
    (row,) = rows(paths)
    assert (row["state"], row["response_code"], row["amount"]) == ("approved", "00", 1050)


def test_changes_of_one_commit_take_effect_in_their_order(journal, paths):
    changes = [TransactionChange("01", {"state": state}) for state in ("approved", "reversed")]
    between = TransactionChange("01", {"late_code": "00"})
    journal.write([changes[0], RECORD, between, changes[1]], 0)
    assert rows(paths)[0]["state"] == "reversed"


def test_people_see_six_and_four_digits_of_the_pan(journal, paths):
    journal.write([RECORD], 0)
    assert rows(paths)[0]["pan_masked"] == "400000******0002"


def test_one_pan_has_one_hash_and_another_has_another(journal, paths):
    journal.write([RECORD, RECORD._replace(id="02"), RECORD._replace(id="03", pan="4000000000000010")], 0)
    first, second, third = (row["pan_hash"] for row in rows(paths))
    assert first == second != third


def test_the_hash_depends_on_the_key(tmp_path):
    hashes = set()
    for name in ("one", "two"):
        path = tmp_path / name
        journal = SqliteJournal(path, tmp_path / f"{name}.key", LMK)
        journal.write([RECORD], 0)
        journal.close()
        hashes.add(rows((path,))[0]["pan_hash"])
    assert len(hashes) == 2


def test_no_file_of_the_journal_holds_the_pan(journal, paths, tmp_path):
    journal.write([RECORD], 0)
    for file in tmp_path.iterdir():
        assert PAN.encode() not in file.read_bytes()


def test_the_key_file_is_for_its_owner_only(journal, paths):
    assert stat.S_IMODE(paths[1].stat().st_mode) == 0o600


def test_every_commit_is_synced(journal):
    assert journal.database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal.database.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_journal_opens_again_with_what_it_held(paths):
    first = SqliteJournal(*paths, LMK)
    first.write([RECORD], 0)
    first.close()
    second = SqliteJournal(*paths, LMK)
    assert second.recover(10, "").remembered == [RECORD]
    second.close()


def test_the_latest_are_remembered_oldest_first(journal):
    journal.write([RECORD._replace(id=f"{n:02}", state="approved") for n in range(5)], 0)
    assert [record.id for record in journal.recover(2, "").remembered] == ["03", "04"]


def test_what_came_before_the_window_is_not_remembered(journal):
    journal.write([RECORD._replace(state="approved")], 0)
    assert journal.recover(10, "2026-11-23T10:15:00.001+00:00").remembered == []


def test_what_is_in_flight_is_recovered_however_old(journal):
    journal.write([RECORD, *(RECORD._replace(id=f"{n:02}", state="approved") for n in range(2, 9))], 0)
    assert [record.id for record in journal.recover(1, "2027").remembered] == ["01"]


def test_an_approval_of_a_commit_whose_answers_had_not_all_left_is_doubtful(journal):
    approved = {"state": "approved", "answered_by": "issuer"}
    journal.write([RECORD, RECORD._replace(id="02"), RECORD._replace(id="03")], 0)
    told = journal.write([TransactionChange("01", approved)], 0)
    journal.write([TransactionChange("02", approved)], told)
    journal.write([TransactionChange("03", {"state": "approved", "answered_by": "switch"})], told)
    assert journal.recover(10, "").doubtful == {"02"}


SAF = SafRecord(
    id="0a", position=1, issuer="bank-a", kind="reversal", about="01", mti="0420", stan="000007", state="queued",
    attempts=0, created_at="2026-11-23T10:15:01.000+00:00", message=b"0420 with " + PAN.encode(),
)  # fmt: skip


def test_what_is_to_be_forwarded_comes_back_in_order(journal):
    second = SAF._replace(id="09", position=2, attempts=3)
    journal.write([second, SAF], 0)
    recovered = journal.recover(10, "")
    assert (recovered.saf, recovered.last_position) == ([SAF, second], 2)


@pytest.mark.parametrize("state", ["done", "parked", "cancelled"])
def test_what_is_forwarded_is_not_taken_up_again(journal, state):
    journal.write([SAF], 0)
    journal.write([SAF._replace(state=state, attempts=1)], 0)
    recovered = journal.recover(10, "")
    assert (recovered.saf, recovered.last_position) == ([], 1)


def test_a_transaction_is_remembered_while_something_of_it_is_to_be_forwarded(journal):
    journal.write([RECORD._replace(state="timed_out"), SAF], 0)
    assert [record.id for record in journal.recover(1, "2027").remembered] == ["01"]


# Removal of what is old.


def old(number, **changes):
    moment = f"{1_700_000_000_000 + number:011x}"
    return RECORD._replace(id=f"{moment}{number:09x}", received_at="2023-11-14T22:13:20.000+00:00", **changes)


def test_what_is_old_and_settled_is_removed(journal, paths):
    journal.write([old(1, state="approved"), old(2, state="declined"), RECORD._replace(id="f" * 20)], 0)
    assert journal.purge("2026-11-23", 10) == 2
    assert [row["id"] for row in rows(paths)] == ["f" * 20]


def test_only_so_much_is_removed_at_a_time(journal):
    journal.write([old(number, state="approved") for number in range(5)], 0)
    assert [journal.purge("2026-11-23", 2) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize("changes", [{"state": "forwarding"}, {"state": "approved", "doubt": "open"}])
def test_what_is_not_settled_is_never_removed(journal, changes):
    journal.write([old(1, **changes)], 0)
    assert journal.purge("2026-11-23", 10) == 0


@pytest.mark.parametrize("state", ["queued", "parked"])
def test_what_is_still_to_be_forwarded_keeps_its_transaction(journal, state):
    record = old(1, state="timed_out")
    journal.write([record, SAF._replace(about=record.id, state=state)], 0)
    assert journal.purge("2026-11-23", 10) == 0


def test_what_was_forwarded_goes_with_its_transaction(journal, paths):
    record = old(1, state="timed_out")
    journal.write([record, SAF._replace(about=record.id, state="done")], 0)
    assert journal.purge("2026-11-23", 10) == 1
    assert journal.database.execute("SELECT count(*) FROM saf").fetchone() == (0,)


# Failures.


def test_a_batch_that_fails_leaves_nothing_of_itself(journal, paths):
    with pytest.raises(JournalError):
        journal.write([RECORD, RECORD._replace(id="01")], 0)
    assert rows(paths) == []


def test_a_second_process_is_refused(journal, paths):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert "another switch has this journal open" in pool.apply(_open_error, paths)


def test_a_second_opening_in_the_same_process_is_refused_too(journal, paths):
    with pytest.raises(JournalError, match="another switch"):
        SqliteJournal(*paths, LMK)


def test_a_file_that_is_no_journal_is_refused_by_name(paths):
    paths[0].write_bytes(b"not a database, but long enough to be taken for one" * 100)
    paths[1].write_text("00" * 32)
    paths[1].chmod(0o600)
    with pytest.raises(JournalError, match=r"saklar\.db"):
        SqliteJournal(*paths, LMK)


def test_a_journal_of_another_schema_is_refused(paths):
    journal = SqliteJournal(*paths, LMK)
    with journal.database as database:
        database.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    journal.close()
    with pytest.raises(JournalError, match="schema 99; this saklar reads up to 2"):
        SqliteJournal(*paths, LMK)


def test_transactions_are_found_by_rrn_while_it_is_written(journal, paths):
    journal.write([RECORD, RECORD._replace(id="02", rrn="632710000099"), RECORD._replace(id="03")], 0)
    assert [record.id for record in find_by_rrn(paths[0], "632710000042")] == ["01", "03"]


def test_to_find_in_what_is_no_journal_is_an_error(tmp_path):
    with pytest.raises(JournalError, match="nothing"):
        find_by_rrn(tmp_path / "nothing.db", "1")


def test_a_journal_without_its_key_is_refused(paths):
    SqliteJournal(*paths, LMK).close()
    paths[1].unlink()
    with pytest.raises(JournalError, match=r"saklar\.db\.key is missing"):
        SqliteJournal(*paths, LMK)


@pytest.mark.parametrize("left", [None, b""], ids=["gone", "empty"])
def test_a_journal_that_is_gone_is_not_replaced_by_an_empty_one(paths, left):
    SqliteJournal(*paths, LMK).close()
    paths[0].unlink()
    if left is not None:
        paths[0].write_bytes(left)
    with pytest.raises(JournalError, match=r"saklar\.db is missing, and its keys in .* are there"):
        SqliteJournal(*paths, LMK)


def test_a_journal_with_other_keys_is_refused(paths):
    SqliteJournal(*paths, LMK).close()
    write_keys(paths[1], new_keys(), LMK)
    with pytest.raises(JournalError, match="has not the keys of"):
        SqliteJournal(*paths, LMK)


@pytest.mark.parametrize("text", ["", "xyz", "00" * 31, "[]", "{}", '{"format": 2}'])
def test_a_key_file_without_keys_is_refused(paths, text):
    paths[1].write_text(text)
    paths[1].chmod(0o600)
    with pytest.raises(JournalError, match="not a file of journal keys"):
        SqliteJournal(*paths, LMK)


def test_a_key_file_that_others_may_read_is_refused(paths):
    paths[1].write_text("00" * 32)
    paths[1].chmod(0o644)
    with pytest.raises(JournalError, match="0600"):
        SqliteJournal(*paths, LMK)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(JournalError, match="nowhere"):
        SqliteJournal(tmp_path / "nowhere" / "saklar.db", tmp_path / "key", LMK)


def _open_error(path, key_file):
    try:
        SqliteJournal(path, key_file, LMK)
    except JournalError as error:
        return str(error)
    return "opened"
