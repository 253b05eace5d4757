"""A file as `saklar fmt` writes it: two spaces a level, one between words, and what belongs together in columns.

Only spaces and commas change: words, values and comments stay as they are, so that the tree stays the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from saklar.network_sim.scenario.language.lexer import Token, scan
from saklar.network_sim.scenario.language.parser import parse
from saklar.network_sim.scenario.language.source import Source
from saklar.network_sim.scenario.language.words import ACTS, PARTY_VERBS

STEP = "  "
COLUMNS = 2
_ACT_WORDS = frozenset(verb.partition(" ")[0] for verb in ACTS)
_DECLARED = {"card": "card", "acquirer": "party", "issuer": "party", "proxy": "party"}
_SPACED = frozenset({"save", "var"})
"""Statements with spaces around their `=`."""


@dataclass(slots=True)
class _Row:
    """A line of the file: how deep it stands, its pieces (columns or words), and its comment."""

    depth: int
    pieces: list[str]
    comment: str
    kind: str
    """"step", "act", "card", "party" and "row" are put into columns with their like; "blank" is an empty line."""


def formatted(source: Source) -> str:
    """The text of the file, written well.

    Raises:
        ScenarioError: it is not as the language has it.
    """
    parse(source)
    indents: list[int] = []
    rows = [_row(source, number, indents) for number in range(1, len(source.lines) + 1)]
    _in_columns(rows)
    return _joined(rows)


def _row(source: Source, number: int, indents: list[int]) -> _Row:
    text = source.line(number)
    tokens, comment = scan(text, source.path, number)
    indent = len(text) - len(text.lstrip(" "))
    if not tokens:
        depth = sum(1 for above in indents if above < indent) if comment else 0
        return _Row(depth, [], comment, "comment" if comment else "blank")
    while indents and indents[-1] >= indent:
        indents.pop()
    depth = len(indents)
    indents.append(indent)
    if tokens[0].kind == "cell":
        return _Row(depth, [token.text for token in tokens], "", "row")
    pieces = _pieces(tokens)
    return _Row(depth, pieces, comment, _kind(tokens))


def _kind(tokens: list[Token]) -> str:
    first, second = tokens[0].text, tokens[1].text if len(tokens) > 1 else ""
    if first in _DECLARED:
        return _DECLARED[first]
    if tokens[0].kind != "word" or len(tokens) == 1 or tokens[1].kind != "word":
        return "line"
    return "step" if second in PARTY_VERBS else "act" if second in _ACT_WORDS else "line"


def _pieces(tokens: list[Token]) -> list[str]:
    """Words, with assignments in one piece, and times with their unit."""
    spaced = tokens[0].text in _SPACED
    pieces: list[str] = []
    glue = False
    for token in tokens:
        if token.kind == "comma":
            if pieces:
                pieces[-1] += "," if not pieces[-1].endswith(",") else ""
            continue
        if token.kind == "colon":
            pieces[-1] += ":"
        elif token.kind == "operator" and not spaced:
            pieces[-1] += token.text
            glue = True
            continue
        elif glue:
            pieces[-1] += token.text
        else:
            pieces.append(token.text)
        glue = False
    return pieces


def _in_columns(rows: list[_Row]) -> None:
    """Give what belongs together the same width: the parties and verbs of steps, names of cards, cells of a table."""
    for _, paragraph in itertools.groupby(rows, lambda row: row.kind == "blank"):
        together: dict[tuple[str, int], list[_Row]] = {}
        for row in paragraph:
            together.setdefault((row.kind, row.depth), []).append(row)
            if row.kind != "row":
                together.pop(("row", row.depth), None)
            else:
                _widen(together["row", row.depth], len(row.pieces))
        for depth in {depth for _, depth in together}:
            steps = together.get(("step", depth), [])
            _widen([*steps, *together.get(("act", depth), [])], 1)
            for group in (steps, together.get(("card", depth), []), together.get(("party", depth), [])):
                _widen(group, COLUMNS)


def _widen(rows: Iterable[_Row], columns: int) -> None:
    group = list(rows)
    for column in range(columns):
        if group and all(len(row.pieces) > column for row in group):
            width = max(len(row.pieces[column].rstrip()) for row in group)
            for row in group:
                row.pieces[column] = row.pieces[column].rstrip().ljust(width)


def _joined(rows: list[_Row]) -> str:
    lines: list[str] = []
    for row in rows:
        if row.kind == "blank":
            if lines and lines[-1]:
                lines.append("")
            continue
        text = f"| {' | '.join(row.pieces)} |" if row.kind == "row" else " ".join(row.pieces)
        comment = f"  {row.comment}" if text and row.comment else row.comment
        lines.append(f"{STEP * row.depth}{text}{comment}".rstrip())
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n" if lines else ""
