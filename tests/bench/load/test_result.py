import json
import math

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from saklar.bench.load import Latencies, Result, Tally
from saklar.bench.load.tally import HIGHEST_US
from saklar.network_sim.latencies import bucket_of

LATENCIES = st.lists(st.integers(0, HIGHEST_US), min_size=1, max_size=200)


def result_of(*milliseconds, code="00", seconds=1.0):
    tally = Tally("0200")
    tally.micros += [round(value * 1000) for value in milliseconds]
    tally.codes[code] += len(milliseconds)
    result = Result(seconds=seconds, tallies=[tally])
    result.settle()
    return result


@given(st.integers(1, HIGHEST_US))
def test_a_bucket_is_off_by_less_than_a_thousandth(latency):
    assert 0 <= latency - bucket_of(latency) <= latency / 1000


@given(LATENCIES, st.lists(st.fractions(0, 100, max_denominator=1000), min_size=1))
def test_a_percentile_is_the_lowest_that_so_many_do_not_exceed(values, percentiles):
    latencies = Latencies()
    latencies.add(values)
    ordered = sorted(map(bucket_of, values))
    percentiles.sort()
    for percentile, found in zip(percentiles, latencies.percentile_ms(*map(float, percentiles)), strict=True):
        rank = max(1, math.ceil(len(values) * percentile / 100))
        assert found == ordered[rank - 1] / 1000


@given(LATENCIES)
def test_the_histogram_for_other_programs_has_every_latency(values):
    latencies = Latencies()
    latencies.add(values)
    decoded = HdrHistogram.decode(latencies.histogram().encode())
    assert decoded.get_total_count() == len(values)


@given(LATENCIES, LATENCIES)
def test_merging_is_counting_both(one, other):
    merged, both = Latencies(), Latencies()
    for values in (one, other):
        part = Latencies()
        part.add(values)
        merged.merge(part)
        both.add(values)
    assert merged.counts == both.counts


def test_percentiles_are_of_what_was_recorded():
    result = result_of(*range(1, 101), seconds=2.0)
    assert result.percentile_ms(50) == pytest.approx(50, rel=0.01)
    assert result.percentile_ms(99) == pytest.approx(99, rel=0.01)
    assert result.percentile_ms(100) == pytest.approx(100, rel=0.01)
    assert result.tps == 50


def test_a_run_without_answers_is_not_good():
    assert not Result(seconds=1.0).ok


def test_a_fault_spoils_a_run():
    result = result_of(1)
    assert result.ok
    result.faults["no answer"] += 1
    assert not result.ok


def test_a_second_is_summed_up_on_its_own():
    result = result_of(1, 1, 1)
    result.tallies[0].micros += [9000]
    result.settle()
    assert [(second.answers, second.max_ms) for second in result.intervals] == [(3, 1.0), (1, 9.0)]
    assert result.answers == 4


def test_the_document_is_json_and_says_that_the_loop_is_closed():
    document = json.loads(json.dumps(result_of(1, code="51").as_document()))
    assert document["loop"] == "closed"
    assert document["response_codes"] == {"51": 1}
    assert set(document["latency_ms"]) >= {"p50", "p95", "p99", "p100"}


def test_percentiles_are_told_as_far_as_there_are_answers_and_end_with_the_highest():
    percentiles = result_of(*[1] * 100, 5).as_document()["percentiles"]
    assert percentiles[0] == [0.0, 1.0]
    assert percentiles[-2][0] == pytest.approx(99.0)
    assert percentiles[-1] == [100.0, 5.0]


def test_intervals_follow_each_other_and_say_what_the_target_used():
    result = result_of(1, 1)
    result.settle(0.5, 1_000, 0.25)
    assert [(each.at_s, each.answers, each.rss_bytes) for each in result.intervals] == [(1.0, 2, None), (1.5, 0, 1_000)]
    assert json.loads(json.dumps(result.as_document()))["intervals"][1]["cpu_share"] == 0.25
