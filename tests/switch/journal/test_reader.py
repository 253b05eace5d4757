"""Looking into a journal, beside the switch that writes it."""

import os
import sqlite3

import pytest

from saklar.hsm_sim import load_lmk
from saklar.switch.engine import SafRecord, TransactionRecord
from saklar.switch.journal import JournalError, Search, SqliteJournal, forwarded, read_keys, search, verify, waiting
from saklar.switch.journal.keys import new_keys
from saklar.switch.journal.sqlite import PAGE_BYTES

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
    return [found.record.id for found in search(path, keys_of(path), Search(**wanted), limit)]


def keys_of(path):
    return read_keys(path.with_name("saklar.db.key"), LMK)


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
    (found,) = search(journal, keys_of(journal), Search(id="01"))
    assert (found.record.pan, found.pan_masked) == ("", "400000******0002")


def test_a_whole_journal_has_no_problems(journal, paths):
    verdict = verify(journal, read_keys(paths[1], LMK))
    assert (verdict.transactions, verdict.states, verdict.problems) == (2, {"approved": 1, "timed_out": 1}, [])


def test_without_keys_transactions_are_counted_and_nothing_is_opened(journal):
    verdict = verify(journal)
    assert (verdict.transactions, verdict.states, verdict.problems) == (2, {}, [])


def test_an_unknown_state_is_a_problem(paths):
    journal = SqliteJournal(*paths, LMK)
    journal.write([FIRST, SECOND._replace(state="odd")], 0)
    journal.close()
    assert verify(paths[0], keys_of(paths[0])).problems == ["transaction 02: state 'odd' is unknown"]


@pytest.mark.parametrize(("gone", "said"), [("2", "batch 2 is missing"), ("2, 3, 4", "batches 2 to 4 are missing")])
def test_a_batch_that_is_missing_is_a_problem(paths, gone, said):
    journal = SqliteJournal(*paths, LMK)
    for number in range(5):
        journal.write([FIRST._replace(id=f"{number:02}")], 0)
    journal.database.execute(f"DELETE FROM log WHERE batch IN ({gone})")
    journal.close()
    assert verify(paths[0]).problems == [said]


def test_other_keys_are_a_problem(journal):
    assert verify(journal, new_keys()).problems == ["the keys are not those of this journal"]


def test_a_batch_that_was_changed_is_a_problem(journal):
    with sqlite3.connect(journal) as database:
        (sealed,) = database.execute("SELECT records FROM log").fetchone()
        database.execute("UPDATE log SET records = ?", (sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:],))
    assert verify(journal, keys_of(journal)).problems == [
        "batch 1: what is sealed has been changed, or the key is another"
    ]


def test_a_batch_in_the_place_of_another_is_a_problem(paths):
    journal = SqliteJournal(*paths, LMK)
    journal.write([FIRST], 0)
    journal.write([SECOND], 0)
    journal.database.execute("UPDATE log SET records = (SELECT records FROM log WHERE batch = 1) WHERE batch = 2")
    journal.close()
    (problem,) = verify(paths[0], keys_of(paths[0])).problems
    assert problem.startswith("batch 2: ")


def test_what_is_to_be_forwarded_and_was_changed_is_a_problem(paths):
    journal = SqliteJournal(*paths, LMK)
    saf = SafRecord("0a", 1, "bank", "reversal", "01", "0420", "000007", "queued", 0, FIRST.received_at, b"0420")
    journal.write([FIRST, saf], 0)
    journal.database.execute("UPDATE saf SET message = ?", (b"\1" * 40,))
    journal.close()
    assert verify(paths[0], keys_of(paths[0])).problems == [
        "to be forwarded: 0a: what is sealed has been changed, or the key is another"
    ]


def test_another_schema_is_a_problem(journal):
    with sqlite3.connect(journal) as database:
        database.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    assert verify(journal).problems == ["schema 99, expected 3"]


def test_a_damaged_page_is_a_problem(paths):
    journal = SqliteJournal(*paths, LMK)
    for number in range(100):
        journal.write([FIRST._replace(id=f"{number:06d}", kept=os.urandom(8000))], 0)
    journal.close()
    content = bytearray(paths[0].read_bytes())
    middle = len(content) // 2 // PAGE_BYTES * PAGE_BYTES
    content[middle : middle + PAGE_BYTES] = b"\xff" * PAGE_BYTES
    paths[0].write_bytes(content)
    assert verify(paths[0]).problems


@pytest.mark.parametrize("content", [None, b"", b"no database"])
def test_what_is_no_journal_is_named(tmp_path, content):
    path = tmp_path / "nothing.db"
    if content is not None:
        path.write_bytes(content)
    for look in (verify, lambda file: list(search(file, new_keys(), Search()))):
        with pytest.raises(JournalError, match=r"nothing\.db: not a journal"):
            look(path)


# What is to be forwarded.


def test_what_was_to_be_forwarded_is_there_whatever_became_of_it(paths):
    states = ("queued", "done", "parked", "cancelled")
    journal = SqliteJournal(*paths, LMK)
    journal.write(
        [
            SafRecord(f"0{n}", n, "bank-a", "reversal", "01", "0420", f"{n:06d}", s, 1, "", b"0420")
            for n, s in enumerate(states)
        ],
        0,
    )
    assert [row["state"] for row in forwarded(paths[0])] == [*states]
    assert [row["id"] for row in waiting(paths[0], parked=False)] == ["00"]
    assert [row["id"] for row in waiting(paths[0], parked=True)] == ["02"]
    assert not any("message" in row for row in forwarded(paths[0]))
    journal.close()
