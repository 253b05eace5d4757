"""What colours scenario files in editors knows every word of the language."""

import json
import re
from pathlib import Path

import pytest

from saklar.network_sim.scenario.language import words

ROOT = Path(__file__).parents[3]
GRAMMAR = json.loads((ROOT / "editors/vscode/saklar.tmLanguage.json").read_text())
VIM = (ROOT / "editors/vim/syntax/saklar-scenario.vim").read_text()
HEADS = (*words.DECLARATIONS, *words.BLOCKS, *words.PLAIN_STEPS, *words.ASKS, "scenario")
OPTIONS = (*words.SETTINGS, *words.CARD_OPTIONS, *words.PARTY_OPTIONS, *words.TERMINALS_OPTIONS, *words.NETWORK_OPTIONS)


def colours(line):
    """What a line is coloured as: each piece with its name, by the first pattern that matches the furthest left."""
    found, at = [], 0
    patterns = [each for each in GRAMMAR["patterns"] if "match" in each]
    while at < len(line):
        matches = [(match, each) for each in patterns if (match := re.compile(each["match"]).search(line, at))]
        if not matches:
            break
        match, pattern = min(matches, key=lambda one: one[0].start())
        if "name" in pattern:
            found.append((match[0], pattern["name"]))
        for group, capture in pattern.get("captures", {}).items():
            found.append((match[int(group)], capture["name"]))
        at = max(match.end(), at + 1)
    return found


@pytest.mark.parametrize("word", HEADS)
def test_what_begins_a_line_is_known(word):
    assert (word, "keyword.control") in colours(f"  {word} x")


@pytest.mark.parametrize("verb", [*words.PARTY_VERBS, *words.ACTS])
def test_what_a_party_does_is_known(verb):
    assert (verb, "keyword.other.verb") in colours(f"bank {verb}")


@pytest.mark.parametrize("word", words.CALLS)
def test_a_value_that_is_not_literal_is_known(word):
    assert (word, "constant.language") in colours(f"bank expects 0200 4={word}")


@pytest.mark.parametrize("word", OPTIONS)
def test_an_option_is_coloured(word):
    assert any(piece == word for piece, _ in colours(f"bank x {word} 1"))


@pytest.mark.parametrize("word", words.ACTIONS)
def test_a_fault_is_coloured(word):
    assert any(piece == word for piece, _ in colours(f"bank now on 0200 {word}"))


@pytest.mark.parametrize("unit", words.UNITS_S)
def test_a_duration_is_known(unit):
    assert (f"5 {unit}", "constant.numeric.duration") in colours(f"bank waits 5 {unit}")


def test_a_line_is_coloured_piece_by_piece():
    assert colours("acq1 expects 0210 39=91 within 31 s") == [
        ("expects", "keyword.other.verb"),
        ("0210", "constant.numeric.mti"),
        ("39", "variable.parameter.element"),
        ("=", "keyword.operator"),
        ("within", "keyword.other.clause"),
        ("31 s", "constant.numeric.duration"),
    ]


@pytest.mark.parametrize(
    "word", sorted({*HEADS, *OPTIONS, *words.CALLS, *words.ACTIONS, *words.CLAUSES, *words.UNITS_S})
)
def test_vim_knows_every_word(word):
    assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", VIM)


@pytest.mark.parametrize("verb", [*words.PARTY_VERBS, *words.ACTS])
def test_vim_knows_every_verb(verb):
    assert all(re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", VIM) for word in verb.split())
