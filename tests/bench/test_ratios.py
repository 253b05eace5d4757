import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.bench.ratios import ratio_of

RATES = st.floats(1, 1e6)


def test_a_ratio_is_the_geometric_mean_of_the_pairs():
    assert ratio_of([2, 8], [1, 1]).value == pytest.approx(4)


def test_what_hits_a_whole_round_leaves_the_interval_narrow():
    ratio = ratio_of([100, 50, 10, 80], [200, 100, 20, 160])
    assert (ratio.low, ratio.value, ratio.high) == pytest.approx((0.5, 0.5, 0.5))
    assert ratio.is_clear


def test_a_ratio_around_one_is_not_clear():
    assert not ratio_of([9, 11, 10, 10, 12], [10, 10, 11, 9, 10]).is_clear


def test_one_pair_has_no_interval():
    assert str(ratio_of([3], [2])) == "1.50"
    assert not ratio_of([3], [2]).is_clear


def test_in_a_narrow_column_a_ratio_has_the_wider_half_of_its_interval():
    assert ratio_of([100, 50, 10, 80], [200, 100, 20, 160]).short == "0.50 ±0.00"
    assert ratio_of([3], [2]).short == "1.50"


def test_nothing_to_divide_by_is_no_ratio():
    assert ratio_of([3, 4], [2, 0]).value == 0


def test_rounds_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError):
        ratio_of([1, 2], [1])


@given(st.lists(st.tuples(RATES, RATES), min_size=2, max_size=8))
def test_the_interval_holds_the_mean_and_is_inside_the_pairs(pairs):
    ours, theirs = zip(*pairs, strict=True)
    ratio = ratio_of(ours, theirs)
    each = [mine / its for mine, its in pairs]
    assert min(each) <= ratio.low * (1 + 1e-9)
    assert ratio.low <= ratio.value * (1 + 1e-9)
    assert ratio.value <= ratio.high * (1 + 1e-9)
    assert ratio.high <= max(each) * (1 + 1e-9)


@given(st.lists(st.tuples(RATES, RATES), min_size=1, max_size=6))
def test_turned_round_it_is_one_over_it(pairs):
    ours, theirs = zip(*pairs, strict=True)
    assert ratio_of(ours, theirs).value * ratio_of(theirs, ours).value == pytest.approx(1)
