"""The search for the highest rate that holds, against targets that are a function of the rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.bench.search import HIGHEST, LOWEST, Found, Trial, Verdict, rounded, search

HOLDS, FAILS, UNKNOWN = Verdict


def searched(behave, start=500.0, precision=0.05):
    """What is found, and what was tried; `behave` judges a trial."""
    tries, seeking = [], search(start, precision=precision)
    trial = next(seeking)
    while len(tries) < 200:
        tries.append(trial)
        try:
            trial = seeking.send(behave(trial))
        except StopIteration as end:
            return end.value, tries
    raise AssertionError("the search does not end")


def up_to(capacity, above=FAILS):
    return lambda trial: HOLDS if trial.rate <= capacity else above


@given(st.floats(LOWEST, HIGHEST / 4), st.floats(LOWEST, HIGHEST))
def test_what_is_found_is_within_the_precision_below_the_capacity(capacity, start):
    found, _ = searched(up_to(capacity), start)
    if found.rate is None:
        assert capacity < LOWEST * 2
    else:
        assert found.rate <= capacity <= found.rate * 1.07
    assert not found.by_load


def test_it_doubles_until_a_rate_fails_and_halves_the_ratio_then():
    _, tries = searched(up_to(1_500))
    assert [trial.rate for trial in tries][:4] == [500, 1_000, 2_000, 1_410]


def test_it_halves_first_where_the_first_rate_fails():
    found, tries = searched(up_to(60))
    assert [trial.rate for trial in tries][:5] == [500, 250, 125, 62.5, 31.2]
    assert found.rate == pytest.approx(60, rel=0.06)


def test_the_result_is_confirmed_and_nothing_else_is():
    found, tries = searched(up_to(3_000))
    assert [trial for trial in tries if trial.confirms] == [Trial(found.rate, confirms=True)]
    assert tries[-1].confirms


def test_what_does_not_hold_for_long_is_stepped_down_from_until_it_does():
    found, tries = searched(lambda trial: up_to(2_500 if trial.confirms else 3_000)(trial))
    assert 2_500 / 1.07 <= found.rate <= 2_500
    confirmations = [trial.rate for trial in tries if trial.confirms]
    assert confirmations == sorted(confirmations, reverse=True)
    assert len(confirmations) > 1


def test_what_never_holds_for_long_is_not_found():
    found, _ = searched(lambda trial: FAILS if trial.confirms else HOLDS if trial.rate < 900 else FAILS)
    assert found.rate is None


def test_a_target_that_is_never_in_time_has_no_rate():
    assert searched(lambda _: FAILS)[0] == Found(None, by_load=False)


def test_a_run_that_says_nothing_is_tried_again_once():
    said = []

    def behave(trial):
        said.append(trial.rate)
        return UNKNOWN if said.count(1_000) == 1 and trial.rate == 1_000 else up_to(1_200)(trial)

    found, tries = searched(behave)
    assert [trial.rate for trial in tries].count(1_000) == 2
    assert found == Found(pytest.approx(1_200, rel=0.07), by_load=False)


def test_where_the_load_is_the_bottleneck_the_result_says_so():
    found, _ = searched(up_to(4_000, above=UNKNOWN))
    assert found.rate == pytest.approx(4_000, rel=0.07)
    assert found.by_load


def test_a_target_that_takes_anything_is_found_at_the_end_of_the_scale():
    found, _ = searched(lambda _: HOLDS)
    assert HIGHEST / 2 < found.rate <= HIGHEST
    assert found.by_load


@given(st.floats(LOWEST, HIGHEST))
def test_rates_are_said_in_three_digits(rate):
    assert rounded(rate) == pytest.approx(rate, rel=0.005)
    assert len(f"{rounded(rate):.0e}") <= 5
