"""Plots: lines, their names, and what is left out."""

import itertools
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.bench.report.plot import COLOURS, HEIGHT, WIDTH, Axis, Series, plot, spread
from saklar.bench.report.scale import Linear, Nines

X, Y = Axis(Linear(0, 10, 5), "s"), Axis(Linear(0, 10, 5), "ms")


def lines_of(drawn):
    svg = ET.fromstring(drawn).find("svg")
    return [element for element in svg.iter("path") if element.get("class") == "line"]


def words_of(drawn):
    return [element.text for element in ET.fromstring(drawn).iter("text")]


def numbered(count):
    return [Series(f"line {number}", [(0, number % 10), (10, 5)]) for number in range(count)]


def test_a_line_goes_from_point_to_point():
    (line,) = lines_of(plot("t", [Series("a", [(0, 0), (5, 10), (10, 0)])], X, Y))
    assert re.fullmatch(r"M[\d.]+ [\d.]+L[\d.]+ [\d.]+L[\d.]+ [\d.]+", line.get("d"))


def test_a_step_holds_until_the_next_point():
    (line,) = lines_of(plot("t", [Series("a", [(0, 1), (10, 9)])], X, Y, steps=True))
    assert re.fullmatch(r"M[\d.]+ [\d.]+V[\d.]+H[\d.]+", line.get("d"))


def test_a_line_is_broken_where_there_is_no_value():
    (line,) = lines_of(plot("t", [Series("a", [(0, 1), (2, 1), (4, None), (6, 1), (8, 1)])], X, Y))
    assert line.get("d").count("M") == 2


def test_a_series_without_a_value_is_left_out():
    assert len(lines_of(plot("t", [Series("a", []), Series("b", [(1, None)]), Series("c", [(1, 1)])], X, Y))) == 1


def test_one_line_needs_no_name_and_two_have_theirs():
    assert "line 0" not in words_of(plot("t", numbered(1), X, Y))
    assert {"line 0", "line 1"} <= set(words_of(plot("t", numbered(2), X, Y)))


def test_very_many_lines_have_a_legend_instead():
    drawn = plot("t", numbered(20), X, Y)
    assert "line 0" not in words_of(drawn)
    assert [element.find("svg").tail.strip() for element in ET.fromstring(drawn).iter("li")] == [
        f"line {n}" for n in range(20)
    ]


def test_no_two_lines_look_alike():
    lines = lines_of(plot("t", numbered(2 * COLOURS), X, Y))
    assert len({(line.get("style"), line.get("stroke-dasharray")) for line in lines}) == 2 * COLOURS


def test_very_many_points_keep_their_peak():
    points = [(number / 1_000, 1.0) for number in range(10_000)]
    points[7_777] = (7.777, 10.0)
    (line,) = lines_of(plot("t", [Series("a", points)], X, Y))
    heights = [float(number) for number in re.findall(r"[ML][\d.]+ ([\d.]+)", line.get("d"))]
    assert len(heights) < 2_000
    assert min(heights) < max(heights) - 100


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(-5, 20)), min_size=1, max_size=50))
def test_nothing_is_drawn_outside(points):
    (line,) = lines_of(plot("t", [Series("a", sorted(points))], X, Y))
    places = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", line.get("d"))
    assert all(0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT for x, y in places)


@given(st.lists(st.floats(0, 100), max_size=7))
def test_names_are_spread_in_order_and_within_the_limits(places):
    moved = spread(places, 0, 100, 15)
    assert all(-1e-9 <= place <= 100 + 1e-9 for place in moved)
    rising = sorted(moved)
    assert all(after - before >= 15 - 1e-6 for before, after in itertools.pairwise(rising))
    order = sorted(range(len(places)), key=places.__getitem__)
    assert [moved[number] for number in order] == rising


def test_names_that_have_room_stay_where_they_are():
    assert spread([10, 50, 90], 0, 100, 15) == pytest.approx([10, 50, 90])


def test_the_last_tick_has_room_for_its_words():
    drawn = plot("t", [Series("a", [(0, 1), (99.9999, 9)])], Axis(Nines(6), "%"), Y)
    (last,) = [element for element in ET.fromstring(drawn).iter("text") if element.text == "99.9999 %"]
    assert (last.get("class"), last.get("x")) == ("end", str(WIDTH))
