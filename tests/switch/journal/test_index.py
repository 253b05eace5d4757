"""The index: derived from the log, always up to date when it is asked, and nothing in it that is secret."""

import multiprocessing
import sqlite3
import stat
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saklar.hsm_sim import load_lmk
from saklar.switch.engine import TransactionChange, TransactionRecord
from saklar.switch.journal import JournalError, Search, SqliteJournal, index, read_keys, search
from saklar.switch.journal.index import index_path
from saklar.switch.journal.keys import new_keys
from saklar.switch.journal.upkeep import reencrypt, rotate

LMK = load_lmk("test")
PAN = "4000000000000002"
RECORD = TransactionRecord(
    id="01", received_at="2026-11-23T10:15:00.000+00:00", acquirer="north", mti="0200", state="forwarding", pan=PAN,
    stan="000042", rrn="632710000042", amount=1050, currency="360", request_key=b"request key", fingerprint=b"print",
    kept=b"0200 kept",
)  # fmt: skip
APPROVED = {"state": "approved", "response_code": "00", "answered_by": "issuer", "answer": b"0210 answer"}


@pytest.fixture
def journal(paths):
    journal = SqliteJournal(*paths, LMK)
    journal.write([RECORD], 0)
    yield journal
    journal.close()


def found(paths, **wanted):
    records = [each.record for each in search(paths[0], read_keys(paths[1], LMK), Search(**wanted))]
    return {record.id: record.state for record in records}


def test_it_stands_beside_the_journal(tmp_path):
    assert index_path(tmp_path / "saklar.db").name == "saklar.index.db"
    assert index_path(tmp_path / "journal").name == "journal.index.db"


def test_what_came_since_the_last_look_is_found(journal, paths):
    assert found(paths) == {"01": "forwarding"}
    journal.write([RECORD._replace(id="02")], 0)
    journal.write([TransactionChange("01", APPROVED)], 0)
    assert found(paths) == {"01": "approved", "02": "forwarding"}


def test_it_may_be_deleted_at_any_time(journal, paths):
    found(paths)
    index_path(paths[0]).unlink()
    assert found(paths) == {"01": "forwarding"}


@pytest.mark.parametrize("content", [b"no database, and long enough to be looked at" * 100, b""])
def test_what_is_no_index_in_its_place_is_replaced(journal, paths, content):
    index_path(paths[0]).write_bytes(content)
    assert found(paths) == {"01": "forwarding"}


def test_an_index_of_another_version_is_made_anew(journal, paths):
    found(paths)
    with closing(sqlite3.connect(index_path(paths[0]))) as database, database:
        database.execute("UPDATE about SET value = '0' WHERE name = 'version'")
        database.execute("DELETE FROM transactions")
    assert found(paths) == {"01": "forwarding"}


def test_an_index_of_another_journal_is_made_anew(journal, paths, tmp_path):
    other = tmp_path / "other.db", tmp_path / "other.db.key"
    with closing(SqliteJournal(*other, LMK)) as another:
        another.write([RECORD._replace(id="02")], 0)
    found(other)
    index_path(other[0]).replace(index_path(paths[0]))
    assert found(paths) == {"01": "forwarding"}


def test_it_is_for_its_owner_only(journal, paths):
    found(paths)
    assert stat.S_IMODE(index_path(paths[0]).stat().st_mode) == 0o600


def test_nothing_in_it_is_secret(journal, paths):
    journal.write([TransactionChange("01", APPROVED)], 0)
    found(paths)
    content = index_path(paths[0]).read_bytes()
    assert b"400000******0002" in content
    for secret in (PAN.encode(), b"0200 kept", b"0210 answer", b"request key", b"print"):
        assert secret not in content


def test_it_is_written_in_pieces_and_says_how_far_it_is(journal, paths, monkeypatch):
    monkeypatch.setattr(index, "AT_A_TIME", 1)
    for number in range(2, 5):
        journal.write([RECORD._replace(id=f"{number:02}")], 0)
    said = []
    keys = read_keys(paths[1], LMK)
    assert len(list(search(paths[0], keys, Search(), -1, lambda *progress: said.append(progress)))) == 4
    assert said == [(1, 4), (2, 4), (3, 4)]


def test_what_was_removed_from_the_journal_is_in_it_no_more(journal, paths):
    journal.write([TransactionChange("01", APPROVED)], 0)
    journal.write([RECORD._replace(id="f" * 20)], 0)
    assert found(paths) == {"01": "approved", "f" * 20: "forwarding"}
    journal.purge("2026-01-01", 10)
    assert found(paths) == {"f" * 20: "forwarding"}


def test_it_is_made_anew_where_the_journal_has_not_what_comes_next(journal, paths):
    found(paths)
    journal.write([TransactionChange("01", APPROVED)], 0)
    journal.write([RECORD._replace(id="02", doubt="open")], 0)
    journal.write([RECORD._replace(id="03", state="approved")], 0)
    journal.write([RECORD._replace(id="f" * 20)], 0)
    journal.purge("2026-01-01", 10)
    assert found(paths) == {"02": "forwarding", "f" * 20: "forwarding"}


def test_after_everything_was_sealed_again_it_still_is_right(journal, paths):
    found(paths)
    rotate(journal, paths[1], LMK)
    list(reencrypt(journal, paths[1], LMK))
    journal.write([TransactionChange("01", APPROVED)], 0)
    assert found(paths) == {"01": "approved"}


def test_another_lmks_keys_are_refused(journal, paths):
    with pytest.raises(JournalError, match=r"saklar\.db: these are not its keys"):
        list(search(paths[0], new_keys(), Search()))


def test_where_it_cannot_be_written_that_is_named(journal, paths):
    index_path(paths[0]).mkdir()
    with pytest.raises(JournalError, match=r"saklar\.index\.db: "):
        found(paths)


def test_several_readers_may_ask_at_once(journal, paths):
    for number in range(200):
        journal.write([RECORD._replace(id=f"1{number:03}")], 0)
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert pool.map(_count, [paths] * 6) == [201] * 6


def _count(paths):
    return len(found(paths))


ids = st.sampled_from(["01", "02", "03"])
commits = st.lists(
    st.tuples(
        st.sets(ids), st.lists(st.tuples(ids, st.sampled_from(["approved", "declined", "reversed"])), max_size=3)
    ),
    max_size=6,
)


@settings(deadline=None, max_examples=40)
@given(commits, st.integers(0, 5))
def test_whenever_it_was_asked_before_it_says_what_a_new_one_says(tmp_path_factory, written, looked_after):
    folder = tmp_path_factory.mktemp("index")
    paths = folder / "saklar.db", folder / "saklar.db.key"
    begun, expected = set(), {}
    with closing(SqliteJournal(*paths, LMK)) as journal:
        for number, (drawn, drawn_changes) in enumerate(written):
            new = sorted(drawn - begun)
            begun.update(new)
            changes = [(id_, state) for id_, state in drawn_changes if id_ in begun]
            expected |= dict.fromkeys(new, "forwarding") | dict(changes)
            changed = [TransactionChange(id_, {"state": state}) for id_, state in changes]
            journal.write([*(RECORD._replace(id=id_) for id_ in new), *changed], 0)
            if number == looked_after:
                found(paths)
        assert found(paths) == expected
        index_path(paths[0]).unlink()
        assert found(paths) == expected
