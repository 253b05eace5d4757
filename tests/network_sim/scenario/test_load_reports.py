"""The reports of a load: JSON for programs, a page for people; neither has a secret, and the page needs nothing else."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim import decrypt_under_lmk, load_lmk
from saklar.network_sim.scenario import Options
from saklar.network_sim.scenario.load import Load, LoadResult, play_load
from saklar.network_sim.scenario.load.result import StepTimes, Times
from saklar.network_sim.scenario.reports.load import load_document, load_page, shares
from saklar.network_sim.scenario.result import MessageEvent, Place

from .outline import Outline

ZPK = "U2A3181DC9BC9EE48134E8DCFB4A97045"
PAN, PIN = "4000000000000002", "3991"
FILE = f"""
acquirer a -> 9000 zpk {ZPK}
issuer   b listens 9000 zpk {ZPK}
  on 0200 every 5th answer 39=51
  on 0200 answer 39=00 after 20 ms
card gold {PAN} expiry 4912 pin {PIN}
terminals 7 of a

scenario "a terminal buys" tags load
a sends   0200 purchase card gold pin {PIN}
a expects 0210 39=00 4=echo within 5 s
"""
LOAD = Load(2.0, 50.0, even=True, virtual=True)
HOSTILE = "</table><script>alert(1)</script>\"' onload=x &amp; \x00\ud800"


@pytest.fixture
def load(cases_of):
    """A load of a hundred plays, of which every fifth fails."""
    return play_load(cases_of(FILE), LOAD, Options(seed=3))


def test_the_document_has_counts_and_times(load):
    document = json.loads(load_document(load))
    assert document["format"] == "saklar-load-1"
    counts = ("plays", "passed_plays", "failed_plays", "error_plays", "cut_plays", "not_started", "terminals", "seed")
    assert [document[name] for name in counts] == [100, 80, 20, 0, 0, 0, 7, 3]
    (step,) = document["steps"]
    assert (step["place"]["line"], step["times"]["count"]) == (11, 100)
    assert step["times"]["p50_ms"] == pytest.approx(20, abs=1)
    assert document["kept_up"] is True
    assert list(document["reasons"].values()) == [20]


def test_the_document_has_the_first_failures_whole(load):
    failures = json.loads(load_document(load))["failures"]
    assert len(failures) == 10
    message = failures[0]["events"][0]
    assert (message["mti"], {field["path"] for field in message["fields"]} >= {"2", "3", "4", "11"}) == ("0200", True)


def test_the_page_is_well_formed_and_loads_nothing(load):
    page = load_page(load)
    Outline(page).assert_loads_nothing()
    assert not re.search(r"https?:|url\(|@import|<script", page)


def test_the_page_has_the_verdict_and_its_shares(load):
    outline = Outline(load_page(load))
    assert outline.texts.count("80 of 100 plays passed, 20 failed") == 1
    assert outline.of("svg", **{"class": "bar"})[0]["aria-label"] == "80 passed, 20 failed"
    assert [rect["width"] for rect in outline.of("rect") if rect.get("class") in ("passed", "failed")] == ["80", "20"]


def test_the_page_has_the_times_of_each_step_of_plays_and_of_the_runner(load):
    rows = re.findall(
        r"<tr><th>(.*?)</th>(.*?)</tr>", load_page(load).partition('class="times"')[2].partition("</table>")[0]
    )
    named = [(re.sub("<.*?>", " ", name).strip(), re.findall("<td>(.*?)</td>", cells)) for name, cells in rows]
    assert [name.split("  ")[0] for name, _ in named] == [
        "a expects 0210 39=00 4=echo within 5 s",
        "a play, from when it was due",
        "the runner itself was late by",
    ]
    assert named[0][1] == ["100", *(f"{value:.2f}" for value in figures(load.steps[0].times))]
    assert named[2][1] == ["100", *(f"{value:.2f}" for value in figures(load.lateness))]


def figures(times):
    return times.p50_ms, times.p90_ms, times.p99_ms, times.p999_ms, times.max_ms


def test_the_page_says_what_the_load_was_and_how_to_play_it_again(load):
    texts = Outline(load_page(load)).texts
    assert "50 plays a second for 2 s at 7 terminals; begun 50.0/s, 200 messages" in [
        re.sub(r"begun [\d.]+/s, \d+ messages", "begun 50.0/s, 200 messages", text) for text in texts
    ]
    assert load.rerun in texts
    assert any("it kept up" in text for text in texts)


def test_the_page_has_reasons_and_the_first_failures_each_with_why(load):
    outline = Outline(load_page(load))
    assert "The first 10 that did not pass" in outline.texts
    assert outline.texts.count("0210: 39 is 51, expected 00") == 10  # in what is folded, too
    assert [a["id"] for a in outline.of("details", **{"data-verdict": "failed"}) if "open" in a] == ["case-1"]
    messages = [event for case in load.failures for event in case.events if isinstance(event, MessageEvent)]
    assert len(outline.of("details", **{"class": "message"})) == len(messages) > 10


def test_where_all_are_shown_none_is_called_the_first(load):
    few = replace(load, failures=load.failures[:2], failed_plays=2)
    assert "Those that did not pass" in Outline(load_page(few)).texts


def test_what_was_not_begun_or_cut_short_has_its_share():
    load = LoadResult(1, 0, 1.0, 1.0, 1, "", passed_plays=5, error_plays=1, cut_plays=2, not_started=3)
    assert shares(load) == {"passed": 5, "failed": 0, "error": 3, "skipped": 3}


def test_a_load_that_could_not_be_played_has_a_page():
    load = LoadResult(1, 0, 1.0, 1.0, 1, "2026-01-01T00:00:00.000+00:00", problem="a cannot connect to 127.0.0.1:1")
    outline = Outline(load_page(load))
    assert outline.texts.count("The load could not be played: a cannot connect to 127.0.0.1:1") == 1


@given(st.text(st.characters(exclude_categories=()), min_size=1))
def test_the_page_is_well_formed_whatever_is_said_on_it(text):
    place = Place(text, 1, 1, text)
    load = LoadResult(
        1,
        1,
        1.0,
        1.0,
        1,
        text,
        plays=1,
        steps=(StepTimes(place, Times()),),
        reasons={text: 1},
        rerun=text,
        problem=text,
    )
    Outline(load_page(load)).assert_loads_nothing()


def test_hostile_texts_are_texts_on_the_page():
    place = Place(HOSTILE, 1, 1, HOSTILE)
    load = LoadResult(1, 1, 1.0, 1.0, 1, "", steps=(StepTimes(place, Times()),), reasons={HOSTILE: 1}, rerun=HOSTILE)
    outline = Outline(load_page(load))
    assert "script" not in {tag for tag, _ in outline.elements}
    assert "<script>alert(1)</script>" in outline.text


@pytest.mark.parametrize("report", [load_document, load_page])
def test_no_report_has_a_pan_a_pin_or_a_key(load, report):
    found = re.sub(r"\s", "", report(load)).casefold()
    key = decrypt_under_lmk(load_lmk("test"), "001", ZPK).data.hex()
    pin_block = f"04{PIN}ffffffffff"
    for secret in (PAN, f"pin{PIN}", key, ZPK.casefold(), pin_block):
        assert secret not in found
        assert secret.encode().hex() not in found
    assert "400000******0002" in found


# The command that plays it again.


@pytest.mark.parametrize(
    ("load", "options", "command"),
    [
        ({}, {}, "--rate 50/s --for 1s --seed 3"),
        ({"even": True}, {}, "--rate 50/s --for 1s --even --seed 3"),
        ({"tags": ("load", "-slow")}, {}, "--tag load --tag=-slow --rate 50/s --for 1s --seed 3"),
        ({}, {"fail_fast": True}, "--rate 50/s --for 1s --fail-fast --seed 3"),
    ],
)
def test_the_command_that_plays_it_again_has_all_that_was_asked_for(cases_of, load, options, command):
    result = play_load(
        cases_of(FILE), Load(1.0, 50.0, virtual=True, paths=("x.scenario",), **load), Options(3, **options)
    )
    assert result.rerun == f"saklar play x.scenario {command}"


def test_without_paths_the_command_names_the_cases(cases_of):
    cases = cases_of(FILE + 'scenario "another" tags load\nwait 1 ms\n')
    result = play_load(cases, Load(1.0, 50.0, virtual=True), Options(3))
    assert result.rerun.startswith(f"saklar play {cases[0].id} {cases[1].id} --rate")
