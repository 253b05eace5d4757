"""`saklar play` and `saklar fmt`: what they say, where, and the exit code; as processes where they are interrupted."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

SAKLAR = Path(sys.executable).parent / "saklar"
NETWORK = """network saklar
acquirer acq1 zpk U2A3181DC9BC9EE48134E8DCFB4A97045
issuer   bank zpk U8CBA4A503005143A81BAFC3300333F48 keeps accounts

"""
REPORTS = ("--json-file", "r.json", "--junit", "r.xml", "--html", "r.html")
GOOD = f'{NETWORK}scenario "good" tags fine\nacq1 sends 0200 purchase\nacq1 expects 0210 39=00\n'
BAD = 'scenario "bad" tags wrong\nacq1 sends 0200 purchase\nacq1 expects 0210 39=51 4=echo\n'
OWN = 'acquirer acq1 -> 127.0.0.1:{port}\nscenario "own"\nacq1 sends 0200 purchase\nacq1 expects 0210 39=00 within {limit}\n'


@contextmanager
def host(answer):
    """A host that takes one connection, and gives it to a function."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(20)


def test_all_passed(saklar, write):
    run = saklar("play", write(GOOD))
    assert (run.returncode, run.stderr) == (0, "")
    assert "1 of 1 cases passed" in run.stdout


def test_a_failure_is_shown_with_all_that_is_needed(saklar, write):
    run = saklar("play", write(GOOD + BAD), "--seed", 7)
    assert run.returncode == 1
    for word in (
        "x.scenario:10: 0210: 39 is 00, expected 51",
        "0200",
        "! 39 Response code",
        "** **",
        "saklar play x.scenario:8 --seed 7",
    ):
        assert word in run.stdout
    assert "4111111111111111" not in run.stdout


def test_the_command_plays_it_again(saklar, write):
    write(GOOD + BAD)
    run = saklar("play", "x.scenario:8", "--seed", 7)
    assert run.returncode == 1
    assert "0 of 1 cases passed, 1 failed" in run.stdout


def test_tags_select(saklar, write):
    run = saklar("play", write(GOOD + BAD), "--tag", "fine")
    assert run.returncode == 0


def test_json_has_it_all(saklar, write):
    run = saklar("play", write(GOOD + BAD), "--json", "--seed", 1)
    document = json.loads(run.stdout)
    assert (run.returncode, document["format"], document["totals"]["passed"]) == (1, "saklar-play-1", 1)
    assert [event["kind"] for event in document["cases"][0]["events"]] == ["message"] * 4 + ["expect"]


def test_a_dry_run_plays_nothing(saklar, write):
    run = saklar("play", write(GOOD + BAD), "--dry-run")
    assert run.returncode == 0
    assert run.stdout.splitlines()[-1] == "2 cases, nothing wrong with them"


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("acq1 sends 0200\n", (), "x.scenario:1:1"),
        (f"{GOOD}acq1 send 0200\n", (), "did you mean sends?"),
        (GOOD, ("--var", "x=1"), "no file declares a variable x"),
        (GOOD, ("--var", "x"), "name=value is expected"),
        (GOOD, ("--tag", "none"), "no case is to be played"),
        (GOOD, ("--against", "nowhere"), "--against"),
        (GOOD, ("gone.scenario",), "gone.scenario"),
        ('issuer a listens 9\nissuer b listens 9\nscenario "x"\nwait 1 s\n', (), "and so does a"),
    ],
)
def test_what_cannot_be_used_is_refused(saklar, write, text, arguments, said):
    run = saklar("play", write(text), *arguments)
    assert run.returncode == 2, run.stderr
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_a_host_that_refuses(saklar, write):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        run = saklar("play", write(OWN.format(port=port, limit="1 s")))
    assert run.returncode == 1
    assert f"cannot connect to 127.0.0.1:{port}: connection refused" in run.stdout
    assert "Traceback" not in run.stderr


def test_a_host_that_hangs(saklar, write):
    with host(lambda connection: [connection.recv(1000), connection.recv(1000)]) as port:
        run = saklar("play", write(OWN.format(port=port, limit="300 ms")))
    assert run.returncode == 1
    assert "no 0210 came to acq1 within 0.3 s" in run.stdout


def test_a_host_that_sends_garbage(saklar, write):
    def garbage(connection):
        connection.recv(1000)
        connection.sendall(b"\x00\x05hello")

    with host(garbage) as port:
        run = saklar("play", write(OWN.format(port=port, limit="5 s")))
    assert run.returncode == 1
    assert "5 bytes that are no iso87-ascii" in run.stdout


def test_a_host_of_ones_own_in_the_place_of_saklar(saklar, write):
    def echo(connection):
        frame = connection.recv(1000)
        connection.sendall(frame[:2] + b"0210" + frame[6:])

    write(
        f'{NETWORK}scenario "ours"\nacq1 sends 0200 purchase\njournal of acq1\'s 0200: state=approved\n'.replace(
            "issuer   bank", "issuer   bank listens 0"
        )
    )
    text = f'{NETWORK}scenario "theirs"\nacq1 sends 0200 purchase\nacq1 expects 0210 11=echo\n'.replace(
        "issuer   bank", "issuer   bank listens 0"
    )
    write(text, "y.scenario")
    with host(echo) as port:
        run = saklar("play", "x.scenario", "y.scenario", "--against", f"127.0.0.1:{port}")
    assert run.returncode == 0, run.stdout
    assert "the journal of the host cannot be asked" in run.stdout
    assert "1 of 2 cases passed, 1 skipped" in run.stdout


def interrupted(tmp_path, write, *options):
    """Play a case that passes and one whose host is silent, and send Ctrl-C while it waits: exit code and output."""
    reached = threading.Event()

    def silent(connection):
        connection.recv(1000)
        reached.set()
        connection.recv(1000)

    with host(silent) as port:
        text = OWN.format(port=port, limit="40 s")
        write('scenario "first"\nwait 1 ms\n', "a.scenario")
        write(text, "b.scenario")
        process = subprocess.Popen(
            [SAKLAR, "play", "a.scenario", "b.scenario", *options], cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        assert reached.wait(30)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
    return process.returncode, output


def test_an_interrupt_gives_the_report_of_what_ran_so_far(tmp_path, write):
    code, output = interrupted(tmp_path, write)
    assert code == 130
    assert "1 of 2 cases passed, 1 error" in output
    assert "interrupted" in output
    assert "0200" in output


def test_an_interrupt_leaves_the_reports_of_what_ran_so_far(tmp_path, write):
    code, output = interrupted(tmp_path, write, *REPORTS)
    assert code == 130, output
    document = json.loads((tmp_path / "r.json").read_text())
    assert [case["verdict"] for case in document["cases"]] == ["passed", "error"]
    assert 'tests="2" failures="0" errors="1"' in (tmp_path / "r.xml").read_text()
    page = (tmp_path / "r.html").read_text()
    assert "<h1>Interrupted: 1 of 2 cases could not be played</h1>" in page
    assert "0200 financial request" in page


def test_reports_are_written_and_nothing_else_is(saklar, tmp_path, write):
    run = saklar("play", write(GOOD + BAD), *REPORTS)
    assert (run.returncode, run.stderr) == (1, "")
    assert {path.name for path in tmp_path.iterdir()} == {"x.scenario", "r.json", "r.xml", "r.html"}


def test_the_file_has_what_is_printed(saklar, tmp_path, write):
    run = saklar("play", write(GOOD), "--json", "--json-file", "r.json", "--seed", 1)
    assert (tmp_path / "r.json").read_text() == run.stdout


def test_a_host_that_hangs_is_in_the_reports(saklar, tmp_path, write):
    with host(lambda connection: [connection.recv(1000), connection.recv(1000)]) as port:
        saklar("play", write(OWN.format(port=port, limit="300 ms")), *REPORTS)
    for name in ("r.json", "r.xml", "r.html"):
        assert "no 0210 came to acq1 within 0.3 s" in (tmp_path / name).read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--html", "gone/r.html"), "--html: there is no folder gone"),
        (("--junit", "."), "--junit: . is a folder"),
        (("--html", "r", "--junit", "r"), "two reports in one file"),
    ],
)
def test_a_report_that_cannot_be_written_is_said_before_anything_is_played(saklar, write, options, said):
    run = saklar("play", write(GOOD), *options)
    assert (run.returncode, run.stdout) == (2, "")
    assert said in run.stderr


def test_real_sockets_do_as_well(saklar, write):
    run = saklar("play", write(GOOD), "--real-time")
    assert run.returncode == 0, run.stdout
    assert "the runner itself was late by" in run.stdout


def test_fmt_changes_files_once(saklar, tmp_path, write):
    write('scenario "x"\nwait   1 s\n')
    assert saklar("fmt", "--check", "x.scenario").returncode == 1
    assert saklar("fmt", ".").stdout == "x.scenario\n"
    assert (tmp_path / "x.scenario").read_text() == 'scenario "x"\nwait 1 s\n'
    assert saklar("fmt", "--check", "x.scenario").returncode == 0


def test_fmt_is_a_filter(saklar):
    run = saklar("fmt", "-", stdin='scenario   "x"\n')
    assert (run.returncode, run.stdout) == (0, 'scenario "x"\n')


def test_fmt_refuses_what_is_no_scenario(saklar, write):
    run = saklar("fmt", write("nonsense\n"))
    assert run.returncode == 2
    assert "x.scenario:1:1" in run.stderr


def test_watch_plays_again_what_changes_and_ends_with_ctrl_c(write, tmp_path):
    write(GOOD)
    with subprocess.Popen(
        [SAKLAR, "play", "x.scenario", "--watch"], cwd=tmp_path, stdout=subprocess.PIPE, text=True, process_group=0
    ) as watching:
        ends = threading.Timer(50, watching.kill)
        ends.start()
        first = until_watching(watching)
        write(GOOD + BAD)
        second = until_watching(watching)
        os.killpg(watching.pid, signal.SIGINT)
        code = watching.wait()
        ends.cancel()
    assert "1 of 1 cases passed" in first
    assert "x.scenario: changed" in second
    assert "1 of 2 cases passed" in second
    assert code == 0


def until_watching(process):
    said = ""
    while "Ctrl-C ends it" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return said
