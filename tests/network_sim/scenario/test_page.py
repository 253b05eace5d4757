"""docs/scenarios.md: every scenario on it is played, and the grammar names every word of the language."""

import re
from pathlib import Path

import pytest

from saklar.network_sim.scenario import Options, load_cases, play
from saklar.network_sim.scenario.chaos import KINDS, PERCENT, Chaos
from saklar.network_sim.scenario.language import words
from saklar.network_sim.scenario.telling import explanation, summary

PAGE = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text()
BLOCKS = re.findall(r"^```scenario\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PREAMBLE = BLOCKS[0].partition("\nscenario ")[0] + "\n"
CHAOS = PAGE.partition("\n## Chaos\n")[2].partition("\n## ")[0]
GRAMMAR = PAGE.partition("```ebnf")[2].partition("```")[0]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: re.search('scenario "(.*?)"', block)[1])
def test_what_the_page_shows_is_true(block, tmp_path):
    path = tmp_path / "page.scenario"
    path.write_text(block if "acquirer" in block else PREAMBLE + block)
    cases = load_cases([path], environment={})
    if "-> $host" in block:  # it needs a host, which the tests of the command line have
        assert cases
        return
    result = play(cases, Options(seed=1))
    assert result.passed, "\n".join(explanation(case) for case in result.cases if not case.passed)


def test_the_chaos_that_the_page_shows_is_true(tmp_path, monkeypatch):
    (tmp_path / "first.scenario").write_text(BLOCKS[0])
    monkeypatch.chdir(tmp_path)
    run = play(load_cases(["first.scenario"]), Options(seed=6, chaos=Chaos(6)))
    assert explanation(run.cases[0]).strip() == CHAOS.partition("-v\n")[2].partition("```")[0].strip()
    assert re.sub(r"in [\d.]+ s", "in 0.0 s", summary(run)) in CHAOS


def test_the_page_names_every_fault_of_chaos():
    assert [kind for kind in KINDS if f"`{kind}`" not in CHAOS] == []
    assert f"{PERCENT:g} % of them" in CHAOS


@pytest.mark.parametrize(
    "word",
    sorted(
        {*words.DECLARATIONS, *words.BLOCKS, *words.PLAIN_STEPS, *words.ASKS, *words.PARTY_VERBS, *words.CLAUSES}
        | {word for verb in words.ACTS for word in verb.split()}
        | {*words.SETTINGS, *words.CARD_OPTIONS, *words.PARTY_OPTIONS, *words.NETWORK_OPTIONS, *words.ACTIONS}
        | {*words.CALLS, *words.UNITS_S}
    ),
)
def test_the_grammar_has_every_word(word):
    assert f'"{word}"' in GRAMMAR
