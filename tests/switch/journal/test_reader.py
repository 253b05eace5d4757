"""Looking into a journal, beside the switch that writes it."""

import sqlite3
from dataclasses import replace

import pytest

from saklar.switch.engine import TransactionRecord
from saklar.switch.journal import JournalError, Search, SqliteJournal, hash_of_pan, search, verify

PAN, OTHER_PAN = "4000000000000002", "5100000000000008"
FIRST = TransactionRecord(
    id="01", received_at="2026-11-23T10:15:00.000+00:00", acquirer="north", mti="0200", state="approved", pan=PAN,
    stan="000042", rrn="632710000042", terminal="NTH00001", issuer="bank-a", amount=1050, currency="360", revision=2,
)  # fmt: skip
SECOND = replace(
    FIRST, id="02", received_at="2026-11-23T11:00:00.000+00:00", acquirer="south", state="timed_out", pan=OTHER_PAN,
    stan="000043", rrn="632711000043", terminal="STH00001", issuer="bank-b",
)  # fmt: skip


@pytest.fixture
def paths(tmp_path):
    return tmp_path / "saklar.db", tmp_path / "saklar.db.key"


@pytest.fixture
def journal(paths):
    journal = SqliteJournal(*paths)
    journal.write([FIRST, SECOND])
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
    assert ids(journal, pan_hash=hash_of_pan(paths[1], OTHER_PAN)) == ["02"]


def test_what_is_found_has_no_pan(journal):
    (found,) = search(journal, Search(id="01"))
    assert (found.record.pan, found.pan_masked) == ("", "400000******0002")


def test_a_whole_journal_has_no_problems(journal, paths):
    verdict = verify(journal, paths[1])
    assert (verdict.transactions, verdict.states, verdict.problems) == (2, {"approved": 1, "timed_out": 1}, [])


def test_an_unknown_state_is_a_problem(journal):
    with sqlite3.connect(journal) as database:
        database.execute("UPDATE transactions SET state = 'odd' WHERE id = '02'")
    assert verify(journal).problems == ["transaction 02: state 'odd' is unknown"]


def test_another_key_is_a_problem(journal, tmp_path):
    other = tmp_path / "other.key"
    other.write_text("00" * 32)
    other.chmod(0o600)
    assert verify(journal, other).problems == [f"{other} is not the key of its PAN hashes"]


def test_another_schema_is_a_problem(journal):
    with sqlite3.connect(journal) as database:
        database.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    assert verify(journal).problems == ["schema 99, expected 1"]


def test_a_damaged_page_is_a_problem(paths):
    journal = SqliteJournal(*paths)
    journal.write([replace(FIRST, id=f"{number:06d}") for number in range(2000)])
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
