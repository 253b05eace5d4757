"""The journal's own benchmark: figures for each kind of commit, of journals that hold what was put in."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from saklar.bench.micro.journal import fill, measure
from saklar.cli.app import app
from saklar.hsm_sim import load_lmk
from saklar.switch.journal import SqliteJournal


def test_each_durability_and_size_has_its_figures(tmp_path):
    document = measure([1, 7], 0.02, tmp_path, lambda _: None)
    kinds = [(figure["durability"], figure["transactions_a_commit"]) for figure in document["figures"]]
    assert kinds == [("strict", 1), ("strict", 7), ("relaxed", 1), ("relaxed", 7)]
    for figure in document["figures"]:
        assert figure["cpu_us"] > 0 and figure["p50_ms"] <= figure["p99_ms"] <= figure["max_ms"]
        assert figure["transactions_a_second"] == pytest.approx(
            figure["commits_a_second"] * figure["transactions_a_commit"]
        )


def test_no_journal_is_left_behind(tmp_path):
    measure([5], 0.01, tmp_path, lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_a_filled_journal_has_so_many_settled_transactions(tmp_path):
    path = tmp_path / "bench.db"
    fill(path, 1_234)
    journal = SqliteJournal(path, tmp_path / "bench.db.key", load_lmk("test"))
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="milliseconds")
    recovered = journal.recover(10_000, since)
    journal.close()
    assert {record.state for record in recovered.remembered} == {"approved"}
    assert len(recovered.remembered) == 1_234
    assert not recovered.doubtful and not recovered.saf


def test_the_figures_are_printed_and_written(tmp_path):
    path = tmp_path / "journal.json"
    run = CliRunner().invoke(app, ["bench", "journal", "--sizes", "3", "--seconds", "0.01", "--json", str(path)])
    assert run.exit_code == 0
    assert "strict" in run.stdout
    assert len(json.loads(path.read_text())["figures"]) == 2


@pytest.mark.parametrize("sizes", ["", "0", "1,x", "10001"])
def test_sizes_that_are_none_are_refused(sizes):
    run = CliRunner().invoke(app, ["bench", "journal", "--sizes", sizes])
    assert run.exit_code == 2
    assert "--sizes" in run.stderr


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    run = CliRunner().invoke(app, ["bench", "journal", "--folder", str(tmp_path / "none"), "--seconds", "0.01"])
    assert run.exit_code == 2
    assert "Traceback" not in run.stderr
    assert run.exception is None or not isinstance(run.exception, sqlite3.Error)
