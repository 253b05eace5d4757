"""What is said of a long run, from its intervals."""

import json
from contextlib import contextmanager

import pytest

from saklar.bench.contenders import contender
from saklar.bench.load import Result, Tally
from saklar.bench.soak import Endurance, Soak, drift_in, soak


def soaked(memories, *, drift_percent=2.0, **facts):
    tally = Tally("0200")
    result = Result(loop="open", seconds=10.0 * len(memories), tallies=[tally], **facts)
    for memory in memories:
        tally.micros += [1_000] * 10
        result.settle(10.0, memory, 0.5)
    plan = Endurance(result.seconds, 1.0, drift_percent=drift_percent)
    return Soak("strict", plan, 1.0, result, {})


STEADY = [100_000_000] * 20
GROWING = [100_000_000 + 500_000 * number for number in range(20)]


def test_memory_that_stays_is_flat():
    result = soaked(STEADY)
    assert result.is_flat
    assert result.ok
    assert result.verdict.startswith("memory: flat: +0.00 % from 100.0 to 100.0 MB")


def test_memory_that_grows_is_named_and_is_not_ok():
    result = soaked(GROWING)
    assert "GROWS" in result.verdict
    assert not result.ok


def test_how_much_it_may_grow_can_be_said():
    assert soaked(GROWING, drift_percent=20).ok


def test_the_first_tenth_is_not_settled():
    result = soaked([10_000_000, 50_000_000, *STEADY])
    assert result.is_flat
    assert drift_in(result.result.intervals, "rss_bytes").points == 20


def test_a_process_that_is_not_known_is_not_judged():
    result = soaked([None] * 20)
    assert result.is_flat is None
    assert "--pid" in result.verdict
    assert result.ok


def test_too_short_a_run_is_not_judged():
    assert "too few settled intervals" in soaked(STEADY[:3]).verdict


def test_a_fault_is_not_ok_however_flat():
    assert not soaked(STEADY, faults={"no answer": 1}).ok


def test_the_document_has_a_series_and_drifts():
    document = json.loads(json.dumps(soaked(GROWING).as_document()))
    assert document["mode"] == "soak"
    assert document["drifts"]["rss_bytes"]["percent"] > 2
    assert set(document["intervals"][0]) >= {"at_s", "tps", "p50_ms", "p99_ms", "rss_bytes", "cpu_share"}


@pytest.mark.timeout(120)
def test_a_run_that_is_stopped_reports_what_it_has():
    stops = []

    @contextmanager
    def guard(stop):
        stops.append(stop)
        yield

    def tell(_, result):
        if result.intervals:
            stops[0]()

    result = soak(contender("raw"), Endurance(3_600.0, 50.0, 2, interval_s=0.2), tell, guard)
    assert 0 < result.result.seconds < 3_600
    assert result.result.intervals[0].rss_bytes > 0
    assert not result.as_document()["complete"]
