"""Reading the tokens of a statement one after another."""

from __future__ import annotations

import re
from collections.abc import Collection

from saklar.network_sim.scenario.language.lexer import Line, Token
from saklar.network_sim.scenario.language.source import Span, Wrong, did_you_mean
from saklar.network_sim.scenario.language.tree import Duration, Field, Option, Text, Value
from saklar.network_sim.scenario.language.values import parse_duration, parse_text, parse_value
from saklar.network_sim.scenario.language.words import RESERVED

NAME = re.compile(r"[A-Za-z_](?:[\w-]*\w)?")


class Cursor:
    """The tokens of a line, and where in them we are.

    Args:
        line: the line.
        more: its children are read as if they stood behind it.
    """

    def __init__(self, line: Line, *, more: bool = False) -> None:
        self.line = line
        self._tokens = [*line.tokens, *(_all_tokens(line.children) if more else ())]
        self._at = 0

    @property
    def token(self) -> Token | None:
        """The token to be read next."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    @property
    def behind(self) -> Token | None:
        """The word before the one that was read last."""
        return self._tokens[self._at - 2] if self._at > 1 and self._tokens[self._at - 2].kind == "word" else None

    @property
    def behind_word(self) -> str:
        """The text that was read last."""
        return self._tokens[self._at - 1].text if self._at else ""

    @property
    def span(self) -> Span:
        """The place of the next token, or that after the last one."""
        token = self.token
        if token is not None:
            return token.span
        last = self._tokens[-1].span
        return Span(last.file, last.line, last.column + last.width)

    def spanning(self, start: Token | Span) -> Span:
        """From a token to the last one read, as far as they are in the same line."""
        span = start.span if isinstance(start, Token) else start
        end = self._tokens[max(0, self._at - 1)].span
        if end.line != span.line:
            return span
        return Span(span.file, span.line, span.column, max(span.width, end.column + end.width - span.column))

    @property
    def done(self) -> bool:
        """Whether all has been read."""
        return self._at >= len(self._tokens)

    def ahead(self, count: int = 1) -> str:
        """The text of the token so many after the next one; "" where there is none."""
        at = self._at + count
        return self._tokens[at].text if at < len(self._tokens) else ""

    def at(self, *words: str) -> bool:
        """Whether these words come next."""
        return all(self._is_word(self._at + offset, word) for offset, word in enumerate(words))

    def _is_word(self, at: int, word: str) -> bool:
        return at < len(self._tokens) and self._tokens[at].kind == "word" and self._tokens[at].text == word

    def take(self, *words: str) -> bool:
        """Read these words, if they come next."""
        if self.at(*words):
            self._at += len(words)
            return True
        return False

    def next(self, expected: str) -> Token:
        """The next token; `expected` says what it should be."""
        token = self.token
        if token is None:
            raise Wrong(self.span, f"expected {expected}, and the line ends")
        self._at += 1
        return token

    def skip(self, kind: str) -> bool:
        """Read a token of that kind, if it comes next."""
        token = self.token
        if token is not None and token.kind == kind:
            self._at += 1
            return True
        return False

    def end(self, what: str = "") -> None:
        """Refuse what is left."""
        token = self.token
        if token is not None:
            raise Wrong(token.span, f"{token.text!r} has no place here" + (f": {what}" if what else ""))

    # What statements are made of.

    def word(self, expected: str) -> Token:
        """A word or a quoted text."""
        token = self.next(expected)
        if token.kind not in ("word", "string"):
            raise Wrong(token.span, f"expected {expected}, found {token.text!r}")
        return token

    def one_of(self, words: Collection[str], what: str) -> Token:
        """One of some words."""
        token = self.word(what)
        if token.text not in words:
            raise Wrong(token.span, f"{token.text!r} is no {what}", did_you_mean(token.text, words))
        return token

    def name(self, what: str) -> str:
        """The name of something: letters, digits, - and _, and no word of the language."""
        token = self.next(what)
        if token.kind != "word" or NAME.fullmatch(token.text) is None:
            hint = "names have letters, digits, - and _, and begin with a letter"
            raise Wrong(token.span, f"expected {what}, found {token.text!r}", hint)
        if token.text in RESERVED:
            raise Wrong(token.span, f"{token.text!r} is a word of the language, and no name")
        return token.text

    def text(self, expected: str) -> Text:
        """A text with its variables."""
        token = self.word(expected)
        return parse_text(token.text, token.span)

    def string(self, expected: str) -> str:
        """A text in quotes, without variables."""
        token = self.next(expected)
        text = parse_text(token.text, token.span).plain if token.kind == "string" else None
        if text is None:
            raise Wrong(token.span, f"expected {expected} in quotes, found {token.text}")
        return text

    def value(self, expected: str) -> Value:
        """A value in any of its forms."""
        token = self.next(expected)
        if token.kind not in ("word", "string", "value"):
            raise Wrong(token.span, f"expected {expected}, found {token.text!r}")
        return parse_value(token.text, token.span)

    def assignment(self) -> Field | None:
        """`name=value`, if that comes next."""
        token = self.token
        if token is None or self._at + 1 >= len(self._tokens) or self._tokens[self._at + 1].kind != "operator":
            return None
        self._at += 1
        operator = self.next("=")
        value = self.value("a value")
        span = Span(token.span.file, token.span.line, token.span.column, _width(token.span, value.span))
        return Field(token.text, "!=" if operator.text == "!=" else "=", value, span=span)

    def duration(self) -> Duration:
        """A time."""
        token = self.word("a time")
        unit = self.token.text if self.token is not None and self.token.kind == "word" else None
        duration, took_unit = parse_duration(token.text, unit, token.span)
        if took_unit:
            self._at += 1
        return duration

    def options(self, table: dict[str, tuple[int, int]], what: str) -> list[Option]:
        """Words of a table with their values, until the line ends."""
        found = []
        while not self.done:
            if not self.skip("comma"):
                found.append(self.option(table, what))
        return found

    def option(self, table: dict[str, tuple[int, int]], what: str) -> Option:
        """A word of a table with its values."""
        start = self.one_of(table, what)
        least, most = table[start.text]
        values: list[Text] = []
        while len(values) < most and self.token is not None and self.token.kind in ("word", "string"):
            if len(values) >= least and self.token.text in table:
                break
            values.append(self.text(f"a value of {start.text}"))
        if len(values) < least:
            raise Wrong(self.span, f"{start.text} needs a value")
        return Option(start.text, tuple(values), span=self.spanning(start))


def _width(first: Span, last: Span) -> int:
    return last.column + last.width - first.column if last.line == first.line else first.width


def _all_tokens(lines: list[Line]) -> list[Token]:
    return [token for line in lines for token in (*line.tokens, *_all_tokens(line.children))]
