"""A file as `saklar fmt` writes it: two spaces a level, one between words, and what belongs together in columns.

Only spaces and commas change: words, values and comments stay as they are, so that the tree stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from saklar.network_sim.scenario.language.lexer import Token, scan
from saklar.network_sim.scenario.language.parser import parse
from saklar.network_sim.scenario.language.source import Source
from saklar.network_sim.scenario.language.words import PARTY_VERBS

STEP = "  "
_SPACED = frozenset({"save", "var"})
"""Statements with spaces around their `=`."""


@dataclass(slots=True)
class _Row:
    """A line of the file: how deep it stands, its pieces (columns or words), and its comment."""

    depth: int
    pieces: list[str]
    comment: str
    kind: str
    """"step" and "row" are put into columns with their neighbours; "blank" is an empty line."""


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
    is_step = len(tokens) > 1 and tokens[1].text in PARTY_VERBS and tokens[1].kind == "word"
    return _Row(depth, pieces, comment, "step" if is_step else "line")


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
    """Give the parties and verbs of neighbouring steps, and the cells of a table, the same width."""
    start = 0
    while start < len(rows):
        end = start
        first = rows[start]
        while end < len(rows) and rows[end].kind == first.kind and rows[end].depth == first.depth:
            end += 1
        group = rows[start:end]
        if first.kind == "step":
            _widen(group, 2)
        elif first.kind == "row":
            _widen(group, min(len(row.pieces) for row in group))
        start = max(end, start + 1)


def _widen(rows: Iterable[_Row], columns: int) -> None:
    group = list(rows)
    for column in range(columns):
        if all(len(row.pieces) > column for row in group):
            width = max(len(row.pieces[column]) for row in group)
            for row in group:
                row.pieces[column] = row.pieces[column].ljust(width)


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
