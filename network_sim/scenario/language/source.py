"""A scenario file's text, places in it, and what is wrong at a place, said as a person can use it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

MAX_BYTES = 1 << 20
"""Of one file: more is no list of cases that a person wrote."""


@dataclass(frozen=True, slots=True)
class Span:
    """A place: file, line and column (from 1), and how many characters it covers."""

    file: str
    line: int
    column: int = 1
    width: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: its path as it is shown, and its lines."""

    path: str
    lines: tuple[str, ...]

    @classmethod
    def of(cls, text: str, path: str = "scenario") -> Source:
        """The source of a text; `path` names it in errors."""
        return cls(path, tuple(text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")))

    @classmethod
    def read(cls, path: Path) -> Source:
        """The source in a file.

        Raises:
            ScenarioError: the file cannot be read, is too long, or is no UTF-8 text.
        """
        place = Span(str(path), 1)
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise ScenarioError([Problem(place, f"cannot be read: {error.strerror}")]) from None
        if len(data) > MAX_BYTES:
            raise ScenarioError([Problem(place, f"has more than {MAX_BYTES >> 20} MiB, which no list of cases has")])
        try:
            return cls.of(data.decode("utf-8"), str(path))
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise ScenarioError([Problem(Span(str(path), line), "is no UTF-8 text")]) from None

    def line(self, number: int) -> str:
        """The line of that number; "" where there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, and what would be right; `text` is the line."""

    span: Span
    message: str
    hint: str = ""
    text: str = ""

    def __str__(self) -> str:
        said = f"{self.span}: {self.message}" + (f"; {self.hint}" if self.hint else "")
        if not self.text.strip():
            return said
        line = self.text.replace("\t", " ")
        marks = "^" * max(1, min(self.span.width, len(line) - self.span.column + 1))
        return f"{said}\n  {line}\n  {' ' * (self.span.column - 1)}{marks}"


@dataclass
class ScenarioError(Exception):
    """A scenario cannot be used; `problems` has each thing that is wrong, in the order of the file."""

    problems: list[Problem] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class Wrong(Exception):
    """One thing that is wrong, as it is found; whoever found the line collects it."""

    def __init__(self, span: Span, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(span, message, hint)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint for a word that is not known: the nearest that is, or all if they are few.

    What is known in two words is found by its first, and by both where the word is two.
    """
    names = sorted(set(known))
    by_word: dict[str, list[str]] = {}
    for name in names:
        by_word.setdefault((name if " " in word else name.partition(" ")[0]).lower(), []).append(name)
    near = difflib.get_close_matches(word.lower(), by_word, n=1, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(by_word[near[0]])}?"
    if 0 < len(names) <= FEW:
        return f"there are: {', '.join(names)}"
    return ""


FEW = 12
