"""Reports of a run: what CI servers, programs and people get, and what none of them may see."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim import decrypt_under_lmk, load_lmk
from saklar.hsm_sim.crypto import tdes
from saklar.network_sim.scenario import CaseResult, Options, RunResult, load_cases, play, reports
from saklar.network_sim.scenario.recording import Recorder
from saklar.network_sim.scenario.reports.characters import REPLACEMENT, storable
from saklar.network_sim.scenario.reports.page import headline, lateness
from saklar.network_sim.scenario.result import (
    ActEvent,
    Check,
    ExpectEvent,
    Failure,
    FieldView,
    Lateness,
    MessageEvent,
    PartyView,
    Place,
    RemarkEvent,
    WireView,
)
from saklar.network_sim.scenario.telling import explanation

from .outline import Outline

LIBRARY = Path(__file__).parents[3] / "scenarios"
HOSTILE = "</details><script>alert(1)</script>\"' onload=x &amp; ]]> \x00\x1b\ud800 \u202e"

EVERYTHING = """
network saklar
acquirer shop
issuer   bank

scenario "approved" tags fine purchase
shop sends   0200 purchase amount 10.00 IDR no-pin as bought
  41=T1
bank expects 0200 4=10.00
bank answers 39=00
shop expects 0210 39=00 to bought
save auth = 38
note "a remark"
switch restarts

scenario "declined" tags wrong
shop sends   0200 purchase no-pin
bank expects 0200
bank answers 39=05
shop expects 0210 39=00 4=echo
shop expects nothing for 1 s

scenario "not today" tags left-out
only when "a" is b
shop sends 0200 purchase
"""


@pytest.fixture
def run_of(cases_of):
    """Play a file in virtual time."""
    return lambda text=EVERYTHING: play(cases_of(text), Options(seed=1))


@pytest.fixture
def run(run_of):
    """A run with a case of each verdict; the error is one that could be of any cause."""
    result = run_of()
    place = replace(result.cases[0].place, line=40)
    failures = (Failure(place, "cannot connect to 127.0.0.1:1"),)
    broken = CaseResult("x.scenario:40", "broken", place, ("fine",), "error", failures=failures, rerun="saklar play x")
    return replace(result, cases=(*result.cases, broken))


def hostile_run(text=HOSTILE):
    """A run in which every text is the same, and means harm."""
    place = Place(text, 1, 1, text)
    fields, wire = (FieldView(text, text, text, text),), (WireView(text, "3132"),)
    says = MessageEvent(
        number=1, place=place, sender=text, receiver="b", owner=text, state="damaged", origin="rule", mti=text,
        title=text, fields=fields, wire=wire, label=text, note=text,
    )  # fmt: skip
    expects = ExpectEvent(
        number=2, place=place, party=text, what=text, passed=False, checks=(Check(text, text, text, text, False, text),),
        message=1, problem=text,
    )  # fmt: skip
    events = (
        says,
        expects,
        ActEvent(number=3, subject=text, verb=text, note=text),
        RemarkEvent(number=4, text=text),
    )
    case = CaseResult(
        text, text, place, (text,), "failed", row={text: text}, failures=(Failure(place, text, 2),), reason=text,
        parties=(PartyView(text, "acquirer", text, text), PartyView("b", "host")), steps=(place,), events=events,
        started_at="2026-01-01T00:00:00.000+00:00", rerun=text,
    )  # fmt: skip
    return RunResult((case,), 1, "2026-01-01T00:00:00.000+00:00", 1.0, against=text)


# JUnit.

SUITE = {"name", "id", "tests", "failures", "errors", "skipped", "time", "timestamp", "file"}
"""Of what junit-10.xsd allows, what is used."""


def test_junit_has_the_counts_of_the_run(run):
    (suite,) = root = ElementTree.fromstring(reports.junit(run))
    counts = {"tests": "4", "failures": "1", "errors": "1"}
    assert {name: root.get(name) for name in counts} == counts
    assert {name: suite.get(name) for name in (*counts, "skipped")} == {**counts, "skipped": "1"}
    assert [[child.tag for child in case] for case in suite.iter("testcase")] == [
        [],
        ["failure"],
        ["skipped"],
        ["error"],
    ]


def test_junit_has_the_form_that_ci_servers_read(run):
    (suite,) = root = ElementTree.fromstring(reports.junit(run))
    assert (root.tag, suite.tag, set(suite.keys())) == ("testsuites", "testsuite", SUITE)
    assert [child.tag for child in suite] == ["properties"] + ["testcase"] * 4
    for case in suite.iter("testcase"):
        assert set(case.keys()) == {"classname", "name", "time", "group"}
        assert re.fullmatch(r"\d+\.\d{3}", case.get("time"))


def test_junit_names_a_case_by_file_and_name_and_has_its_tags(run):
    first = next(ElementTree.fromstring(reports.junit(run)).iter("testcase"))
    assert first.get("classname").endswith(".x")
    assert (first.get("name"), first.get("group")) == ("approved", "fine purchase")


def test_junit_says_why_with_the_talk(run):
    failure = next(ElementTree.fromstring(reports.junit(run)).iter("failure"))
    assert "39 is 05, expected 00" in failure.get("message")
    for said in ("0210 39=05", "! 39 Response code", "again: saklar play"):
        assert said in failure.text


def test_junit_has_seed_and_tags_as_properties(run):
    found = {p.get("name"): p.get("value") for p in ElementTree.fromstring(reports.junit(run)).iter("property")}
    assert found == {"seed": "1", "clock": "virtual", "tags": "fine left-out purchase wrong"}


def test_junit_tells_cases_of_the_same_name_apart(run):
    first = run.cases[0]
    doubled = replace(run, cases=(first, replace(first, id="x.scenario:9#2")))
    names = [case.get("name") for case in ElementTree.fromstring(reports.junit(doubled)).iter("testcase")]
    assert len(set(names)) == 2


@given(st.text(st.characters(exclude_categories=()), min_size=1))
def test_junit_is_well_formed_whatever_a_case_is_called(name):
    case = next(ElementTree.fromstring(reports.junit(hostile_run(f"x{name}"))).iter("testcase"))
    assert case.get("name") == storable(f"x{name}")


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_what_xml_cannot_hold_is_replaced(character):
    assert storable(f"a{character}b") == f"a{REPLACEMENT}b"


@pytest.mark.parametrize("character", ["\t", "\n", " ", "é", "\ue000", "\ufffd", "\U0001f4b3"])
def test_what_xml_can_hold_is_kept(character):
    assert storable(character) == character


# JSON.


def test_the_document_is_that_of_the_result(run):
    assert json.loads(reports.document(run)) == json.loads(json.dumps(run.to_dict()))


def test_the_document_has_the_steps(run):
    steps = json.loads(reports.document(run))["cases"][0]["steps"]
    assert [step["text"] for step in steps][:3] == [
        "shop sends   0200 purchase amount 10.00 IDR no-pin as bought",
        "  41=T1",
        "bank expects 0200 4=10.00",
    ]


# The page.


def test_the_page_is_well_formed_and_has_every_verdict(run):
    outline = Outline(reports.page(run))
    cases = [a["data-verdict"] for a in outline.of("details") if "data-verdict" in a]
    assert cases == ["passed", "failed", "skipped", "error"]


def test_the_page_loads_nothing(run):
    page = reports.page(run)
    Outline(page).assert_loads_nothing()
    assert not re.search(r"https?:|url\(|@import|fetch\(", page)


def test_the_page_has_every_message_with_its_elements_and_bytes(run):
    outline = Outline(reports.page(run))
    messages = [event for case in run.cases for event in case.events if isinstance(event, MessageEvent)]
    assert len(outline.of("details", **{"class": "message"})) == len(messages) >= 8
    for message in messages:
        assert all(field.name in outline.texts and field.value in outline.texts for field in message.fields)
        assert f"On the wire: {message.size} bytes; ** is not shown" in outline.texts


def test_the_page_draws_every_event(run):
    said = [a["aria-label"] for a in Outline(reports.page(run)).of("svg", role="img")]
    for event in (event for case in run.cases for event in case.events):
        assert any(label.startswith(f"{event.at_s:.3f} s: ") for label in said)
    assert any("shop to switch: 0200" in label for label in said)
    assert any("switch restarts" in label for label in said)
    assert any("✗ 0210" in label for label in said)


def test_the_page_marks_what_differs(run):
    page = reports.page(run)
    wrong = re.findall(r"<tr class=wrong>.*?</tr>", page)
    assert len(wrong) == 2  # in the failure, and where it happened
    assert all("Response code" in row and ">05<" in row for row in wrong)


def test_the_page_shows_how_far_a_case_came(run):
    page = reports.page(run)
    steps = page[page.index('id="case-2"') :].partition('<ol class="steps">')[2].partition("</ol>")[0]
    assert re.findall(r'<li class="(\w+)">', steps) == ["done", "done", "done", "wrong", "later"]


def test_the_page_opens_the_first_that_did_not_pass(run):
    opened = [a["id"] for a in Outline(reports.page(run)).of("details") if "open" in a]
    assert opened == ["case-2"]


def test_the_page_has_the_command_that_plays_a_case_again(run):
    outline = Outline(reports.page(run))
    assert all(case.rerun in outline.texts for case in run.cases)


def test_lanes_are_of_those_who_take_part(run_of):
    talk = 'scenario "x"\nshop sends 0800 echo-test\nshop expects 0810\n'
    page = reports.page(run_of(f"network saklar\nacquirer shop\nissuer bank\n{talk}"))
    assert 'class="name"' in page
    assert ">bank</text>" not in page


def test_hostile_texts_are_texts_on_the_page():
    outline = Outline(reports.page(hostile_run()))
    tags = [tag for tag, _ in outline.elements]
    assert (tags.count("script"), tags.count("style")) == (1, 1)
    assert not any("onload" in name for _, attributes in outline.elements for name in attributes)
    assert "<script>alert(1)</script>" in outline.text
    assert REPLACEMENT in outline.text


@given(st.text(st.characters(exclude_categories=()), min_size=1))
def test_the_page_is_well_formed_whatever_a_case_is_called(name):
    Outline(reports.page(hostile_run(name)))


def test_a_message_of_which_nothing_is_known_is_drawn():
    case = hostile_run().cases[0]
    event = MessageEvent(number=1, sender="a", receiver="b", owner="b", state="undecodable", origin="network", mti="hell",
                         title="no message", note="x")  # fmt: skip
    page = reports.page(RunResult((replace(case, events=(event,), parties=()),), 1, "", 1.0))
    assert "no message" in page


def test_of_a_load_the_last_events_are_shown(run):
    case = run.cases[0]
    events = tuple(RemarkEvent(number=n, text=f"remark {n}.") for n in range(1, 601))
    page = reports.page(replace(run, cases=(replace(case, events=events),)))
    assert "100 earlier events are not shown" in page
    assert "remark 101." in page and "remark 100." not in page


@pytest.mark.parametrize(
    ("verdicts", "interrupted", "said"),
    [
        (["passed"] * 3, False, "All 3 cases passed"),
        (["passed"], False, "1 case passed"),
        (["skipped"], False, "0 cases passed, 1 skipped"),
        (["passed", "failed"], False, "1 of 2 cases failed"),
        (["failed", "error"], False, "1 of 2 cases failed, 1 could not be played"),
        (["passed", "error"], False, "1 of 2 cases could not be played"),
        (["passed", "passed", "skipped"], True, "Interrupted: 2 cases passed, 1 skipped"),
    ],
)
def test_the_verdict_in_a_line(run, verdicts, interrupted, said):
    cases = tuple(replace(run.cases[0], verdict=verdict) for verdict in verdicts)
    assert headline(replace(run, cases=cases, interrupted=interrupted)).casefold() == said.casefold()


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (Lateness(), "in virtual time"),
        (Lateness(5, 0.1, 900.0, 900.0), "too few"),
        (Lateness(1000, 0.1, 2.0, 9.0), "what is slow here is the host"),
        (Lateness(1000, 0.1, 51.0, 90.0), "it was slow itself"),
    ],
)
def test_the_lateness_says_who_was_slow(late, said):
    assert said in lateness(late)


# Secrets.


def bare(text):
    """A report without what stands between the bytes of a message."""
    return re.sub(r"\s", "", text).casefold()


@pytest.fixture
def noted(monkeypatch):
    """PIN blocks and tracks of all messages of a run, and every clear block that is enciphered while it goes on."""
    found, encrypt, message = set(), tdes.encrypt, Recorder.message

    def noting_blocks(key, data):
        found.add(data.hex())
        return encrypt(key, data)

    def noting_messages(self, said, *arguments, **more):
        found.update(str(said.get(number)) for number in (35, 45, 52) if said.get(number))
        return message(self, said, *arguments, **more)

    monkeypatch.setattr(tdes, "encrypt", noting_blocks)
    monkeypatch.setattr(Recorder, "message", noting_messages)
    return found


@pytest.mark.parametrize("report", [reports.document, reports.junit, reports.page])
def test_no_report_has_a_pan_a_pin_block_or_a_key(report, noted):
    cases = [case for case in load_cases([LIBRARY / "pin.scenario"]) if "hsm" not in case.tags]
    run = play(cases, Options(seed=1))
    run = replace(
        run, cases=tuple(replace(case, verdict="failed") for case in run.cases)
    )  # with all that failures show
    found = bare(report(run))
    lmk = load_lmk("test")
    secrets = {card.pan for case in cases for card in case.setup.cards.values()}
    for key in {party.zpk for case in cases for party in case.setup.parties.values() if party.zpk}:
        secrets |= {key, decrypt_under_lmk(lmk, "001", key).data.hex()}
    blocks = {block for block in noted if len(block) >= 16 and block.count("0") < 8}  # zeros stand anywhere by chance
    assert len(blocks) > 8 and len(secrets) > 10
    for secret in secrets | blocks:
        assert secret.casefold() not in found
        assert secret.encode().hex() not in found
        assert secret.encode("cp500").hex() not in found


UNMARKED = """
extends = "iso87-ascii"
name = "unmarked"
title = "Nothing is marked as secret"

[elements]
2 = { secret = false }
35 = { secret = false }
45 = { secret = false }
52 = { secret = false }
"""
TELLTALE = """
secret KEY from env KEY
network saklar
card     coded 4000000000000002 expiry 4912 pin 3991 service 201 cvk UC4C090FA57BBB5D317546BB0A44D8BA1
acquirer shop dialect "./unmarked.toml" zpk U2A3181DC9BC9EE48134E8DCFB4A97045
issuer   bank dialect "./unmarked.toml" zpk U8CBA4A503005143A81BAFC3300333F48 bins 400000

scenario "it fails, and all is told"
shop sends   0200 purchase card coded magstripe pin 3991 48="001Z92003123" 62="$KEY" 63="of 4000000000000002." as first
bank expects 0200 48="001Z92003123" 62="$KEY" 35=$first.35 63=present
bank answers 39=00 60="$first.35" 61="$first.52" 48=echo
shop expects 0210 39=51 48="001Z92003124" 60="$first.35"
"""


@pytest.mark.parametrize("report", [reports.document, reports.junit, reports.page, lambda run: explanation(run.cases[0])],
                         ids=["document", "junit", "page", "terminal"])  # fmt: skip
def test_what_a_case_made_is_in_no_report_whatever_its_dialect_says(report, noted, cases_of):
    cases = cases_of(TELLTALE, environment={"KEY": "hunter2"}, unmarked_toml=UNMARKED)
    run = play(cases, Options(seed=1))
    assert run.cases[0].verdict == "failed"
    found = bare(report(run))
    blocks = {block for block in noted if len(block) >= 16 and block.count("0") < 8}
    assert len(blocks) > 3 and "92003***" in found
    for secret in blocks | {"4000000000000002", "hunter2", "92003123", "92003124"}:
        assert secret.casefold() not in found
        assert secret.encode().hex() not in found


def test_steps_have_no_pin_and_no_table(cases_of):
    (case,) = cases_of(
        'acquirer a listens 0\nscenario "x"\nfor each\n  | p |\n  | 9183 |\n  wait 1 ms\na sends 0200 pin 4711\n'
    )
    (result,) = play([replace(case, skip="no")]).cases
    said = " ".join(step.text for step in result.steps)
    assert "4711" not in said and "9183" not in said
    assert [step.line for step in result.steps] == [3, 6, 7]
