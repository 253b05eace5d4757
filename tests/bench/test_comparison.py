"""The comparison: each target answers, and its figures make a table and a page."""

import json

import pytest

from saklar.bench.comparison import Comparison, Figure, compare
from saklar.bench.page import page_of


@pytest.fixture(scope="module")
def result():
    said = []
    result = compare(["strict", "relaxed", "raw", "naive"], ["2x5"], 1, 0.5, said.append)
    assert said[0] == "round 1 of 1: strict, 2x5"
    return result


def test_every_target_answers_without_a_fault(result):
    assert [figure.target for figure in result.figures] == ["strict", "relaxed", "raw", "naive"]
    assert all(figure.tps > 0 for figure in result.figures)
    assert [fault for fault in result.faults if "late" not in fault] == []


def test_the_first_and_the_raw_relay_are_measured_at_half(result):
    assert [figure.target for figure in result.at_half] == ["strict", "raw"]


def test_ratios_are_of_rounds():
    figures = [
        Figure("4x50", target, 0, 0, 0, 0, 0, rounds) for target, rounds in (("strict", (2, 9)), ("raw", (4, 12)))
    ]
    comparison = Comparison(2, None, figures)
    assert comparison.ratio(figures[0], "raw") == pytest.approx((2 / 4 + 9 / 12) / 2)
    assert comparison.ratio(figures[0], "naive") is None


def test_the_document_is_json_and_says_on_what_it_was_measured(result):
    document = json.loads(json.dumps(result.as_document()))
    assert document["machine"]["packages"]["saklar"]
    assert document["figures"][2]["of_raw"] == 1.0


def test_the_page_needs_nothing_else(result):
    page = page_of(result.as_document())
    assert "http" not in page.replace("http://www.w3.org", "")
    for figure in result.figures:
        assert f"<td>{figure.target}</td>" in page


@pytest.mark.parametrize(
    ("targets", "loads", "said"),
    [(["jpos"], ["4x50"], "no target"), (["raw"], ["4"], "4x50"), (["raw"], ["0x5"], "4x50")],
)
def test_what_there_is_not_is_named(targets, loads, said):
    with pytest.raises(ValueError, match=said):
        compare(targets, loads, 1, 0.5, lambda _: None)
