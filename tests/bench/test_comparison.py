"""The switch beside its baselines: each target answers, and its figures make a table and a page."""

import json

import pytest

from saklar.bench.comparison import Comparison, compare
from saklar.bench.load import Result, Tally
from saklar.bench.report import page_of
from saklar.bench.rounds import Load, Row, Sample
from saklar.bench.targets.arena import TARGETS

# Eight processes and their issuers start one after the other, which takes its time on a busy machine.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def result():
    said = []
    result = Comparison(list(TARGETS), [Load(2, 5)], 1, 0.3)
    compare(result, said.append)
    assert said[0] == "round 1 of 1: strict, 2x5"
    return result


def test_every_target_answers_without_a_fault(result):
    assert [row.target for row in result.rows] == list(TARGETS)
    assert all(row.median("tps") > 0 for row in result.rows)
    assert result.faults == []


def test_the_first_and_the_raw_relay_are_measured_at_half(result):
    assert [row.target for row in result.at_half] == ["strict", "raw"]


def test_an_issuer_and_an_hsm_are_known_by_their_use_of_the_core(result):
    shares = {row.target: row.samples[0].result.shares for row in result.rows}
    assert set(shares["strict"]) == {"the issuer"}
    assert set(shares["pin"]) == {"the issuer", "the HSM"}


def row_of(target, *rates, load="4x50", **facts):
    samples = []
    for rate in rates:
        tally = Tally("0200")
        tally.micros += [1000] * rate
        run = Result(seconds=1.0, tallies=[tally], **facts)
        run.settle_rest()
        samples.append(Sample.of(run, None))
    return Row(load, target, samples)


def of(rows, at_half=(), rounds=1):
    """What came of a comparison."""
    return Comparison([row.target for row in rows], [], rounds, 1.0, closed=list(rows), at_half=list(at_half))


def test_a_result_is_a_ratio_to_both_baselines_and_to_what_it_is_beside():
    rows = [row_of("pin", 20, 90), row_of("strict", 40, 180), row_of("raw", 80, 360), row_of("naive", 10, 45)]
    comparison = of(rows, rounds=2)
    assert comparison.ratio(rows[0], "raw").value == pytest.approx(1 / 4)
    assert comparison.ratio(rows[0], "naive").value == pytest.approx(2)
    assert comparison.beside(rows[0]).value == pytest.approx(1 / 2)
    assert comparison.beside(rows[1]) is None


def test_a_ratio_is_of_the_same_load():
    rows = [row_of("strict", 10), row_of("raw", 20, load="50x1")]
    assert of(rows).ratio(rows[0], "raw") is None


def test_what_says_nothing_of_its_target_is_listed():
    comparison = of([row_of("raw", 10, invalid="the issuer used 97% of a core")])
    assert comparison.invalid == ["raw, 4x50: the issuer used 97% of a core"]
    assert comparison.ok


def test_what_the_switch_adds_to_the_p99_of_the_raw_relay_is_a_figure_of_its_own(result):
    ours, raw = (row.median("p99_ms") for row in result.at_half)
    assert result.p99_added_ms == ours - raw


def test_without_the_raw_relay_there_is_nothing_to_add_to():
    assert of([row_of("strict", 10)], [row_of("strict", 5)]).p99_added_ms is None


def test_the_document_is_json_and_says_on_what_it_was_measured(result):
    document = json.loads(json.dumps(result.as_document()))
    assert document["mode"] == "switch"
    assert document["machine"]["packages"]["saklar"] == document["versions"]["saklar"]
    assert document["configuration"]["loads"][0] == "2x5"
    assert document["figures"][0]["runs"][0]["percentiles"][-1][0] == 100.0
    assert document["figures"][0]["of_raw"]["ratio"] < 1
    assert document["figures"][2]["of_strict"]["ratio"] > 0


def test_the_page_needs_nothing_else(result):
    page = page_of(result.as_document())
    assert "http" not in page.replace("http://www.w3.org", "")
    for row in result.rows:
        assert f"<td>{row.target}</td>" in page


@pytest.mark.parametrize(
    "load",
    ["4", "0x5"],
)
def test_a_load_that_is_none_is_named(load):
    with pytest.raises(ValueError, match="4x50"):
        Load.parse(load)


def test_a_target_that_there_is_not_is_named():
    with pytest.raises(ValueError, match="no target"):
        compare(Comparison(["jpos"], [Load(4, 50)], 1, 0.5), lambda _: None)


def test_who_is_interrupted_has_what_was_measured_before():
    def interrupt(what):
        if "naive" in what:
            raise KeyboardInterrupt

    result = Comparison(["raw", "naive"], [Load(2, 5)], 1, 0.5)
    with pytest.raises(KeyboardInterrupt):
        compare(result, interrupt)
    assert [(row.target, len(row.samples)) for row in result.rows] == [("raw", 1)]
    assert [figure["target"] for figure in json.loads(json.dumps(result.as_document()))["figures"]] == ["raw"]


def test_a_load_is_said_as_it_is_given():
    assert str(Load.parse("4x50")) == "4x50"
