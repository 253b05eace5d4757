"""What is done to a journal while no switch has it open."""

import pytest

from saklar.hsm_sim import load_lmk
from saklar.switch.engine import SafRecord, TransactionRecord
from saklar.switch.journal import JournalError, SqliteJournal, read_keys, verify
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
    return {
        value[0][0]
        for table, column in (("log", "records"), ("saf", "message"))
        for value in journal.database.execute(f"SELECT {column} FROM {table}")
    }


def test_after_a_rotation_both_old_and_new_are_read(journal, paths):
    assert rotate(journal, paths[1], LMK) == 2
    journal.write([RECORD._replace(id="02")], 0)
    assert seals(journal) == {1, 2}
    assert [record.kept for record in journal.recover(10, "").remembered] == [b"0200", b"0200"]
    assert verify(paths[0], read_keys(paths[1], LMK)).problems == []


def test_reencryption_leaves_the_newest_key_alone(journal, paths):
    rotate(journal, paths[1], LMK)
    assert list(reencrypt(journal, paths[1], LMK))[-1] == 2
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
    for first in range(0, 2_500, 50):
        numbers = range(first, first + 50)
        ids = [f"{1_700_000_000_000 + number:011x}{number:09x}" for number in numbers]
        journal.write([RECORD._replace(id=id_) for id_ in ids], 0)
    journal.write([RECORD._replace(id="f" * 20)], 0)
    # The one that something is parked for stays.
    assert list(purge_all(journal, "2026-01-01"))[-1] == 2_500
