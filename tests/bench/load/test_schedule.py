import itertools
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.bench.load.schedule import by_weight
from saklar.network_sim.arrivals import arrivals


def first(iterator, count):
    return list(itertools.islice(iterator, count))


def test_equal_times_do_not_drift():
    times = first(arrivals(3.0, poisson=False, rng=random.Random(1)), 3_001)
    assert times[3_000] == pytest.approx(1_000, abs=1e-9)
    assert times[1] - times[0] == pytest.approx(1 / 3)


def test_independent_arrivals_come_at_the_rate_in_the_mean():
    times = first(arrivals(50.0, poisson=True, rng=random.Random(1)), 20_001)
    assert times[-1] == pytest.approx(400, rel=0.03)


def test_pauses_between_independent_arrivals_are_exponential():
    times = first(arrivals(1.0, poisson=True, rng=random.Random(1)), 20_001)
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    # Of an exponential distribution, 1/e are above the mean.
    assert sum(pause > 1 for pause in pauses) / len(pauses) == pytest.approx(0.3679, abs=0.02)


def test_the_same_seed_is_the_same_schedule():
    one, other = (first(arrivals(9.0, poisson=True, rng=random.Random(7)), 50) for _ in range(2))
    assert one == other


@given(st.lists(st.floats(0.5, 20), min_size=1, max_size=12), st.integers())
def test_items_come_by_weight(weights, seed):
    drawn = Counter(first(by_weight(list(enumerate(weights)), random.Random(seed)), 1_000))
    for item, weight in enumerate(weights):
        assert drawn[item] == pytest.approx(1_000 * weight / sum(weights), abs=2)


def test_every_item_of_many_comes():
    items = [(number, 1.0) for number in range(700)]
    assert len(set(first(by_weight(items, random.Random(1)), 2_800))) == 700


def test_items_come_mixed():
    drawn = first(by_weight([("a", 1), ("b", 1)], random.Random(1)), 100)
    assert 30 < sum(one != other for one, other in itertools.pairwise(drawn)) < 70
