"""Scales: every value has its place, in order, and ticks are inside and where people expect them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.bench.report.scale import Linear, Log, Nines, Time

MAKERS = {"linear": Linear.over, "log": Log.over, "nines": Nines.over, "time": Time.over}
ANY = st.floats(-1e12, 1e12, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-6)
POSITIVE = st.floats(1e-6, 1e12, allow_nan=False)
PERCENTILES = st.floats(0, 100, allow_nan=False)
KINDS = [
    ("linear", st.lists(ANY, max_size=20)),
    ("log", st.lists(POSITIVE, max_size=20)),
    ("nines", st.lists(PERCENTILES, max_size=20)),
    ("time", st.lists(st.floats(0, 1e8), max_size=20)),
]
each_kind = pytest.mark.parametrize(("kind", "values"), KINDS, ids=[kind for kind, _ in KINDS])


@each_kind
@given(data=st.data())
def test_every_value_is_within_the_plot_and_they_are_in_order(kind, values, data):
    found = sorted(data.draw(values))
    scale = MAKERS[kind](found)
    places = [scale.at(value) for value in found]
    assert all(0 <= place <= 1 for place in places)
    assert places == sorted(places)


@each_kind
@given(data=st.data())
def test_ticks_are_inside_and_rise_and_no_two_say_the_same(kind, values, data):
    scale = MAKERS[kind](data.draw(values))
    ticks = scale.ticks
    assert 1 <= len(ticks) <= 30
    places = [scale.at(value) for value, _ in ticks]
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in places)
    assert all(before < after for before, after in itertools.pairwise(places))
    assert len({label for _, label in ticks}) == len(ticks)


@given(st.lists(POSITIVE, min_size=2, max_size=20, unique=True))
def test_a_linear_scale_begins_and_ends_at_ticks(values):
    scale = Linear.over(values)
    values_of_ticks = [value for value, _ in scale.ticks]
    assert values_of_ticks[0] == pytest.approx(scale.low) and values_of_ticks[-1] == pytest.approx(scale.high)


def labels(scale):
    return [label for _, label in scale.ticks]


def test_linear_ticks_are_round():
    assert labels(Linear.over([3, 970])) == ["0", "200", "400", "600", "800", "1,000"]
    assert labels(Linear.over([0.1, 0.24])) == ["0.00", "0.05", "0.10", "0.15", "0.20", "0.25"]


def test_a_linear_scale_of_one_value_has_room_around_it():
    scale = Linear.over([5.0], from_zero=False)
    assert 0 < scale.at(5.0) < 1


def test_log_ticks_are_1_2_5_over_few_decades_and_powers_over_many():
    assert labels(Log.over([0.6, 18])) == ["0.5", "1", "2", "5", "10", "20"]
    assert labels(Log.over([0.03, 30_000])) == ["0.1", "1", "10", "100", "1,000", "10,000"]


def test_equal_ratios_have_equal_room_on_a_log_scale():
    scale = Log.over([1, 100])
    assert scale.at(10) == pytest.approx(0.5)


def test_what_a_log_scale_cannot_have_is_at_its_low_end():
    assert Log.over([0, -3, 10]).at(0) == 0


def test_each_nine_has_the_same_room():
    scale = Nines.over([0, 99.99])
    assert [scale.at(value) for value in (0, 90, 99, 99.9, 99.99)] == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert labels(scale) == ["0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %"]


def test_the_maximum_is_at_the_end_of_nines():
    assert Nines.over([50, 99.5, 100]).at(100) == 1


@pytest.mark.parametrize(
    ("high", "expected"),
    [
        (20, ["0", "5 s", "10 s", "15 s", "20 s"]),
        (150, ["0", "30 s", "60 s", "90 s", "120 s", "150 s"]),
        (1_800, ["0", "5 min", "10 min", "15 min", "20 min", "25 min", "30 min"]),
        (20_000, ["0", "1 h", "2 h", "3 h", "4 h", "5 h"]),
    ],
)
def test_time_ticks_are_whole_seconds_minutes_or_hours(high, expected):
    assert labels(Time.over([high])) == expected
