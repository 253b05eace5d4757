"""Latencies are counted a few at a time, and none is lost or counted twice."""

from hypothesis import given
from hypothesis import strategies as st

from saklar.bench.load.tally import AT_A_TIME, Tally
from saklar.network_sim.latencies import Latencies


def test_a_few_wait_for_more():
    tally = Tally("0200", [1000] * (AT_A_TIME - 1))
    tally.count()
    assert len(tally.micros) == AT_A_TIME - 1


def test_enough_are_counted():
    tally = Tally("0200", [1000] * AT_A_TIME)
    tally.count()
    assert tally.micros == []


def test_what_an_interval_left_is_said_once():
    tally = Tally("0200", [1000, 2000])
    assert [dict(tally.settle().counts), dict(tally.settle().counts)] == [{1000: 1, 2000: 1}, {}]


@given(st.lists(st.lists(st.integers(1, 10**7), max_size=5), max_size=5))
def test_portions_make_up_the_whole(portions):
    tally, whole = Tally("0200"), Latencies()
    for portion in portions:
        tally.micros += portion
        tally.count(at_least=3)
        whole.add(portion)
    assert tally.settle().counts == whole.counts
    assert tally.latencies.counts == whole.counts
