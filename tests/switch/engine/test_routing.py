import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.switch.engine import BinRange, RouteError, RoutingTable

digits = st.text("0123456789", min_size=1)


def table(*ranges):
    return RoutingTable(BinRange.parse(text, issuer) for text, issuer in ranges)


def issuer(routes, pan):
    found = routes.find(pan)
    return found and found.issuer


def test_a_prefix_owns_the_pans_that_begin_with_it():
    routes = table(("400000", "a"))
    assert issuer(routes, "4000000000000002") == "a"
    assert issuer(routes, "4000010000000002") is None


def test_a_range_includes_both_its_ends():
    routes = table(("510000-559999", "b"))
    assert [issuer(routes, pan) for pan in ("5100000000000008", "5599999999999999")] == ["b", "b"]
    assert [issuer(routes, pan) for pan in ("5099999999999999", "5600000000000000")] == [None, None]


def test_the_longest_match_wins():
    routes = table(("400000-499999", "wide"), ("41234567", "narrow"), ("41234567890", "narrowest"))
    assert issuer(routes, "4123456700000000") == "narrow"
    assert issuer(routes, "4123456789000000") == "narrowest"
    assert issuer(routes, "4123456600000000") == "wide"


def test_a_pan_shorter_than_a_range_does_not_match_it():
    assert issuer(table(("41234567890", "a")), "4123456789") is None


def test_ranges_of_one_length_that_overlap_are_refused_by_name():
    with pytest.raises(RouteError, match=r"400000-409999 \(a\) and 405000 \(b\)"):
        table(("400000-409999", "a"), ("405000", "b"))


@pytest.mark.parametrize("text", ["40000", "400000000000", "4000x0", "", "400000-", "400000-5000000", "500000-400000"])
def test_what_is_no_bin_range_is_refused(text):
    with pytest.raises(RouteError):
        BinRange.parse(text, "a")


@given(
    st.sets(st.text("0123456789", min_size=6, max_size=11), max_size=30),
    st.text("0123456789", min_size=12, max_size=19),
)
def test_finds_what_a_search_of_every_prefix_finds(bins, pan):
    routes = RoutingTable(BinRange(text, text, text) for text in bins)
    longest = max((b for b in bins if pan.startswith(b)), key=len, default=None)
    assert issuer(routes, pan) == longest
