"""`saklar record` as a shell sees it: live, and from captures that tshark made."""

import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from saklar.cli.durations import seconds_of
from saklar.cli.verbs.record import progress
from saklar.network_sim.draft import Recording

SAKLAR = Path(sys.executable).parent / "saklar"
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "own-host"
CAPTURES = ROOT / "tests" / "data" / "captures"
DIALECT = ("--dialect", "own-host.toml")
TEST_CARD = "4000000000000002"


def record(*arguments, cwd):
    command = [SAKLAR, "record", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=50, check=False)


def play(*arguments, cwd):
    command = [SAKLAR, "play", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=50, check=False)


@pytest.fixture
def folder(tmp_path):
    """A folder with the dialect of the example's host."""
    shutil.copy(EXAMPLE / "cases" / "own-host.toml", tmp_path)
    return tmp_path


@contextmanager
def speaking(command, cwd, **options):
    """A program that says where it listens, and that address; Ctrl-C ends it."""
    with subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    ) as it:
        try:
            line = it.stdout.readline()
            yield re.search(r"127\.0\.0\.1:\d+", line)[0], it
        finally:
            it.send_signal(signal.SIGINT)


@pytest.fixture
def host():
    """The host of the example, on a free port."""
    with speaking([sys.executable, "-B", "host.py", "0"], EXAMPLE) as (address, _):
        yield address


@pytest.mark.parametrize("capture", ["own-host.pcap", "own-host.pcapng"])
def test_a_capture_of_a_host_is_played_against_it(folder, host, capture):
    options = ("--port", 9000, *DIALECT, "--test-card", TEST_CARD, "--out", "draft.scenario")
    run = record("--pcap", CAPTURES / capture, *options, cwd=folder)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "draft.scenario: 3 cases\n")
    run = play("draft.scenario", "--against", host, cwd=folder)
    assert "3 of 3 cases passed" in run.stdout


def test_a_capture_says_what_was_in_it(folder):
    run = record("--pcap", CAPTURES / "own-host.pcapng", *DIALECT, cwd=folder)
    assert re.findall('^scenario "(.*)"', run.stdout, re.MULTILINE) == [
        "1: 0200 purchase is answered 00, 0420 reversal is answered 00, 0421 repeat is answered 00",
        "2: 0800 echo-test is answered 00",
        "3: 0200 purchase is answered 54",
    ]
    assert "recorded from own-host.pcapng: 10 messages on 2 connections" in run.stdout
    assert TEST_CARD not in run.stdout


def test_live_traffic_is_passed_on_and_written_when_ctrl_c_ends_it(folder, host):
    (folder / "drafts").mkdir()
    options = ("--to", host, *DIALECT, "--out", "drafts/x.scenario")
    command = [SAKLAR, "record", "--listen", "127.0.0.1:0", *options]
    with speaking(command, folder, process_group=0) as (tap, recording):
        terminal = [sys.executable, "-B", "terminal.py", tap.rpartition(":")[2], "1250"]
        said = subprocess.run(terminal, cwd=EXAMPLE, capture_output=True, text=True, timeout=20, check=True).stdout
        recording.send_signal(signal.SIGINT)
        told, _ = recording.communicate(timeout=20)
    assert said == "0200 for 12.50: answered 00\n"
    assert (recording.returncode, told.splitlines()[-1]) == (0, "drafts/x.scenario: 1 case")
    draft = (folder / "drafts" / "x.scenario").read_text()
    assert f'var host = env HOST or "{host}"' in draft
    assert 'dialect "../own-host.toml"' in draft
    assert play("drafts/x.scenario", "--dry-run", cwd=folder).returncode == 0


def test_it_ends_by_itself(folder):
    run = record("--listen", "127.0.0.1:0", "--to", "127.0.0.1:9", *DIALECT, "--for", "200ms", cwd=folder)
    assert run.returncode == 1
    assert run.stderr.endswith("saklar: nothing was recorded that can be played\n")


def test_a_host_that_refuses_is_said(folder):
    command = [SAKLAR, "record", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:9", *DIALECT]
    with speaking(command, folder, process_group=0) as (tap, recording):
        terminal = [sys.executable, "-B", "terminal.py", tap.rpartition(":")[2], "1250"]
        subprocess.run(terminal, cwd=EXAMPLE, capture_output=True, timeout=20, check=False)
        recording.send_signal(signal.SIGINT)
        told, _ = recording.communicate(timeout=20)
    assert "a connection was not recorded: 127.0.0.1:9 does not take it (connection refused)" in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--listen", "127.0.0.1:0", "--to", "127.0.0.1:9", "--for", "soon"), "--for: 'soon' is no time: 60s"),
        (("--listen", "127.0.0.1:0", "--to", "127.0.0.1:9", "--for", "0"), "--for: '0' is no time to wait"),
        (("--pcap", CAPTURES / "own-host.pcap", "--for", "5s"), "--for is about live traffic"),
        (("--pcap", "gone.pcap"), "gone.pcap: No such file"),
        (("--pcap", "own-host.toml"), "own-host.toml: the capture begins with"),
        (("--listen", "127.0.0.1:0"), "give --listen and --to"),
        (("--pcap", CAPTURES / "own-host.pcap", "--out", "own-host.toml"), "own-host.toml exists"),
        (("--pcap", CAPTURES / "own-host.pcap", "--out", "gone/x"), "there is no folder gone"),
        (("--pcap", CAPTURES / "own-host.pcap", "--test-card", "4000"), "--test-card: "),
    ],
)
def test_what_cannot_be_used_is_refused(folder, options, said):
    run = record(*options, *DIALECT, cwd=folder)
    assert (run.returncode, run.stdout) == (2, "")
    assert said in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("recording", "said"),
    [
        (Recording(), "recorded 0 messages on 0 connections"),
        (Recording([None], connections=1), "recorded 1 message on 1 connection"),
        (
            Recording([None] * 2, ["no message"], connections=2),
            "recorded 2 messages on 2 connections, 1 that could not be",
        ),
    ],
)
def test_how_far_it_is_is_told(recording, said):
    assert progress(recording).startswith(said)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30.0), ("2m", 120.0), ("2min", 120.0), ("500ms", 0.5), ("90", 90.0), ("1.5 h", 5400.0), ("0.5", 0.5)],
)
def test_a_duration_has_a_unit_or_is_in_seconds(text, seconds):
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "-5s", "5 fortnights", "1e3s", "0s", "5s5"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="is no time"):
        seconds_of(text)
