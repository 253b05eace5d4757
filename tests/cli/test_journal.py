"""`saklar journal`."""

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from saklar.cli.app import app
from saklar.hsm_sim import load_lmk
from saklar.switch.engine import SafRecord, TransactionRecord
from saklar.switch.journal import SqliteJournal, write_keys
from saklar.switch.journal.keys import new_keys

LMK = load_lmk("test")

PAN, OTHER_PAN = "4000000000000002", "5100000000000008"
RECORD = TransactionRecord(
    id="01", received_at="2026-11-23T10:15:00.000+00:00", acquirer="north", mti="0200", state="approved", pan=PAN,
    stan="000042", rrn="632710000042", terminal="NTH00001", issuer="bank-a", amount=1050, currency="360", response_code="00",
    kept=b"0200",
)  # fmt: skip
NEXT_DAY = RECORD._replace(id="02", pan=OTHER_PAN, state="declined", received_at="2026-11-24T00:00:00.000+00:00")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "saklar.db"
    journal = SqliteJournal(path, tmp_path / "saklar.db.key", LMK)
    journal.write([RECORD, NEXT_DAY], 0)
    journal.close()
    return path


@pytest.fixture
def journal(path):
    def run(verb, *words, typed=None):
        return CliRunner().invoke(app, ["journal", verb, *map(str, words), "--journal", str(path)], input=typed)

    return run


def found(run):
    assert run.exit_code in (0, 1), run.stderr
    return [json.loads(line)["id"] for line in run.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["01", "02"]),
        (["--rrn", "632710000042", "--state", "declined"], ["02"]),
        (["--since", "2026-11-24"], ["02"]),
        (["--until", "2026-11-24"], ["01"]),
        (["--since", "2026-11-23T12:15+02:00", "--until", "2026-11-23T10:15:00.001"], ["01"]),
        (["--limit", "1"], ["02"]),
        (["--terminal", "NOBODY"], []),
    ],
)
def test_transactions_are_found(journal, words, expected):
    assert found(journal("find", *words, "--json")) == expected


def test_nothing_found_is_exit_1(journal):
    assert journal("find", "--stan", "999999").exit_code == 1


def test_a_pan_is_typed_and_found_by_its_hash(journal):
    run = journal("find", "--pan", "-", "--json", typed=f"{OTHER_PAN}\n")
    assert found(run) == ["02"]
    assert OTHER_PAN not in run.output


def test_people_see_a_table_without_the_pan(journal):
    said = journal("find", "--state", "approved").stdout
    assert "632710" in said
    assert PAN not in said


def test_one_transaction_is_shown_whole(journal):
    said = journal("show", "01").stdout
    assert "response code       00" in said
    assert "pan                 400000******0002" in said


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_export_has_every_transaction_and_no_pan(journal, tmp_path, form):
    output = tmp_path / "out"
    run = journal("export", "--format", form, "--output", output)
    assert "2 transactions" in run.stderr
    text = output.read_text()
    rows = list(csv.DictReader(io.StringIO(text))) if form == "csv" else list(map(json.loads, text.splitlines()))
    assert [row["id"] for row in rows] == ["01", "02"]
    assert rows[0]["pan"] == "400000******0002"
    assert PAN not in text


def test_an_export_overwrites_nothing(journal, tmp_path):
    output = tmp_path / "out"
    output.write_text("precious")
    run = journal("export", "--output", output)
    assert run.exit_code == 2
    assert "File exists" in run.stderr
    assert output.read_text() == "precious"


def test_a_whole_journal_is_verified(journal, path):
    run = journal("verify")
    assert run.exit_code == 0
    assert run.stdout == f"{path}: 2 transactions (1 approved, 1 declined)\n"


def test_a_journal_with_another_key_is_exit_1(journal, tmp_path):
    write_keys(tmp_path / "saklar.db.key", new_keys(), LMK)
    run = journal("verify")
    assert run.exit_code == 1
    assert "damaged: " in run.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["find", "--state", "odd"], "--state: 'odd' is not one of forwarding, approved"),
        (["find", "--since", "yesterday"], "--since: 'yesterday': a time is expected"),
        (["find", "--pan", "@nowhere"], "--pan: "),
        (["find", "--pan", PAN, "--key-file", "nowhere"], "--key-file: nowhere: No such file"),
        (["show", "99"], "has no transaction 99"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(journal, words, said):
    run = journal(*words)
    assert run.exit_code == 2
    assert said in run.stderr
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", [["find"], ["show", "01"], ["export"], ["verify"]])
def test_a_file_that_is_no_journal_is_named(tmp_path, verb):
    path = tmp_path / "nothing.db"
    run = CliRunner().invoke(app, ["journal", *verb, "--journal", str(path)])
    assert run.exit_code == 2
    assert run.stderr.startswith(f"saklar: {path}: not a journal")


# What waits, and upkeep.

SAF = SafRecord(
    "0a", 1, "bank-a", "reversal", "01", "0420", "000007", "queued", 3, RECORD.received_at, b"0420 " + PAN.encode()
)


@pytest.fixture
def waiting(path, tmp_path):
    opened = SqliteJournal(path, tmp_path / "saklar.db.key", LMK)
    opened.write([SAF, SAF._replace(id="0b", state="parked", reason="answered with 96, 1000 times")], 0)
    opened.close()


def test_what_is_to_be_forwarded_is_listed(journal, waiting):
    run = journal("saf", "--json")
    (row,) = map(json.loads, run.stdout.splitlines())
    assert (row["id"], row["issuer"], row["about"], row["attempts"], "message" in row) == (
        "0a",
        "bank-a",
        "01",
        3,
        False,
    )


def test_what_is_parked_is_listed_and_can_be_released(journal, waiting):
    assert "answered with 96" in journal("saf", "--parked").stdout
    assert journal("release", "0b").stdout == "0b will be sent again\n"
    assert journal("saf", "--parked").exit_code == 1
    assert len(journal("saf", "--json").stdout.splitlines()) == 2


def test_nothing_waiting_is_exit_1(journal):
    assert journal("saf").exit_code == 1


def test_what_is_in_doubt_is_found(journal, path, tmp_path):
    opened = SqliteJournal(path, tmp_path / "saklar.db.key", LMK)
    opened.write([RECORD._replace(id="03", doubt="open")], 0)
    opened.close()
    assert found(journal("find", "--in-doubt", "--json")) == ["03"]


def test_rotation_and_reencryption_leave_a_whole_journal(journal):
    assert "data key 2" in journal("rotate").stdout
    assert journal("verify").exit_code == 0
    assert journal("reencrypt").stdout == "1 sealed again\n"
    assert journal("verify").exit_code == 0


def test_a_rewrapped_journal_needs_the_new_lmk(journal):
    assert journal("rewrap", "--new-lmk", "test-aes-block").exit_code == 0
    assert journal("verify").exit_code == 2
    assert journal("verify", "--lmk", "test-aes-block").exit_code == 0


def test_a_purge_says_how_much_is_gone(journal, path, tmp_path):
    opened = SqliteJournal(path, tmp_path / "saklar.db.key", LMK)
    opened.write([RECORD._replace(id="f" * 20)], 0)
    opened.close()
    assert journal("purge", "--before", "2020-01-01").stdout == "2 transactions removed\n"
    assert journal("purge", "--before", "soon").exit_code == 2


def test_upkeep_of_a_journal_in_use_is_refused(journal, path, tmp_path):
    opened = SqliteJournal(path, tmp_path / "saklar.db.key", LMK)
    run = journal("rotate")
    opened.close()
    assert run.exit_code == 2
    assert "another switch has this journal open" in run.stderr


def test_upkeep_makes_no_journal_where_there_is_none(tmp_path):
    path = tmp_path / "none.db"
    run = CliRunner().invoke(app, ["journal", "rotate", "--journal", str(path)])
    assert run.exit_code == 2
    assert not path.exists()
