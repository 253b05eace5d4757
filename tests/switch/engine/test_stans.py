from hypothesis import given
from hypothesis import strategies as st

from saklar.switch.engine.stans import LAST_STAN, Stans


def test_numbers_go_round_and_are_never_zero():
    stans = Stans(LAST_STAN - 1)
    assert [stans.take(()) for _ in range(3)] == ["999999", "000001", "000002"]


def test_numbers_in_flight_are_passed_over():
    assert Stans(0).take({"000001", "000002", "000004"}) == "000003"


@given(st.integers(0, 10**7), st.integers(1, 300))
def test_no_number_is_given_twice_while_in_flight(start, count):
    stans, in_flight = Stans(start), set()
    for _ in range(count):
        stan = stans.take(in_flight)
        assert stan not in in_flight
        assert 1 <= int(stan) <= LAST_STAN
        in_flight.add(stan)
