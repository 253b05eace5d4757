import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.switch.engine import BinRange, Facts, Route, RouteError, RoutingTable, mti_prefix

PURCHASE = Facts("0200", "00", "840", "north")


def route(*issuers, mti=(), **conditions):
    return Route(issuers, frozenset(map(mti_prefix, mti)), **{name: frozenset(v) for name, v in conditions.items()})


def table(*entries):
    """Of ranges and routes; an issuer alone is a route to it."""
    return RoutingTable((BinRange.parse(bins), way if isinstance(way, Route) else route(way)) for bins, way in entries)


def issuer(routes, pan, facts=PURCHASE):
    found = routes.find(pan, facts)
    return found and found.issuers[0]


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


def test_a_bin_may_begin_with_zero():
    routes = table(("000400", "a"))
    assert issuer(routes, "0004001234567890") == "a"
    assert [str(bin_range) for bin_range, _ in routes] == ["000400"]


@pytest.mark.parametrize("second", ["405000", "409999-410000", "400000"])
def test_ranges_of_one_length_that_overlap_are_refused_by_name(second):
    with pytest.raises(RouteError, match=r"400000-409999 \(a\)|400000-409999 \(b\)|400000 \(b\)") as caught:
        table(("400000-409999", "a"), (second, "b"))
    assert second in str(caught.value)


@pytest.mark.parametrize("text", ["40000", "400000000000", "4000x0", "", "400000-", "400000-5000000", "500000-400000"])
def test_what_is_no_bin_range_is_refused(text):
    with pytest.raises(RouteError):
        BinRange.parse(text)


@pytest.mark.parametrize(
    ("condition", "meets", "misses"),
    [
        ({"mti": ["0200"]}, PURCHASE, Facts("0100", "00", "840", "north")),
        ({"mti": ["02xx"]}, Facts("1220", None, None, "north"), Facts("0400", "00", "840", "north")),
        ({"processing": ["00", "01"]}, PURCHASE, Facts("0200", "20", "840", "north")),
        ({"currency": ["840"]}, PURCHASE, Facts("0200", "00", None, "north")),
        ({"acquirer": ["north"]}, PURCHASE, Facts("0200", "00", "840", "south")),
    ],
)
def test_a_route_takes_requests_that_meet_its_conditions(condition, meets, misses):
    routes = table(("400000", route("narrow", **condition)), ("400000", "other"))
    assert issuer(routes, "4000000000000002", meets) == "narrow"
    assert issuer(routes, "4000000000000002", misses) == "other"


def test_a_longer_range_wins_over_more_conditions():
    routes = table(("400000", route("a", currency=["840"], mti=["0200"])), ("4000001", "b"))
    assert issuer(routes, "4000001000000002") == "b"


def test_where_no_condition_is_met_a_shorter_range_is_tried():
    routes = table(("400000", "a"), ("4000001", route("b", currency=["360"])))
    assert issuer(routes, "4000001000000002") == "a"


def test_more_conditions_win_over_fewer():
    routes = table(
        ("400000", route("two", currency=["840"], processing=["00"])),
        ("400000", route("one", currency=["840"])),
        ("400000", "none"),
    )
    assert issuer(routes, "4000000000000002") == "two"
    assert issuer(routes, "4000000000000002", Facts("0200", "01", "840", "north")) == "one"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({}, {}),
        ({"currency": ["840"]}, {"currency": ["840", "978"]}),
        ({"currency": ["840"]}, {"processing": ["00"]}),
        ({"mti": ["02xx"]}, {"mti": ["0200"]}),
    ],
)
def test_routes_that_contradict_each_other_are_refused_by_name(one, two):
    with pytest.raises(RouteError, match=r"contradict each other: 400000 to a.*; and to b"):
        table(("400000", route("a", **one)), ("400000", route("b", **two)))


@pytest.mark.parametrize(
    ("one", "two"), [({"currency": ["840"]}, {"currency": ["978"]}), ({"mti": ["01xx"]}, {"mti": ["0200"]})]
)
def test_routes_for_different_requests_stand_beside_each_other(one, two):
    assert len(list(table(("400000", route("a", **one)), ("400000", route("b", **two))))) == 2


@pytest.mark.parametrize("text", ["200", "02000", "0xx0", "xxxx", "02x", "0a00"])
def test_what_is_no_mti_is_refused(text):
    with pytest.raises(RouteError, match="is no MTI"):
        mti_prefix(text)


def test_candidates_say_what_they_miss():
    routes = table(("4000001", route("b", currency=["360"], mti=["0200"])), ("400000", "a"))
    found = [
        (str(one.bin_range), one.route.issuers, one.misses) for one in routes.candidates("4000001000000002", PURCHASE)
    ]
    assert found == [("4000001", ("b",), ["currency"]), ("400000", ("a",), [])]


@given(
    st.sets(st.text("0123456789", min_size=6, max_size=11), max_size=30),
    st.text("0123456789", min_size=12, max_size=19),
)
def test_finds_what_a_search_of_every_prefix_finds(bins, pan):
    routes = RoutingTable((BinRange(text, text), Route((text,))) for text in bins)
    longest = max((b for b in bins if pan.startswith(b)), key=len, default=None)
    assert issuer(routes, pan) == longest


def test_half_a_million_ranges_are_searched_as_few_are():
    """Each of 2,000 PANs of 19 digits goes where a search of every prefix says; the ranges are of 6 to 11 digits."""
    chance = random.Random(1)
    bins = {}
    while len(bins) < 500_000:
        length = chance.choice((6, 8, 9, 10, 11))
        bins[f"{chance.randrange(10**length):0{length}d}"] = f"issuer-{len(bins) % 50}"
    shared = {name: Route((name,)) for name in set(bins.values())}
    routes = RoutingTable((BinRange(text, text), shared[name]) for text, name in bins.items())
    assert len(routes) == 500_000
    for _ in range(2000):
        pan = f"{chance.randrange(10**19):019d}"
        expected = next((bins[pan[:n]] for n in range(11, 5, -1) if pan[:n] in bins), None)
        assert issuer(routes, pan) == expected
