"""Removal of what is old, and what keeps a transaction from it."""

import pytest

from saklar.hsm_sim import load_lmk
from saklar.switch.engine import SafRecord, TransactionChange, TransactionRecord
from saklar.switch.journal import JournalError, Search, SqliteJournal, read_keys, search, verify

LMK = load_lmk("test")
NOW = "2026-11-23T10:15:00.000+00:00"
LAST = TransactionRecord("f" * 20, NOW, "north", "0200", "approved")
BEFORE = "2026-11-22"


def old(number, **changes):
    fields = {"id": f"{1_700_000_000_000 + number:011x}{number:09x}", "received_at": "2023-11-14T22:13:20.000+00:00"}
    return TransactionRecord(**fields | {"acquirer": "north", "mti": "0200", "state": "approved"} | changes)


def saf(record, state, **changes):
    fields = {"id": "5a" + record.id, "position": 1, "issuer": "bank", "kind": "reversal", "about": record.id}
    rest = {"mti": "0420", "stan": "7", "attempts": 0, "created_at": NOW, "message": b"0420", "state": state}
    return SafRecord(**fields | rest | changes)


@pytest.fixture
def journal(paths):
    journal = SqliteJournal(*paths, LMK)
    yield journal
    journal.close()


def ids(paths):
    return [found.record.id for found in search(paths[0], read_keys(paths[1], LMK), Search())]


def write(journal, *records):
    """Each in a batch of its own, and then a new one."""
    for record in records:
        journal.write([record], 0)
    journal.write([LAST], 0)


def test_what_is_old_and_settled_is_removed(journal, paths):
    write(journal, old(1), old(2, state="declined"))
    assert journal.purge(BEFORE, 10) == (2, False)
    assert ids(paths) == [LAST.id]


def test_a_batch_with_something_new_stays_whole(journal, paths):
    journal.write([old(1), LAST], 0)
    journal.write([], 0)
    assert journal.purge(BEFORE, 10) == (0, False)
    assert ids(paths) == [old(1).id, LAST.id]


def test_the_last_batch_stays_as_it_has_the_number_of_the_last_commit(journal, paths):
    journal.write([old(1)], 0)
    assert journal.purge("2030-01-01", 10) == (0, False)
    journal.close()
    again = SqliteJournal(*paths, LMK)
    assert again.write([], 0) == 2
    again.close()


def test_only_so_much_is_removed_at_a_time(journal):
    write(journal, *(old(number) for number in range(5)))
    assert [journal.purge(BEFORE, 2) for _ in range(4)] == [(2, True), (2, True), (1, False), (0, False)]


def test_batches_without_transactions_are_removed_so_many_at_a_time(journal):
    for _ in range(5):
        journal.write([], 0)
    write(journal)
    assert [journal.purge(BEFORE, 2) for _ in range(3)] == [(0, True), (0, True), (0, False)]
    assert journal.database.execute("SELECT min(batch) FROM log").fetchone() == (6,)


@pytest.mark.parametrize("changes", [{"state": "forwarding"}, {"doubt": "open"}])
def test_what_is_not_settled_stays_and_its_neighbours_go(journal, paths, changes):
    write(journal, old(1), old(2, **changes), old(3))
    assert journal.purge(BEFORE, 10) == (2, False)
    assert ids(paths) == [old(2).id, LAST.id]
    assert [each for each in journal.recover(10, "").remembered if each.id != LAST.id] == [old(2, **changes)]


@pytest.mark.parametrize("state", ["queued", "parked"])
def test_what_is_still_to_be_forwarded_keeps_its_transaction(journal, paths, state):
    record = old(1, state="timed_out")
    write(journal, record, old(2), saf(record, state))
    assert journal.purge(BEFORE, 10) == (1, False)
    assert ids(paths) == [record.id, LAST.id]


def test_what_stays_has_all_that_became_of_it_later(journal, paths):
    record = old(1, state="forwarding", kept=b"0200")
    write(journal, record, TransactionChange(record.id, {"state": "approved", "answered_by": "issuer"}), old(2))
    journal.write([TransactionChange(record.id, {"state": "reversed"}), saf(record, "queued")], 4)
    journal.purge(BEFORE, 10)
    recovered = journal.recover(1, "2027-01-01")
    assert [each for each in recovered.remembered if each.id == record.id] == [
        record._replace(state="reversed", answered_by="issuer")
    ]
    assert (recovered.saf, recovered.doubtful) == ([saf(record, "queued")], frozenset())


def test_what_stayed_goes_when_nothing_needs_it_any_more(journal, paths):
    record = old(1, state="timed_out")
    for each in (record, saf(record, "queued"), old(2)):
        journal.write([each], 0)
    journal.purge(BEFORE, 10)
    assert ids(paths) == [record.id, old(2).id]
    journal.write([saf(record, "done", attempts=1)], 0)
    journal.write([old(3)], 0)
    journal.purge(BEFORE, 10)
    assert ids(paths) == [old(3).id]


def test_what_was_forwarded_goes_with_its_transaction(journal):
    record = old(1, state="timed_out")
    write(journal, record, saf(record, "done"))
    assert journal.purge(BEFORE, 10) == (1, False)
    assert journal.database.execute("SELECT count(*) FROM saf").fetchone() == (0,)


@pytest.mark.parametrize("doubt", ["repeated", "reversed", "closed"])
def test_a_doubt_that_is_settled_keeps_nothing(journal, paths, doubt):
    record = old(1)
    opened, settled = (TransactionChange(record.id, {"doubt": each}) for each in ("open", doubt))
    write(journal, record, opened, settled)
    journal.purge(BEFORE, 10)
    assert ids(paths) == [LAST.id]


def test_a_journal_with_its_beginning_gone_is_whole(journal, paths):
    write(journal, old(1), old(2, doubt="open"))
    journal.purge(BEFORE, 10)
    verdict = verify(paths[0], read_keys(paths[1], LMK))
    assert (verdict.transactions, verdict.problems) == (2, [])


def test_a_removal_that_fails_removes_nothing(journal, paths):
    write(journal, old(1), old(2, state="forwarding"))
    journal.database.execute("CREATE TRIGGER no BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(JournalError, match="disk full"):
        journal.purge(BEFORE, 10)
    journal.database.execute("DROP TRIGGER no")
    assert ids(paths) == [old(1).id, old(2).id, LAST.id]
    journal.write([], 0)
    assert journal.database.execute("SELECT floor FROM log WHERE batch = 4").fetchone() == (2,)
