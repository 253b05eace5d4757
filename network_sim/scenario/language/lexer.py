"""A file's text as a tree of lines, each a list of tokens.

A token is a run of characters without a space or a comma; quotes, `/regular expressions/` and parentheses hold their
inside together. `name=value` is three tokens: word, operator, value. A line that is indented more than the one above
belongs to that one. `#` after a space (or at the start) begins a comment.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import Literal

from saklar.network_sim.scenario.language.source import Problem, Source, Span, Wrong

Kind = Literal["word", "string", "operator", "value", "comma", "colon", "arrow", "cell"]

_ASSIGNMENT = re.compile(r"(?P<name>[\w.\-$]+)(?P<operator>!?=)")
_OPERATOR = re.compile(r"!?=")


@dataclass(frozen=True, slots=True)
class Token:
    """A token, as it was written."""

    kind: Kind
    text: str
    span: Span


@dataclass(slots=True)
class Line:
    """A line that says something, and those below it that belong to it."""

    span: Span
    indent: int
    tokens: list[Token]
    children: list[Line] = field(default_factory=list)

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a table."""
        return bool(self.tokens) and self.tokens[0].kind == "cell"


def read_lines(source: Source, problems: list[Problem]) -> list[Line]:
    """The lines that say something, those that belong to others under these; what is wrong goes to `problems`."""
    top: list[Line] = []
    open_lines: list[Line] = []
    for number in range(1, len(source.lines) + 1):
        try:
            line = _line(source, number)
            if line is None:
                continue
            siblings = _siblings(line, top, open_lines)
        except Wrong as wrong:
            problems.append(wrong.problem)
            continue
        siblings.append(line)
        open_lines.append(line)
    return top


def _line(source: Source, number: int) -> Line | None:
    text = source.line(number)
    indent = len(text) - len(text.lstrip(" "))
    if text[indent : indent + 1] == "\t":
        raise Wrong(Span(source.path, number, indent + 1), "a tab: indent with spaces, two for each level")
    tokens, _ = scan(text, source.path, number)
    return Line(Span(source.path, number, indent + 1, max(1, len(text.strip()))), indent, tokens) if tokens else None


def _siblings(line: Line, top: list[Line], open_lines: list[Line]) -> list[Line]:
    """Where a line belongs; raises Wrong where its indentation is that of no line above."""
    while open_lines and open_lines[-1].indent > line.indent:
        closed = open_lines.pop()
        if not open_lines or open_lines[-1].indent < line.indent:
            open_lines.append(closed)  # the line stands between two levels
            raise Wrong(line.span, f"is indented by {line.indent}, as no line above is")
    if open_lines and open_lines[-1].indent == line.indent:
        open_lines.pop()
    elif not open_lines and line.indent:
        if top:
            raise Wrong(line.span, f"is indented by {line.indent}, as no line above is")
        raise Wrong(line.span, "is indented, and nothing stands above it")
    return open_lines[-1].children if open_lines else top


def scan(text: str, path: str, number: int) -> tuple[list[Token], str]:
    """The tokens of a line, and its comment, if it has one.

    Raises:
        Wrong: a quote, a regular expression or a parenthesis that does not end, or an operator without a value.
    """
    if text.lstrip().startswith("|"):
        return _cells(text, path, number), ""
    tokens: list[Token] = []
    at = 0
    while True:
        at = _skip_spaces(text, at)
        if at >= len(text):
            return _checked(tokens), ""
        if text[at] == "#":
            return _checked(tokens), text[at:].rstrip()
        if text[at] == ",":
            tokens.append(Token("comma", ",", Span(path, number, at + 1)))
            at += 1
            continue
        at = _chunk(text, at, path, number, tokens)


def _checked(tokens: list[Token]) -> list[Token]:
    if tokens and tokens[-1].kind == "operator":
        raise Wrong(tokens[-1].span, f"a value is missing after {tokens[-1].text}")
    return tokens


def _chunk(text: str, at: int, path: str, number: int, tokens: list[Token]) -> int:
    """Add what begins here; returns where it ends."""

    def add(kind: Kind, start: int, end: int) -> None:
        tokens.append(Token(kind, text[start:end], Span(path, number, start + 1, end - start)))

    after_operator = bool(tokens) and tokens[-1].kind == "operator"
    if not after_operator:
        operator = _OPERATOR.match(text, at)
        if operator is not None:
            add("operator", at, operator.end())
            return operator.end()
        assignment = _ASSIGNMENT.match(text, at)
        if assignment is not None:
            add("word", at, assignment.end("name"))
            add("operator", assignment.end("name"), assignment.end())
            if text[assignment.end() : assignment.end() + 1].strip() == "":
                raise Wrong(tokens[-1].span, f"a value is missing after {assignment[0]}", 'an empty one is ""')
            return assignment.end()
    end = _end(text, at, path, number)
    raw = text[at:end]
    if after_operator:
        add("value", at, end)
    elif raw == "->":
        add("arrow", at, end)
    elif raw[0] == '"' and _string_end(text, at, path, number) == end:
        add("string", at, end)
    elif raw[-1] == ":" and len(raw) > 1:
        add("word", at, end - 1)
        add("colon", end - 1, end)
    else:
        add("colon" if raw == ":" else "word", at, end)
    return end


def _end(text: str, at: int, path: str, number: int) -> int:
    """Where the run of characters that begins at `at` ends."""
    start, depth = at, 0
    while at < len(text):
        character = text[at]
        if character == '"':
            at = _string_end(text, at, path, number)
            continue
        if character == "/" and (at == start or text[at - 1] in "|("):
            at = _regex_end(text, at, path, number)
            continue
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif depth <= 0 and (character.isspace() or character == ","):
            break
        at += 1
    if depth > 0:
        raise Wrong(Span(path, number, start + 1, at - start), "a parenthesis that is not closed")
    return at


def _string_end(text: str, at: int, path: str, number: int) -> int:
    end = at + 1
    while end < len(text):
        if text[end] == "\\":
            end += 1
        elif text[end] == '"':
            return end + 1
        end += 1
    raise Wrong(Span(path, number, at + 1, len(text) - at), "a quote that is not closed")


def _regex_end(text: str, at: int, path: str, number: int) -> int:
    """A slash ends a regular expression where a space, a comma, `|` or `)` follows it, or the line ends."""
    end = at + 1
    while end < len(text):
        if text[end] == "\\":
            end += 1
        elif text[end] == "/" and (end + 1 == len(text) or text[end + 1] in " ,|)"):
            return end + 1
        end += 1
    span = Span(path, number, at + 1, len(text) - at)
    raise Wrong(span, "a regular expression that is not closed", "put quotes around a text that begins with /")


def _cells(text: str, path: str, number: int) -> list[Token]:
    """The cells of a row: what stands between its bars."""
    bars = [at for at, character in _outside_quotes(text, path, number) if character == "|"]
    if text[bars[-1] + 1 :].strip():
        raise Wrong(Span(path, number, len(text.rstrip())), "a row of a table ends with |")
    cells = []
    for left, right in itertools.pairwise(bars):
        cell = text[left + 1 : right]
        start = left + 1 + len(cell) - len(cell.lstrip())
        cells.append(Token("cell", cell.strip(), Span(path, number, start + 1, max(1, len(cell.strip())))))
    if not cells:
        raise Wrong(Span(path, number, bars[0] + 1), "a row without cells", "a row is | one | two |")
    return cells


def _outside_quotes(text: str, path: str, number: int) -> list[tuple[int, str]]:
    at, found = 0, []
    while at < len(text):
        if text[at] == '"':
            at = _string_end(text, at, path, number)
        else:
            found.append((at, text[at]))
            at += 1
    return found


def _skip_spaces(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at
