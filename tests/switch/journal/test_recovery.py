"""What is found in the log: from its end, back to what is open, and by the id of a transaction."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saklar.hsm_sim import load_lmk
from saklar.switch.engine import SafRecord, TransactionChange, TransactionRecord
from saklar.switch.journal import SqliteJournal, recovery
from saklar.switch.journal.keys import new_keys
from saklar.switch.journal.log import Log, create
from saklar.switch.journal.recovery import Finder, recovered

LMK = load_lmk("test")
KEYS = new_keys()
APPROVED = {"state": "approved", "answered_by": "issuer", "response_code": "00", "answer": b"0210"}
NONE_SINCE = "2031-01-01"


def begun(second, number=0, **changes):
    """A transaction that arrived so many seconds after some moment."""
    moment = 1_764_000_000_000 + int(second * 1000)
    fields = {"id": f"{moment:011x}{number:09x}", "received_at": "2025-11-24T16:00:00.000+00:00"} | changes
    return TransactionRecord(**{"acquirer": "north", "mti": "0200", "state": "forwarding", "kept": b"0200"} | fields)


def changed(record, **changes):
    return TransactionChange(record.id, changes or APPROVED)


def queued(record, state="queued"):
    return SafRecord("5a" + record.id, 1, "bank", "reversal", record.id, "0420", "7", state, 0, "", b"0420")


@pytest.fixture
def journal(paths):
    journal = SqliteJournal(*paths, LMK)
    yield journal
    journal.close()


def fill(journal, count, second=100.0):
    """So many batches of one transaction that is settled in the next one."""
    before = []
    for number in range(count):
        record = begun(second + number)
        journal.write([*before, record], 0)
        before = [changed(record)]
    journal.write(before, 0)


def floor_of(journal):
    return journal.database.execute("SELECT batch, floor FROM log ORDER BY batch DESC LIMIT 1").fetchone()


def test_the_floor_is_the_oldest_batch_with_something_in_flight(journal):
    first, second = begun(1), begun(2)
    journal.write([first], 0)
    assert floor_of(journal) == (1, 1)
    journal.write([second], 0)
    assert floor_of(journal) == (2, 1)
    journal.write([changed(first)], 0)
    assert floor_of(journal) == (3, 2)
    journal.write([changed(second)], 0)
    assert floor_of(journal) == (4, 5)


def test_the_floor_is_known_again_after_an_opening(journal, paths):
    journal.write([begun(1)], 0)
    fill(journal, 3)
    journal.close()
    with closing(SqliteJournal(*paths, LMK)) as again:
        again.write([], 0)
        assert floor_of(again) == (6, 1)


def test_a_change_that_is_no_outcome_leaves_a_transaction_in_flight(journal):
    record = begun(1)
    journal.write([record], 0)
    journal.write([changed(record, late_code="00")], 0)
    assert floor_of(journal) == (2, 1)


def test_what_was_in_flight_long_ago_is_written_again_so_that_no_start_goes_there_any_more(journal, paths, monkeypatch):
    monkeypatch.setattr(recovery, "FAR", 2)
    record = begun(1)
    journal.write([record], 0)
    fill(journal, 5)
    recovered = journal.recover(2, "")
    assert record in recovered.remembered
    assert (recovered.last_commit, floor_of(journal)) == (8, (8, 8))
    journal.close()
    with closing(SqliteJournal(*paths, LMK)) as again:
        assert record in again.recover(1, NONE_SINCE).remembered
        again.write([changed(record, state="timed_out")], 0)
        assert again.recover(10, "").remembered[0].state == "timed_out"
        assert floor_of(again) == (9, 10)


def test_what_was_in_flight_lately_is_not_written_again(journal):
    journal.write([begun(1)], 0)
    fill(journal, 5)
    assert journal.recover(1, NONE_SINCE).last_commit == 7


def test_what_was_written_again_counts_once(journal, monkeypatch):
    monkeypatch.setattr(recovery, "FAR", 2)
    record = begun(1)
    journal.write([record], 0)
    fill(journal, 3)
    assert journal.recover(1, NONE_SINCE).last_commit == 6
    assert sum(each.id == record.id for each in journal.recover(10, "").remembered) == 1


def test_something_to_be_forwarded_brings_its_transaction_with_all_that_became_of_it(journal):
    record, other = begun(1), begun(1, 7)
    journal.write([record, other], 0)
    journal.write([changed(record)], 0)
    fill(journal, 3, 2.0)
    journal.write([changed(record, state="reversed", answer=None), queued(record)], 0)
    fill(journal, 30, 10.0)
    (found,) = [each for each in journal.recover(2, "").remembered if each.id == record.id]
    assert (found.state, found.response_code, found.answer, found.kept) == ("reversed", "00", None, b"0200")


def test_what_timed_out_is_found_without_reading_what_came_meanwhile(journal, monkeypatch):
    record = begun(1)
    journal.write([record], 0)
    fill(journal, 300, 2.0)
    journal.write([changed(record, state="timed_out"), queued(record)], 0)
    find = Finder(journal._log)
    opened = []
    read = journal._log.content
    monkeypatch.setattr(journal._log, "content", lambda batch, sealed: opened.append(batch) or read(batch, sealed))
    assert find(record.id).record.state == "timed_out"
    assert sorted(opened) == [1, 303]


def test_a_transaction_that_is_nowhere_is_not_found(journal):
    fill(journal, 5)
    find = Finder(journal._log)
    assert [find(id_) for id_ in ("", "0", begun(102.5).id, begun(1).id, begun(999).id, "f" * 20)] == [None] * 6


def test_in_an_empty_log_nothing_is_found(journal):
    assert Finder(journal._log)("01") is None


@settings(deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=30), st.data())
def test_every_transaction_is_found_whatever_the_clock_did(seconds, data):
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        create(database, KEYS)
        log = Log(database, KEYS)
        expected = _lived(log, seconds, data.draw)
        find = Finder(log)
        assert {id_: find(id_).record for id_ in expected} == expected
        assert {each.id: each for each in recovered(log, 1000, "").remembered} == expected


def _lived(log, seconds, draw):
    """Write transactions that begin at these seconds, and changes of them; returns what must be known of them."""
    open_, expected = [], {}
    for number, second in enumerate(seconds):
        record = begun(second, number)
        expected[record.id] = record
        changes = draw(st.lists(st.sampled_from(open_), max_size=2, unique=True)) if open_ else []
        open_ = [*(each for each in open_ if each not in changes), record.id]
        outcome = draw(st.sampled_from([APPROVED, {"state": "timed_out"}]))
        batch = [record, *(TransactionChange(id_, outcome) for id_ in changes)]
        if draw(st.booleans()):
            batch.append(TransactionChange(draw(st.sampled_from(sorted(expected))), {"late_code": f"{number}"}))
        for id_, changed in batch[1:]:
            expected[id_] = expected[id_]._replace(**changed)
        log.put(log.stage(batch, 0))
    return expected
