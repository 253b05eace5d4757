import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.bench.drift import LEAST, drift_of

VALUES = st.lists(st.floats(1.0, 1e9), min_size=LEAST, max_size=60)


def test_a_line_drifts_from_its_first_point_to_its_last():
    drift = drift_of([(time, 100.0 + time) for time in range(11)])
    assert (drift.first, drift.last, drift.percent, drift.points) == pytest.approx((100, 110, 10, 11))


def test_what_stays_does_not_drift():
    assert drift_of([(time, 7.0) for time in range(20)]).percent == 0


def test_outliers_do_not_bend_the_line():
    points = [(time, 100.0 + (400.0 if time % 5 == 0 else 0.0)) for time in range(60)]
    assert abs(drift_of(points).percent) < 0.5


def test_noise_hides_no_growth():
    rng = random.Random(1)
    points = [(time, 100.0 + 0.05 * time + rng.uniform(-1, 1)) for time in range(200)]
    assert drift_of(points).percent == pytest.approx(10, abs=1)


def test_growth_over_the_limit_is_not_flat_and_what_shrinks_is():
    growing = drift_of([(time, 100.0 + time * 0.3) for time in range(11)])
    shrinking = drift_of([(time, 100.0 - time) for time in range(11)])
    assert growing.is_flat(3.1)
    assert not growing.is_flat(2.9)
    assert shrinking.is_flat(0)


def test_hours_are_thinned_and_say_the_same():
    drift = drift_of([(time * 10, 1e6 + time * 10) for time in range(3_000)])
    assert drift.percent == pytest.approx(3.0, abs=0.05)
    assert drift.points == 3_000


@pytest.mark.parametrize("points", [[], [(1.0, 1.0)] * (LEAST - 1), [(1.0, 1.0)] * LEAST])
def test_too_little_is_no_drift(points):
    assert drift_of(points) is None


@given(VALUES, st.floats(0.1, 10))
def test_a_drift_in_percent_does_not_depend_on_the_unit(values, factor):
    one = drift_of(list(enumerate(values)))
    other = drift_of([(time, value * factor) for time, value in enumerate(values)])
    assert other.percent == pytest.approx(one.percent, rel=1e-6, abs=1e-3)
