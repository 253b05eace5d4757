"""Looking into a journal, beside the switch that writes it."""

import sqlite3

import pytest

from saklar.hsm_sim import load_lmk
from saklar.switch.engine import TransactionRecord
from saklar.switch.journal import JournalError, Search, SqliteJournal, read_keys, search, verify
from saklar.switch.journal.keys import new_keys

LMK = load_lmk("test")

PAN, OTHER_PAN = "4000000000000002", "5100000000000008"
FIRST = TransactionRecord(
    id="01", received_at="2026-11-23T10:15:00.000+00:00", acquirer="north", mti="0200", state="approved", pan=PAN,
    stan="000042", rrn="632710000042", terminal="NTH00001", issuer="bank-a", amount=1050, currency="360", kept=b"0200",
)  # fmt: skip
SECOND = FIRST._replace(
    id="02", received_at="2026-11-23T11:00:00.000+00:00", acquirer="south", state="timed_out", pan=OTHER_PAN,
    stan="000043", rrn="632711000043", terminal="STH00001", issuer="bank-b",
)  # fmt: skip


@pytest.fixture
def journal(paths):
    journal = SqliteJournal(*paths, LMK)
    journal.write([FIRST, SECOND], 0)
    yield paths[0]
    journal.close()


def ids(path, limit=-1, **wanted):
    return [found.record.id for found in search(path, Search(**wanted), limit)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["01", "02"]),
        ({"id": "02"}, ["02"]),
        ({"rrn": "632710000042"}, ["01"]),
        ({"stan": "000043"}, ["02"]),
        ({"terminal": "NTH00001"}, ["01"]),
        ({"acquirer": "south"}, ["02"]),
        ({"issuer": "bank-a"}, ["01"]),
        ({"state": "timed_out"}, ["02"]),
        ({"since": "2026-11-23T11:00:00.000+00:00"}, ["02"]),
        ({"until": "2026-11-23T11:00:00.000+00:00"}, ["01"]),
        ({"terminal": "NTH00001", "state": "timed_out"}, []),
    ],
)
def test_all_that_is_wanted_must_hold(journal, wanted, expected):
    assert ids(journal, **wanted) == expected


def test_a_limit_keeps_the_newest(journal):
    assert ids(journal, limit=1) == ["02"]


def test_a_pan_is_found_by_its_hash(journal, paths):
    assert ids(journal, pan_hash=read_keys(paths[1], LMK).hash_of(OTHER_PAN)) == ["02"]


def test_what_is_found_has_no_pan(journal):
    (found,) = search(journal, Search(id="01"))
    assert (found.record.pan, found.pan_masked) == ("", "400000******0002")


def test_a_whole_journal_has_no_problems(journal, paths):
    verdict = verify(journal, read_keys(paths[1], LMK))
    assert (verdict.transactions, verdict.states, verdict.problems) == (2, {"approved": 1, "timed_out": 1}, [])


def test_an_unknown_state_is_a_problem(journal):
    with sqlite3.connect(journal) as database:
        database.execute("UPDATE transactions SET state = 'odd' WHERE id = '02'")
    assert verify(journal).problems == ["transaction 02: state 'odd' is unknown"]


def test_other_keys_are_a_problem(journal):
    assert verify(journal, new_keys()).problems == ["the keys are not those of this journal"]


@pytest.mark.parametrize("column", ["sealed", "answer"])
def test_what_is_sealed_and_was_changed_is_a_problem(journal, paths, column):
    keys = read_keys(paths[1], LMK)
    with sqlite3.connect(journal) as database:
        damaged = keys.seal(b"of another transaction", "01")
        database.execute(f"UPDATE transactions SET {column} = ? WHERE id = '02'", (damaged,))
    assert verify(journal, keys).problems == ["transaction 02: what is sealed has been changed, or the key is another"]


def test_another_schema_is_a_problem(journal):
    with sqlite3.connect(journal) as database:
        database.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    assert verify(journal).problems == ["schema 99, expected 2"]


def test_a_damaged_page_is_a_problem(paths):
    journal = SqliteJournal(*paths, LMK)
    journal.write([FIRST._replace(id=f"{number:06d}") for number in range(2000)], 0)
    journal.close()
    content = bytearray(paths[0].read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    paths[0].write_bytes(content)
    assert verify(paths[0]).problems


@pytest.mark.parametrize("content", [None, b"", b"no database"])
def test_what_is_no_journal_is_named(tmp_path, content):
    path = tmp_path / "nothing.db"
    if content is not None:
        path.write_bytes(content)
    for look in (verify, lambda file: list(search(file, Search()))):
        with pytest.raises(JournalError, match=r"nothing\.db: not a journal"):
            look(path)
