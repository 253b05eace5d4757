"""`saklar simulate`."""

import json

import pytest
from typer.testing import CliRunner

from saklar.cli.app import app
from saklar.cli.verbs import simulate as verb
from saklar.switch.engine.settling import Refused, Settling


@pytest.fixture
def simulate():
    def run(*words):
        return CliRunner().invoke(app, ["simulate", "--jobs", "1", *words])

    return run


@pytest.fixture
def broken(monkeypatch):
    """An engine that forgets to reverse what timed out."""

    def give_up(self, transaction, reason, now, code=None):
        self.refuse(transaction, Refused("91", reason), now)

    monkeypatch.setattr(Settling, "give_up", give_up)


def test_kept_promises_are_exit_0(simulate):
    run = simulate("--seeds", "20")
    assert run.exit_code == 0
    assert run.stdout.startswith("20 seeds, ")
    assert run.stdout.endswith("every promise was kept\n")


def test_the_same_seeds_are_the_same_events(simulate):
    first, second = (json.loads(simulate("--seeds", "5", "--first-seed", "9", "--json").stdout) for _ in range(2))
    assert (first["events"], first["runs_with"]) == (second["events"], second["runs_with"])
    assert first["events"] > 500


def test_a_broken_promise_is_exit_1_with_the_smallest_run_and_how_to_see_it_again(simulate, broken):
    run = simulate("--seeds", "50")
    assert run.exit_code == 1
    assert "the acquirer has 0, the issuer" in run.stderr
    assert "PROMISE" in run.stdout
    assert "again: saklar simulate --first-seed " in run.stderr


def test_it_stops_at_the_first_broken_promise_unless_it_is_to_go_on(simulate, broken):
    stopped = json.loads(simulate("--seeds", "30", "--json").stdout)
    went_on = json.loads(simulate("--seeds", "30", "--json", "--keep-going").stdout)
    assert len(stopped["broken"]) == 1
    assert went_on["seeds"] == 30
    assert len(went_on["broken"]) > 1


def test_many_seeds_are_run_by_several_processes():
    run = CliRunner().invoke(app, ["simulate", "--seeds", str(verb.CHUNK * 3), "--jobs", "2", "--json"])
    assert json.loads(run.stdout)["seeds"] == verb.CHUNK * 3
