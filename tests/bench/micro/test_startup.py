"""The benchmarks of a starting and of an idle switch: with a real one, small."""

import json
import resource

import pytest
from typer.testing import CliRunner

from saklar.bench.micro import idle
from saklar.bench.micro.startup import IMPORT, LISTENS, NOTHING
from saklar.cli.app import app


def test_a_start_is_timed_beside_a_python_that_does_nothing(tmp_path):
    path = tmp_path / "startup.json"
    arguments = ["bench", "startup", "--routes", "50", "--journaled", "20", "--tries", "1", "--json", str(path)]
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 0, run.stderr
    document = json.loads(path.read_text())
    assert list(document["tries_s"]) == [NOTHING, IMPORT, LISTENS]
    assert all(len(taken) == 1 for taken in document["tries_s"].values())
    assert "20 transactions in the journal" in run.stdout


def test_idle_connections_are_weighed_before_and_after_an_echo(tmp_path):
    path = tmp_path / "idle.json"
    run = CliRunner().invoke(app, ["bench", "idle", "--connections", "20", "--json", str(path)])
    assert run.exit_code == 0, run.stderr
    document = json.loads(path.read_text())
    assert document["configuration"]["connections"] == 20
    assert set(document["kb_each"]) == {"open", "after an echo"}


@pytest.fixture
def limits(monkeypatch):
    """Sets the limit of open files that the system is said to have, soft and hard; has what was asked for."""
    asked = []

    def say(soft, hard):
        monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
        monkeypatch.setattr(resource, "setrlimit", lambda _, both: asked.append(both))
        return asked

    return say


def test_a_soft_limit_that_is_too_low_is_raised(limits):
    asked = limits(1_024, 20_000)
    assert idle.allowed(5_000) == 5_000
    assert asked == [(5_000 + idle.OTHER_FILES, 20_000)]


def test_a_hard_limit_that_is_too_low_means_fewer_connections(limits):
    asked = limits(1_024, 4_096)
    assert idle.allowed(5_000) == 4_096 - idle.OTHER_FILES
    assert asked == [(4_096, 4_096)]


def test_a_limit_that_is_high_enough_is_left(limits):
    assert limits(resource.RLIM_INFINITY, resource.RLIM_INFINITY) == []
    assert idle.allowed(5_000) == 5_000
