"""Cases played under chaos: what a fault excuses and what not, the same faults for a seed, and what is said of them."""

import json
import re

import pytest

from saklar.network_sim.scenario import Options, load_cases, play, reports
from saklar.network_sim.scenario.chaos import KINDS, Chaos
from saklar.network_sim.scenario.result import MessageEvent
from saklar.network_sim.scenario.telling import case_line, explanation, summary

from .conftest import NETWORK
from .test_library import LIBRARY

RULED = NETWORK.replace(
    "  bins 510000-559999\n", "  bins 510000-559999\n  on 0200 answer 39=00\n  on 0420|0421 answer 39=00\n"
)
BUY = "acq1 sends 0200 purchase card blue no-pin\nacq1 expects 0210 39=00 within 5 s\n"
WRONG = "acq1 sends 0200 purchase card blue no-pin\nacq1 expects 0210 39=51 within 5 s\n"


def cases_text(*steps, network=RULED):
    return network + "".join(f'\nscenario "{n}"\n{each}' for n, each in enumerate(steps))


@pytest.fixture
def chaotic(cases_of):
    """Play the steps of one scenario under chaos, and give its result."""

    def run(steps, chaos, **options):
        (result,) = play(cases_of(cases_text(steps)), Options(seed=1, chaos=chaos, **options)).cases
        return result

    return run


def hit(chaotic, steps, kinds, seeds=range(40), percent=50.0):
    """A result of these steps in which a fault of these kinds has disturbed something."""
    results = (chaotic(steps, Chaos(seed, percent, kinds)) for seed in seeds)
    return next(result for result in results if result.verdict == "disturbed")


# The verdict.


def test_what_a_fault_hits_is_disturbed_and_not_failed(chaotic):
    result = hit(chaotic, BUY, ("drop",))
    assert [fault.what for fault in result.faults] == ["drop"] * len(result.faults)
    assert "no 0210 came to acq1" in result.failures[0].message


def test_what_a_fault_hits_and_does_not_change_has_passed(chaotic):
    result = chaotic(BUY, Chaos(1, 100.0, ("split",)))
    assert (result.verdict, len(result.faults)) == ("passed", 2)


@pytest.mark.parametrize(("steps", "verdict"), [(BUY, "passed"), (WRONG, "failed"), ("bank answers 39=00\n", "error")])
def test_where_no_fault_hits_the_verdict_is_as_without(chaotic, steps, verdict):
    result = chaotic(steps, Chaos(1, 0.0))
    assert (result.verdict, result.faults) == (verdict, ())


def test_what_no_fault_hit_fails_beside_what_one_did(cases_of):
    cases = cases_of(cases_text(*[WRONG] * 12))
    verdicts = {bool(case.faults): case.verdict for case in play(cases, Options(seed=1, chaos=Chaos(3, 10.0))).cases}
    assert verdicts == {False: "failed", True: "disturbed"}


def test_what_cannot_be_played_for_a_fault_is_disturbed(chaotic):
    steps = "iss1 sends 0800 echo-test\nacq1 signs on\n" + BUY
    result = hit(chaotic, steps, ("drop",), percent=30.0)
    assert result.faults


def test_a_run_passes_with_what_is_disturbed(cases_of):
    run = play(cases_of(cases_text(BUY)), Options(seed=1, chaos=Chaos(1, 100.0, ("drop",))))
    assert (run.passed, run.count("disturbed")) == (True, 1)


def test_the_parties_rules_come_before_chaos(chaotic):
    result = chaotic(f"iss1 now sending 0210 delay 2 s\n{BUY}", Chaos(1, 100.0, ("drop",)))
    assert not [fault for fault in result.faults if (fault.party, fault.way, fault.mti) == ("iss1", "sending", "0210")]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_network_keeps_its_promises_under(chaotic, kind):
    verdicts = [chaotic(BUY * 3, Chaos(seed, 60.0, (kind,))).verdict for seed in range(3)]
    assert set(verdicts) <= {"passed", "disturbed"}


@pytest.mark.parametrize(
    "steps",
    [
        "switch dies\n", "hsm dies\n", "hsm freezes\n", "disk fails\n", "disk freezes\n", "iss1 dies\n", "iss1 refuses\n",
        "iss1 freezes\n", "iss1 goes half-open\n", "iss1 now sending freeze\n", "iss1 now on 0420|0421 silence\n",
        "iss1 signs off\n", "acq1 disconnects\n", "acq1 goes half-open\n", "switch drains\n", "acq1 signs off\n",
        "meanwhile\n  switch drains\ncheck a is b\n", "proxy tap at iss1\n  on 0210|0420|0421 drop\n",
    ],
)  # fmt: skip
def test_whatever_the_steps_leave_behind_is_mended_before_promises_are_looked_at(chaotic, steps):
    buy = "acq1 allows anything\niss1 allows anything\nacq1 sends 0200 purchase card blue no-pin\n"
    result = chaotic(steps + buy if steps.startswith("proxy") else buy + steps, Chaos(1, 0.0))
    assert not [failure.message for failure in result.failures if "promise" in failure.message]
    assert result.events[-1].what == "keeps its promises"


def test_an_issuer_that_no_step_answers_for_answers_reversals_when_chaos_is_over(cases_of):
    steps = "acq1 sends 0200 purchase card blue no-pin\niss1 expects 0200\nacq1 expects 0210 39=91\niss1 expects 0420\n"
    (result,) = play(cases_of(cases_text(steps, network=NETWORK)), Options(seed=1, chaos=Chaos(1, 0.0))).cases
    assert result.verdict == "passed", result.failures
    assert "0430" in [event.mti for event in result.events if isinstance(event, MessageEvent)]


def test_an_issuer_accepts_when_chaos_is_over_what_it_has_refused(cases_of):
    steps = "acq1 sends 0220 advice purchase 2=4000000000000099\nacq1 expects 0230 39=00\n"
    (result,) = play(cases_of(cases_text(steps)), Options(seed=1, chaos=Chaos(1, 0.0))).cases
    assert result.verdict == "passed", result.failures
    codes = [
        field.value
        for event in result.events
        if isinstance(event, MessageEvent) and event.sender == "bank"
        for field in event.fields
        if field.path == "39"
    ]
    assert codes[0] == "14" and "00" in codes


# The same again.


def told(run):
    return {case.id: (case.verdict, sorted(map(str, case.faults))) for case in run.cases}


# Of what happens at one instant of virtual time either may be first: these have nothing of that kind.
@pytest.mark.parametrize(("name", "seed"), [("timeout", 1), ("reversal", 2)])
def test_a_seed_does_the_same_again(name, seed):
    cases = load_cases([LIBRARY / f"{name}.scenario"])
    first, second = (play(cases, Options(seed=seed, chaos=Chaos(seed, 15.0))) for _ in range(2))
    assert first.faults > 10
    assert told(first) == told(second)


def test_a_case_alone_and_among_others_at_once_is_hit_alike():
    cases = load_cases([LIBRARY / "reversal.scenario"])
    options = {"seed": 3, "chaos": Chaos(3, 15.0)}
    together = told(play(cases, Options(**options, parallel=8)))
    chosen = next(case for case in cases if together[case.id][1])
    assert told(play([chosen], Options(**options)))[chosen.id] == together[chosen.id]


def test_the_command_that_plays_it_again_has_the_chaos(chaotic):
    result = chaotic(BUY, Chaos(9, 100.0, ("drop",)))
    assert result.rerun.endswith("--seed 1 --chaos 9 --chaos-percent 100 --chaos-faults drop")


@pytest.mark.parametrize("files", [["purchase", "saf"], ["disk", "crash"]])
def test_the_library_keeps_its_promises(files):
    run = play(load_cases([LIBRARY / f"{name}.scenario" for name in files]), Options(seed=11, chaos=Chaos(11, 20.0)))
    assert run.passed, "\n".join(explanation(case) for case in run.cases if case.verdict in ("failed", "error"))
    assert run.count("disturbed")


# Cases that share a network.

SHARED = RULED.replace("network saklar\n", "network saklar shared\n")


def test_on_a_shared_network_promises_are_looked_at_once_and_at_the_end(cases_of):
    run = play(cases_of(cases_text(BUY, BUY, BUY, network=SHARED)), Options(seed=1, chaos=Chaos(1, 0.0), parallel=2))
    looked = ["keeps its promises" in str(case.events) for case in run.cases]
    assert (run.count("passed"), looked.count(True)) == (3, 1)


def test_on_a_shared_network_a_fault_excuses_those_that_come_after_too(cases_of):
    cases = cases_of(cases_text(BUY, WRONG, network=SHARED))
    runs = (play(cases, Options(seed=1, chaos=Chaos(seed, 20.0, ("split",)))).cases for seed in range(40))
    first, second = next(pair for pair in runs if pair[0].faults and not pair[1].faults)
    assert (first.verdict, second.verdict) == ("passed", "disturbed")


# What is said of it.


@pytest.fixture
def run(cases_of):
    return play(cases_of(cases_text(BUY, BUY, BUY)), Options(seed=1, chaos=Chaos(5, 30.0, ("drop",))))


def test_text_says_which_faults_hit_which_case(run):
    case = next(case for case in run.cases if case.verdict == "disturbed")
    (fault, *_) = case.faults
    assert f"{fault.at_s:.3f} {fault.party} {fault.way} {fault.mti} 1st drop" in explanation(case)
    assert re.match(r"disturbed \S+:\d+  \d  .* fault", case_line(case))
    assert re.search(r", \d disturbed, .*; chaos 5: \d faults? in \d cases?$", summary(run))


def test_json_says_which_faults_hit_which_case(run):
    document = json.loads(reports.document(run))
    assert document["chaos"] == {"seed": 5, "percent": 30.0, "kinds": ["drop"]}
    assert document["totals"]["disturbed"] == run.count("disturbed") > 0
    said = [[f"{f['party']} {f['way']} {f['mti']}" for f in case["faults"]] for case in document["cases"]]
    assert said == [[f"{f.party} {f.way} {f.mti}" for f in case.faults] for case in run.cases]


def test_each_fault_is_an_event_of_its_case(run):
    for case in run.cases:
        events = {event.number: event for event in case.events}
        assert all(events[fault.event].subject == fault.party for fault in case.faults)


def test_the_page_says_which_faults_hit_which_case(run):
    page = reports.page(run)
    assert "seed 5, 30 % of the messages each way" in page
    assert all(str(fault) in page for case in run.cases for fault in case.faults)


def test_junit_skips_what_is_disturbed_and_says_which_faults_hit_which_case(run):
    text = reports.junit(run)
    assert text.count("<skipped") == run.count("disturbed") > 0
    assert text.count("<system-out>") == sum(bool(case.faults) for case in run.cases)
    assert '<property name="chaos" value="5" />' in text


def test_a_run_without_chaos_says_nothing_of_it(cases_of):
    run = play(cases_of(cases_text(BUY)), Options(seed=1))
    assert (run.chaos, run.faults) == (None, 0)
    assert "chaos" not in summary(run)
    assert "<dt>Chaos" not in reports.page(run)
    assert 'name="chaos' not in reports.junit(run)
