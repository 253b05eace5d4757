"""`saklar play --for` as a shell sees it: what fits together, what it says, the reports, and the exit code."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

SAKLAR = Path(sys.executable).parent / "saklar"
FILE = """network saklar
acquirer a
issuer   b answers 39={code}
card gold 4000000000000002 expiry 4912

scenario "buys" tags one
a sends   0200 purchase card gold
a expects 0210 39=00 within 5 s

scenario "looks" tags two
a sends   0200 balance card gold
a expects 0210 39=00 within 5 s
"""


def play(*arguments, cwd):
    command = [SAKLAR, "play", "x.scenario", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=50, check=False)


@pytest.fixture
def folder(tmp_path):
    """A folder with a file of two cases that pass."""
    (tmp_path / "x.scenario").write_text(FILE.format(code="00"))
    return tmp_path


def test_a_load_is_told_and_reported(folder):
    run = play(
        "--rate",
        "50/s",
        "--for",
        "400ms",
        "--even",
        "--seed",
        3,
        "--html",
        "r.html",
        "--json-file",
        "r.json",
        cwd=folder,
    )
    assert run.returncode == 0, run.stdout
    assert run.stdout.startswith("20 of 20 plays passed\n")
    assert "20 of 20 plays passed" in (folder / "r.html").read_text()
    assert json.loads((folder / "r.json").read_text())["passed_plays"] == 20


def test_the_command_plays_the_same_load_again(folder):
    options = ("--tag", "one", "--rate", "50/s", "--for", "400ms", "--even")
    first = play(*options, cwd=folder).stdout
    command = shlex.split(first.rpartition("again: ")[2])
    assert command[:3] == ["saklar", "play", "x.scenario"]
    assert command[3:-2] == ["--tag", "one", "--rate", "50/s", "--for", "0.4s", "--even"]
    assert play(*command[3:], cwd=folder).stdout.splitlines()[0] == first.splitlines()[0]


def test_a_load_that_does_not_pass_is_an_exit_code(folder):
    (folder / "x.scenario").write_text(FILE.format(code="51"))
    run = play("--rate", "20/s", "--for", "300ms", "--even", cwd=folder)
    assert run.returncode == 1
    assert "0 of 6 plays passed, 6 failed" in run.stdout
    assert "FAILED" in run.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--rate", "5/s"), "--rate needs --for"),
        (("--even",), "--even is about a load"),
        (("--for", "5s"), "--for needs --rate"),
        (("--rate", "5/s", "--for", "soon"), "--for: 'soon' is no time: 60s, 5min and 500ms are"),
        (("--rate", "5/s", "--for", "0s"), "--for: '0s' is no time to wait"),
        (("--rate", "fast", "--for", "5s"), "--rate: 'fast' is no rate"),
        (("--rate", "5/s", "--for", "5s", "--junit", "r.xml"), "--junit is about cases"),
    ],
)
def test_what_does_not_fit_together_is_refused(folder, options, said):
    run = play(*options, cwd=folder)
    assert (run.returncode, run.stdout) == (2, "")
    assert said in run.stderr
