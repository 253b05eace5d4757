"""`saklar play --chaos` as a shell sees it."""

import json
import os
import signal
import subprocess

import pytest

from .test_play import GOOD, NETWORK, SAKLAR, interrupted, until_watching

MANY = NETWORK + "".join(
    f'scenario "{n}"\nacq1 sends 0200 purchase\nacq1 expects 0210 39=00 within 5 s\n' for n in range(30)
)
WRONG = f'{NETWORK}scenario "wrong"\nacq1 sends 0200 purchase\nacq1 expects 0210 39=51\n'


def test_what_is_disturbed_does_not_fail_the_run(saklar, write):
    run = saklar("play", write(MANY), "--chaos", 1, "--chaos-faults", "drop")
    assert (run.returncode, run.stderr) == (0, "")
    assert " disturbed, in " in run.stdout
    assert "; chaos 1: " in run.stdout


def test_what_no_fault_hit_fails_as_without(saklar, write):
    runs = [saklar("play", write(WRONG), *more) for more in ((), ("--chaos", 1, "--chaos-percent", 0))]
    assert [run.returncode for run in runs] == [1, 1]
    assert "39 is 00, expected 51" in runs[1].stdout
    assert "x.scenario:5 --seed 1 --chaos 1 --chaos-percent 0" in runs[1].stdout


def test_the_command_that_is_shown_does_the_same_again(saklar, write):
    first = json.loads(saklar("play", write(MANY), "--chaos", 4, "--json").stdout)
    case = next(case for case in first["cases"] if case["faults"])
    words = case["rerun"].removeprefix("saklar ").split()
    (again,) = json.loads(saklar(*words, "--json").stdout)["cases"]
    assert (again["verdict"], again["faults"]) == (case["verdict"], case["faults"])
    assert words[2:] == ["--seed", "4", "--chaos", "4"]


def test_cases_at_once_are_hit_as_one_by_one(saklar, write):
    runs = (saklar("play", write(MANY), "--chaos", 2, "--parallel", n, "--json").stdout for n in (1, 8))
    alone, at_once = ([case["faults"] for case in json.loads(run)["cases"]] for run in runs)
    assert alone == at_once
    assert any(alone)


def test_it_works_in_real_time(saklar, write):
    run = saklar(
        "play",
        write(GOOD),
        "--chaos",
        1,
        "--chaos-percent",
        100,
        "--chaos-faults",
        "split",
        "--real-time",
    )
    assert run.returncode == 0, run.stdout
    assert "chaos 1: " in run.stdout


def test_a_dry_run_plays_nothing(saklar, write):
    run = saklar("play", write(GOOD), "--chaos", 1, "--dry-run")
    assert (run.returncode, run.stdout.splitlines()[-1]) == (0, "1 cases, nothing wrong with them")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--chaos", "x"), "Invalid value for '--chaos'"),
        (("--chaos", "-1"), "Invalid value for '--chaos'"),
        (("--chaos", "1.5"), "Invalid value for '--chaos'"),
        (("--chaos", "1", "--chaos-percent", "101"), "Invalid value for '--chaos-percent'"),
        (("--chaos", "1", "--chaos-percent", "nan"), "Invalid value for '--chaos-percent'"),
        (("--chaos-percent", "5"), "--chaos-percent is about --chaos"),
        (("--chaos-faults", "drop"), "--chaos-faults is about --chaos"),
        (("--chaos", "1", "--chaos-faults", "drop,dely"), "'dely' is no fault; did you mean delay?"),
        (("--chaos", "1", "--chaos-faults", ","), "no fault is named; there are: delay, "),
        (("--chaos", "1", "--rate", "1/s", "--for", "1s"), "--chaos is about cases, and --for plays a load"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused(saklar, write, arguments, said):
    run = saklar("play", write(GOOD), *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_an_interrupt_gives_the_report_of_what_ran_so_far(tmp_path, write):
    code, output = interrupted(tmp_path, write, "--chaos", "1", "--chaos-percent", "0")
    assert code == 130
    assert "1 of 2 cases passed, 1 error" in output
    assert "chaos 1: 0 faults in 0 cases; interrupted" in output


def test_watch_plays_it_with_its_chaos(write, tmp_path):
    write(GOOD)
    command = [
        SAKLAR,
        "play",
        "x.scenario",
        "--watch",
        "--chaos",
        "1",
        "--chaos-percent",
        "0",
        "--chaos-faults",
        "drop",
    ]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, process_group=0) as watching:
        said = until_watching(watching)
        os.killpg(watching.pid, signal.SIGINT)
        watching.wait()
    assert "1 of 1 cases passed" in said and "chaos 1: 0 faults" in said
