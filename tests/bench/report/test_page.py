"""Pages: well-formed, needing nothing else, with every figure, and safe whatever a document says."""

import json
import re
from xml.etree import ElementTree as ET

import pytest

from saklar.bench.report import page_of
from saklar.bench.report.markup import figure, text
from saklar.bench.report.tables import FOR_PROGRAMS

HOSTILE = "\"><script>alert('&1')</script>\x00"


def tree_of(page):
    return ET.fromstring(page.removeprefix("<!DOCTYPE html>\n"))


def words_of(page):
    return [said for element in tree_of(page).iter() for said in (element.text, element.tail) if said]


def titles_of(page):
    return [element.text for element in tree_of(page).iter("figcaption")]


def leaves(value):
    """The values of a document that people read."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in FOR_PROGRAMS | {"mode", "kind"}:
                yield from leaves(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from leaves(each)
    else:
        yield value


def hostile(value):
    """The same with words that would break a careless page, in names and values."""
    if isinstance(value, dict):
        return {key: hostile(each) for key, each in value.items()} | {HOSTILE: HOSTILE}
    if isinstance(value, list):
        return [hostile(each) for each in value]
    return HOSTILE if isinstance(value, str) else value


def test_a_page_is_well_formed(document):
    assert tree_of(page_of(document)).tag == "html"


def test_a_page_needs_nothing_else(document):
    page = page_of(document)
    assert not re.search(r"https?:|//|url\(|@import|<script|<link|<img|\bsrc=|\bhref=", page)


def test_a_page_has_every_figure(document):
    said = "\n".join(words_of(page_of(document)))
    missing = [leaf for leaf in leaves(document) if figure(leaf) not in said]
    assert missing == []


def test_a_page_is_of_json_as_it_is_of_the_document(document):
    assert page_of(json.loads(json.dumps(document))) == page_of(document)


def test_hostile_names_are_only_words(document):
    page = page_of(hostile(document) | {"mode": HOSTILE})
    tags = {element.tag for element in tree_of(page).iter()}
    assert "script" not in tags
    assert any("<script>" in said for said in words_of(page))


def test_a_run_is_drawn_by_percentile_and_over_time(made):
    assert titles_of(page_of(made("tps"))) == [
        "Latency by percentile", "Throughput over time", "Latency over time", "CPU of the target over time",
        "Memory of the target over time",
    ]  # fmt: skip


def test_a_series_that_is_not_known_is_left_out(make_result):
    titles = titles_of(page_of({"mode": "tps", **make_result(known=False)}))
    assert titles == ["Latency by percentile", "Throughput over time", "Latency over time"]


def test_a_document_without_any_series_has_a_page(made):
    bare = {key: value for key, value in made("tps").items() if key not in {"percentiles", "intervals"}}
    assert titles_of(page_of(bare)) == []


@pytest.mark.parametrize("mode", ["saturate", "sweep"])
def test_several_rates_are_drawn_as_latency_against_load(made, mode):
    assert titles_of(page_of(made(mode)))[0] == "Latency against load"


def test_the_limit_of_a_search_is_drawn(made):
    assert "limit of p99: 20 ms" in words_of(page_of(made("saturate")))


def test_each_load_of_a_comparison_has_its_own_plots(made):
    headings = [element.text for element in tree_of(page_of(made("switch"))).iter("h2")]
    assert headings[:3] == [
        "4 connections, 50 in flight on each", "50 connections, 1 in flight on each", "At half of what the first can do",
    ]  # fmt: skip


def banners_of(page):
    return [list(element.itertext()) for element in tree_of(page).iter("div") if element.get("class") == "banner"]


def test_a_good_run_has_no_banner(document):
    assert banners_of(page_of(document)) == []


def test_an_invalid_run_says_so_above_all_figures(make_result):
    page = page_of({"mode": "tps", **make_result(invalid="the generator used 97 % of a core")})
    assert banners_of(page) == [["This says nothing of the target", "the generator used 97 % of a core"]]
    assert page.index('class="banner"') < page.index('class="headline"')


def test_an_invalid_step_is_named_in_the_banner(made, make_result):
    document = made("switch")
    document["figures"][1]["runs"][0] = make_result(invalid="the issuer was too busy")
    assert banners_of(page_of(document)) == [["This says nothing of the target", "raw, 4x50: the issuer was too busy"]]


def test_faults_have_a_banner(make_result):
    page = page_of({"mode": "tps", **make_result(faults={"no answer": 1_234})})
    assert banners_of(page) == [["Faults: what must not happen", "1,234 x no answer"]]


@pytest.mark.parametrize(
    "document", [{}, {"mode": "engine", "us": {"a": [1.5, 2.5]}}, {"mode": "x", "figures": "none"}]
)
def test_a_document_of_anything_has_a_page(document):
    assert tree_of(page_of(document)).find("body/h1") is not None


def test_pages_are_light_dark_and_printable(made):
    page = page_of(made("tps"))
    assert "@media (prefers-color-scheme: dark)" in page and "@media print" in page


def test_what_no_page_may_have_is_replaced():
    assert text("a\x00b\ud800<") == "a\ufffdb\ufffd&lt;"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1234567, "1,234,567"),
        (0.00012345678, "0.000123457"),
        (1234.5, "1,234.5"),
        (98765432.1, "98,765,432"),
        (True, "yes"),
        (None, "none"),
    ],
)
def test_figures_are_said_for_people(value, said):
    assert figure(value) == said
