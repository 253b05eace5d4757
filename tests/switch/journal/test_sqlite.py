"""The journal as the switch has it: commits, what a start finds, failures, and files that are not right."""

import multiprocessing
import os
import stat

import pytest

from saklar.hsm_sim import load_lmk
from saklar.switch.engine import SafRecord, TransactionChange, TransactionRecord
from saklar.switch.journal import JournalError, Search, SqliteJournal, find_by_rrn, read_keys, search, write_keys
from saklar.switch.journal.keys import new_keys
from saklar.switch.journal.sqlite import CHECKPOINT_PAGES, PAGE_BYTES

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


def found(paths):
    return list(search(paths[0], read_keys(paths[1], LMK), Search()))


def batches(journal):
    return [batch for (batch,) in journal.database.execute("SELECT batch FROM log ORDER BY batch")]


def test_what_begins_and_what_becomes_of_it_is_one_transaction(journal, paths):
    journal.write([RECORD], 0)
    journal.write([TransactionChange("01", {"state": "approved", "response_code": "00", "answer": b"0210"})], 0)
    ((record, _),) = [(each.record, each.pan_masked) for each in found(paths)]
    assert (record.state, record.response_code, record.amount) == ("approved", "00", 1050)


def test_changes_of_one_commit_take_effect_in_their_order(journal, paths):
    changes = [TransactionChange("01", {"state": state}) for state in ("approved", "reversed")]
    between = TransactionChange("01", {"late_code": "00"})
    journal.write([changes[0], RECORD, between, changes[1]], 0)
    assert found(paths)[0].record.state == "reversed"
    assert journal.recover(10, "").remembered[0].state == "reversed"


def test_people_see_six_and_four_digits_of_the_pan(journal, paths):
    journal.write([RECORD], 0)
    assert found(paths)[0].pan_masked == "400000******0002"


def test_no_file_of_the_journal_holds_the_pan(journal, paths, tmp_path):
    journal.write([RECORD], 0)
    for file in tmp_path.iterdir():
        assert PAN.encode() not in file.read_bytes()


def test_the_key_file_is_for_its_owner_only(journal, paths):
    assert stat.S_IMODE(paths[1].stat().st_mode) == 0o600


def test_every_commit_is_synced(journal):
    assert journal.database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal.database.execute("PRAGMA synchronous").fetchone() == (2,)


def test_every_commit_is_one_row_with_a_number(journal):
    assert [journal.write([RECORD._replace(id=id_)], 0) for id_ in ("01", "02")] == [1, 2]
    journal.write([], 2)
    assert batches(journal) == [1, 2, 3]


def test_the_write_ahead_log_does_not_grow_without_end(journal, paths):
    fill(journal, 3 * CHECKPOINT_PAGES)
    wal = paths[0].with_name("saklar.db-wal")
    assert wal.stat().st_size < 2 * CHECKPOINT_PAGES * PAGE_BYTES < paths[0].stat().st_size


def test_no_checkpoint_is_due_after_one(journal):
    while not journal.checkpoint_due:
        journal.stage([RECORD], 0)
        journal.commit()
    journal.checkpoint()
    assert not journal.checkpoint_due


def test_a_checkpoint_brings_what_was_committed_into_the_file(journal, paths):
    before = paths[0].stat().st_size
    journal.stage([RECORD._replace(kept=os.urandom(100_000))], 0)
    journal.commit()
    assert paths[0].stat().st_size == before
    journal.checkpoint()
    assert paths[0].stat().st_size > before + 100_000


def test_a_checkpoint_that_cannot_be_done_says_why(journal):
    journal.database.close()
    with pytest.raises(JournalError, match="closed database"):
        journal.checkpoint()


def test_commits_without_checkpoints_make_one_themselves(journal, paths):
    for _ in range(6 * CHECKPOINT_PAGES):
        journal.stage([RECORD._replace(kept=os.urandom(10_000))], 0)
        journal.commit()
    assert paths[0].with_name("saklar.db-wal").stat().st_size < 5 * CHECKPOINT_PAGES * PAGE_BYTES


def fill(journal, pages):
    for _ in range(pages):
        journal.write([RECORD._replace(kept=os.urandom(PAGE_BYTES))], 0)


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


def test_a_commit_that_failed_and_became_durable_all_the_same_counts_once(journal):
    approved = TransactionChange("01", {"state": "approved", "answered_by": "issuer"})
    reversed_ = TransactionChange("01", {"state": "reversed"})
    journal.write([RECORD, approved], 0)
    journal.write([RECORD, approved, reversed_], 0)
    assert [record.state for record in journal.recover(10, "").remembered] == ["reversed"]


def test_what_came_before_the_window_is_not_remembered(journal):
    journal.write([RECORD._replace(state="approved")], 0)
    assert journal.recover(10, "2026-11-23T10:15:00.001+00:00").remembered == []


def test_what_is_in_flight_is_recovered_however_old(journal):
    journal.write([RECORD, *(RECORD._replace(id=f"{n:02}", state="approved") for n in range(2, 9))], 0)
    assert [record.id for record in journal.recover(1, "2027-01-01").remembered] == ["01"]


def test_an_approval_of_a_commit_whose_answers_had_not_all_left_is_doubtful(journal):
    approved = {"state": "approved", "answered_by": "issuer"}
    journal.write([RECORD, RECORD._replace(id="02"), RECORD._replace(id="03")], 0)
    told = journal.write([TransactionChange("01", approved)], 0)
    journal.write([TransactionChange("02", approved)], told)
    journal.write([TransactionChange("03", {"state": "approved", "answered_by": "switch"})], told)
    assert journal.recover(10, "").doubtful == {"02"}


def test_a_partial_reversal_after_its_answer_has_left_raises_no_doubt(journal):
    journal.write([RECORD], 0)
    told = journal.write([TransactionChange("01", {"state": "approved", "answered_by": "issuer"})], 0)
    journal.write([TransactionChange("01", {"state": "partly_reversed", "standing": 500})], told)
    assert journal.recover(10, "").doubtful == frozenset()


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
    assert [record.id for record in journal.recover(1, "2027-01-01").remembered] == ["01"]


# Failures.


def test_a_commit_that_fails_leaves_nothing_of_itself(journal, paths):
    journal.write([RECORD], 0)
    journal.database.execute("DROP TABLE saf")
    with pytest.raises(JournalError, match="no such table"):
        journal.write([RECORD._replace(id="02"), SAF], 0)
    assert batches(journal) == [1]


def test_after_a_failure_and_a_reopening_the_next_commit_is_the_next_batch(journal):
    journal.write([RECORD], 0)
    journal.stage([TransactionChange("01", {"state": "approved"})], 0)
    journal.reopen()
    assert journal.write([TransactionChange("01", {"state": "approved"})], 0) == 2
    assert [record.state for record in journal.recover(10, "").remembered] == ["approved"]


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
    with pytest.raises(JournalError, match="schema 99; this saklar reads up to 3"):
        SqliteJournal(*paths, LMK)


def test_transactions_are_found_by_rrn_while_it_is_written(journal, paths):
    journal.write([RECORD, RECORD._replace(id="02", rrn="632710000099"), RECORD._replace(id="03")], 0)
    assert [record.id for record in find_by_rrn(paths[0], read_keys(paths[1], LMK), "632710000042")] == ["01", "03"]


def test_to_find_in_what_is_no_journal_is_an_error(tmp_path):
    with pytest.raises(JournalError, match="nothing"):
        find_by_rrn(tmp_path / "nothing.db", new_keys(), "1")


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
