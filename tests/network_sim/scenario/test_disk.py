"""A disk that fails or freezes: what a scenario can do to it, and that nothing ever waits for it for good."""

import pytest
import trio

from saklar.network_sim.scenario import Options, play
from saklar.network_sim.scenario.disk import Disk, threads_at_work
from saklar.switch.journal.thread import CallThread

from .conftest import NETWORK

BUY = "acq1 sends 0200 purchase card blue no-pin\n"
RULED = NETWORK.replace("  bins 510000-559999\n", "  bins 510000-559999\n  on 0200 answer 39=00\n")


@pytest.fixture(autouse=True)
def no_disk_holds_anybody_afterwards():
    yield
    assert Disk.holding() == 0


def test_time_goes_on_while_a_disk_is_frozen(played):
    result = played(
        f"disk freezes\n{BUY}acq1 expects nothing for 20 s\ndisk resumes\nacq1 expects 0210 39=00", network=RULED
    )
    assert result.verdict == "passed", result.failures
    assert result.duration_s == pytest.approx(20, abs=0.2)


def test_a_disk_that_freezes_for_a_time_thaws_by_itself(played):
    steps = f"meanwhile\n  disk freezes for 5 s\n{BUY}acq1 expects nothing for 4 s\nacq1 expects 0210 39=00 within 2 s"
    assert played(steps, network=RULED).verdict == "passed"


def test_a_case_that_fails_while_the_disk_is_frozen_ends(played):
    result = played(f"disk freezes\n{BUY}acq1 expects 0210 within 5 s", network=RULED)
    assert [failure.message for failure in result.failures] == ["no 0210 came to acq1 within 5 s"]


def test_a_case_that_ends_while_the_disk_is_frozen_ends(played):
    assert played(f"disk freezes\n{BUY}acq1 allows anything\nwait 5 s", network=RULED).verdict == "passed"


def test_a_frozen_disk_that_fails_then_holds_up_and_then_fails(played):
    steps = f"disk freezes\n{BUY}wait 1 s\ndisk fails\nacq1 expects nothing for 1 s\ndisk resumes\nacq1 expects 0210 39=96 within 1 s"
    assert played(steps, network=RULED).verdict == "passed"


def test_a_switch_does_not_start_on_a_frozen_disk(played):
    result = played("disk freezes\nswitch dies\nswitch starts")
    assert (result.verdict, result.failures[0].message) == ("error", "the switch cannot be started: its disk is frozen")


def test_a_switch_that_a_frozen_disk_keeps_from_ending_is_not_waited_for_without_end(played):
    result = played(f"disk freezes\n{BUY}wait 1 s\nswitch drains", network=RULED)
    assert result.verdict == "error"
    assert result.failures[0].message == "the switch does not end within 61 s: its disk is frozen"


def test_a_switch_that_drains_ends_when_the_disk_thaws(played):
    steps = f"disk freezes\n{BUY}wait 1 s\nmeanwhile\n  switch drains\nwait 10 s\ndisk resumes\nacq1 expects disconnect within 1 s\nacq1 allows anything"
    assert played(steps, network=RULED).verdict == "passed"


def test_what_a_frozen_disk_held_back_from_a_switch_that_died_is_not_in_the_journal(played):
    steps = f"{BUY}iss1 expects 0200\ndisk freezes\niss1 answers 39=00\nwait 1 s\nswitch dies\ndisk resumes\njournal of acq1's 0200: state=forwarding"
    assert played(steps).verdict == "passed"


def test_disks_of_cases_at_once_do_not_thaw_each_other(cases_of):
    text = "\n".join(
        f'scenario "{n}"\ndisk freezes\n{BUY}acq1 expects nothing for {n} s\ndisk resumes\nacq1 expects 0210 39=00 within 100 ms'
        for n in range(1, 9)
    )
    result = play(cases_of(f"{RULED}\n{text}\n"), Options(seed=1, parallel=8))
    assert [case.verdict for case in result.cases] == ["passed"] * 8


async def test_who_waits_for_a_frozen_disk_is_not_at_work_and_is_when_it_thaws():
    disk = Disk()
    disk.freeze()
    with CallThread("test") as thread:
        thread.start(disk.write)
        while not Disk.holding():
            await trio.lowlevel.checkpoint()
        held = threads_at_work()
        disk.thaw()
        thawed = threads_at_work()
        await thread.finished()
        thread.result()
    assert (held, thawed, threads_at_work()) == (False, True, False)


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ("disk freezs", "disk freezs … is no step", "did you mean freezes?"),
        ("disk resume", "disk resume … is no step", "did you mean resumes?"),
        ("disk thaws", "disk thaws … is no step", "there are: fails, freezes, recovers, resumes"),
        ("disk drains", "the disk cannot do that", "it fails, freezes, recovers, resumes"),
    ],
)
def test_what_a_disk_cannot_do_is_refused_with_what_it_can(problems_of, line, said, hint):
    (problem,) = problems_of(f'{NETWORK}\nscenario "x"\n{line}\n')
    assert (problem.message, problem.hint) == (said, hint)
