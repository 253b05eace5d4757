"""The program within this process: what it says, where, and its exit code, without the half second of a start.

That it starts, ends at signals, and ends when its output does is asked of real processes, here and there.
"""

import gc
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from saklar.cli.app import app


class Run(NamedTuple):
    """As of a finished process."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def saklar(tmp_path, monkeypatch):
    """Runs the program in the test's own folder; an exception that it lets through fails the test."""
    thresholds, is_enabled = gc.get_threshold(), gc.isenabled()

    def saklar(*arguments, stdin=None):
        monkeypatch.chdir(tmp_path)
        environment = {"HOME": str(tmp_path), "COLUMNS": "120"}
        words = [str(argument) for argument in arguments]
        result = CliRunner().invoke(app, words, stdin, environment, catch_exceptions=False, prog_name="saklar")
        return Run(result.exit_code, result.stdout, result.stderr)

    yield saklar
    gc.set_threshold(*thresholds)
    (gc.enable if is_enabled else gc.disable)()


@pytest.fixture
def write(tmp_path):
    """Writes a scenario file into the test's own folder, and gives its name."""

    def file(text, name="x.scenario"):
        (tmp_path / name).write_text(text)
        return name

    return file
