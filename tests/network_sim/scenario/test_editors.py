"""What colours scenario files in editors knows every word of the language."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from saklar.network_sim.scenario.language import words
from saklar.network_sim.scenario.templates import BUILT_IN

ROOT = Path(__file__).parents[3]
GRAMMAR = json.loads((ROOT / "editors/vscode/saklar.tmLanguage.json").read_text())
VIM = (ROOT / "editors/vim/syntax/saklar-scenario.vim").read_text()
HEADS = (*words.DECLARATIONS, *words.BLOCKS, *words.PLAIN_STEPS, *words.ASKS, "scenario")
OPTIONS = (*words.SETTINGS, *words.CARD_OPTIONS, *words.PARTY_OPTIONS, *words.TERMINALS_OPTIONS, *words.NETWORK_OPTIONS)


def colours(line, patterns=GRAMMAR["patterns"], at=0, until=None):
    """What a line is coloured as: each piece with its name, by the first pattern that matches the furthest left."""
    found = []
    while at < len(line):
        matches = [(match, each) for each in map(resolved, patterns) if (match := start_of(each).search(line, at))]
        ends = until.search(line, at) if until is not None else None
        if not matches or (ends is not None and ends.start() <= min(match.start() for match, _ in matches)):
            break
        match, pattern = min(matches, key=lambda one: one[0].start())
        for group, capture in (pattern.get("captures") or pattern.get("beginCaptures") or {}).items():
            found.append((match[int(group)], capture["name"]))
        end = match.end()
        if "begin" in pattern:
            close = re.compile(pattern["end"])
            found += colours(line, pattern.get("patterns", []), end, close)
            end = close.search(line, end).end()
            name, piece = pattern.get("contentName", pattern.get("name")), line[match.end() : end]
            found.append((piece.strip() if "contentName" in pattern else line[match.start() : end], name))
        elif "name" in pattern:
            found.append((match[0], pattern["name"]))
        at = max(end, at + 1)
    return found


def resolved(pattern):
    return GRAMMAR["repository"][pattern["include"][1:]] if "include" in pattern else pattern


def start_of(pattern):
    return re.compile(pattern.get("match") or pattern["begin"])


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
        ("acq1", "entity.name.type.party"),
        ("expects", "keyword.other.verb"),
        ("0210", "constant.numeric.mti"),
        ("39", "variable.parameter.element"),
        ("=", "keyword.operator"),
        ("within", "keyword.other.clause"),
        ("31 s", "constant.numeric.duration"),
    ]


@pytest.mark.parametrize("word", sorted(BUILT_IN - set(OPTIONS)))
def test_a_kind_of_message_is_known(word):
    assert (word, "support.function.kind") in colours(f"bank sends 0200 {word}")


@pytest.mark.parametrize("value", ["now", "today-1mo", "now+3d", "echo(first)"])
def test_a_value_is_known_with_what_it_is_said_with(value):
    assert (value.partition("(")[0], "constant.language") in colours(f"bank expects 0200 7={value}")


@pytest.mark.parametrize("line", ['scenario "x" tags now for card # x', "  | now for | card |"])
def test_names_of_tags_and_of_columns_are_no_words_of_the_language(line):
    names = {name for piece, name in colours(line) if piece in ("now", "for", "card")}
    assert not names


@pytest.mark.parametrize("line", ['note "now # 0200 sends"', "# a sends 0200"])
def test_in_texts_and_comments_there_are_no_words(line):
    assert {name for _, name in colours(line)} <= {
        "string.quoted.double",
        "keyword.control",
        "comment.line.number-sign",
    }


@pytest.mark.parametrize(
    "word", sorted({*HEADS, *OPTIONS, *BUILT_IN, *words.CALLS, *words.ACTIONS, *words.CLAUSES, *words.UNITS_S})
)
def test_vim_knows_every_word(word):
    assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", VIM)


@pytest.mark.parametrize("verb", [*words.PARTY_VERBS, *words.ACTS])
def test_vim_knows_every_verb(verb):
    assert all(re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", VIM) for word in verb.split())


VIM_LINES = {
    'scenario "a ${x}" tags now # and then': {
        "scenario": "Head", "a ": "String", "${x}": "Variable", "tags": "TagsWord", "now": "Tags", "and then": "Comment",
    },
    "  | card | now |": {"card": "Row", "now": "Row"},
    "card gold 4111 expiry 4912": {"card": "Head", "gold": "", "expiry": "Option"},
    "  shop sends 0200 purchase card gold 43.name=X 7=now-1d as first": {
        "shop": "Party", "sends": "Verb", "0200": "Mti", "purchase": "Kind", "card": "Option", "43.name": "Element",
        "now-1d": "Call", "as first": "Clause", "first": "",
    },
    "bank now on 0420|0421 38=/[0-9]+/ 4=1000.00 drop": {
        "now": "Verb", "on": "Clause", "0421": "Mti", "/[0-9]+/": "Regexp", "1000": "", "drop": "Fault",
    },
    "bank goes half-open for 5 s": {"bank": "Party", "goes": "Verb", "half-open": "Verb", "for": "Clause", "5 s": "Duration"},
    "account of gold: balance=874.50": {"account": "Head", "balance": "Element"},
}  # fmt: skip


@pytest.fixture(scope="module")
def vim(tmp_path_factory):
    """What Vim colours pieces of lines as, if Vim is here."""
    program = shutil.which("vim")
    if program is None:
        pytest.skip("vim is not installed")
    folder = tmp_path_factory.mktemp("vim")
    (folder / "x.scenario").write_text("\n".join(VIM_LINES) + "\n")
    places = [(row, line.index(piece) + 1) for row, line in enumerate(VIM_LINES, 1) for piece in VIM_LINES[line]]
    asked = [f"call add(names, synIDattr(synID({row}, {column}, 0), 'name'))" for row, column in places]
    script = ["syntax on", "let names = []", *asked, f"call writefile(names, '{folder / 'names'}')", "qa!"]
    (folder / "ask.vim").write_text("\n".join(script) + "\n")
    run = f"set runtimepath^={ROOT / 'editors/vim'} | syntax on | edit {folder / 'x.scenario'} | source {folder / 'ask.vim'}"
    command = [program, "-N", "-u", "NONE", "-i", "NONE", "-es", "--not-a-term", "-c", run]
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
    if not (folder / "names").exists():
        pytest.skip("this vim has no syntax")
    names = iter((folder / "names").read_text().splitlines())
    return {
        line: {piece: next(names).removeprefix("scenario") for piece in pieces} for line, pieces in VIM_LINES.items()
    }


@pytest.mark.parametrize("line", VIM_LINES)
def test_vim_colours_a_line_piece_by_piece(vim, line):
    assert vim[line] == VIM_LINES[line]
