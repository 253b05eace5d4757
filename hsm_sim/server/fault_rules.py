"""What a fault made on purpose is, and how it is written.

    [COMMAND] error XX | close | latency MS [jitter MS]     [at N | every N | chance P]
    refuse                                                  [at N | every N | chance P]

COMMAND is a command code, or `*` or nothing for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from saklar.hsm_sim.commands import COMMANDS

ANY = "*"

MAX_DELAY_MS = 3_600_000

_OF_COMMANDS = ("error", "close", "latency")


class FaultError(ValueError):
    """A text describes no fault; `str()` says which word is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A fault and when it strikes.

    Attributes:
        text: as it was written.
        code: of the commands that it strikes, or `ANY`.
        effect: error, close, latency or refuse.
        error: the error code to answer with.
        latency_ms: by which a response is late.
        jitter_ms: by how much more or less, at most.
        at: the only command (or connection) that it strikes, from 1; 0 for any.
        every: it strikes one in so many.
        chance: that it strikes, 0 to 1.
    """

    text: str
    code: str = ANY
    effect: str = ""
    error: str = ""
    latency_ms: float = 0.0
    jitter_ms: float = 0.0
    at: int = 0
    every: int = 1
    chance: float = 1.0

    @classmethod
    def parse(cls, text: str) -> FaultRule:
        """The rule that a text such as "CC error 20 every 3" says; raises FaultError."""
        words = _Words(text)
        code, effect = _subject(words)
        rule = _OF_EFFECT[effect](words, cls(text, code, effect))
        if words.left:
            occasion = words.one_of(_OF_OCCASION, f"nothing more, or {_listed(_OF_OCCASION)}")
            rule = _OF_OCCASION[occasion](words, rule)
        words.end()
        return rule


class _Words:
    """The words of a rule, and how far they have been read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = text.split()

    @property
    def left(self) -> bool:
        return bool(self._words)

    def take(self, good: Callable[[str], bool], expected: str) -> str:
        if not self._words:
            raise FaultError(f'"{self._text}" ends where {expected} is expected')
        if not good(self._words[0]):
            raise FaultError(f'"{self._text}": "{self._words[0]}" stands where {expected} is expected')
        return self._words.pop(0)

    def take_if(self, word: str) -> bool:
        found = self._words[:1] == [word]
        del self._words[: 1 if found else 0]
        return found

    def one_of(self, words: Iterable[str], expected: str) -> str:
        return self.take(lambda word: word in words, expected)

    def number(self, least: float, most: float, expected: str) -> float:
        def good(word: str) -> bool:
            return re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", word) is not None and least <= float(word) <= most

        return float(self.take(good, expected))

    def ordinal(self) -> int:
        good = re.compile("[1-9][0-9]{0,8}")
        return int(self.take(lambda word: good.fullmatch(word) is not None, "a whole number from 1"))

    def end(self) -> None:
        if self._words:
            raise FaultError(f'"{self._text}": "{self._words[0]}" stands where the fault should end')


def _subject(words: _Words) -> tuple[str, str]:
    """Code and effect that a rule begins with."""
    first = words.one_of({ANY, *COMMANDS, *_OF_EFFECT}, f"{ANY}, a command that there is, {_listed(_OF_EFFECT)}")
    if first in _OF_EFFECT:
        return ANY, first
    return first, words.one_of(_OF_COMMANDS, _listed(_OF_COMMANDS))


def _error(words: _Words, rule: FaultRule) -> FaultRule:
    good = re.compile("(?!00)[0-9A-Z]{2}")
    return replace(rule, error=words.take(lambda word: good.fullmatch(word) is not None, "an error code other than 00"))


def _latency(words: _Words, rule: FaultRule) -> FaultRule:
    expected = f"milliseconds up to {MAX_DELAY_MS}"
    latency = words.number(0, MAX_DELAY_MS, expected)
    jitter = words.number(0, MAX_DELAY_MS, expected) if words.take_if("jitter") else 0.0
    return replace(rule, latency_ms=latency, jitter_ms=jitter)


def _as_it_is(_: _Words, rule: FaultRule) -> FaultRule:
    return rule


def _listed(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}"


_OF_EFFECT: dict[str, Callable[[_Words, FaultRule], FaultRule]] = {
    "error": _error,
    "close": _as_it_is,
    "latency": _latency,
    "refuse": _as_it_is,
}

_OF_OCCASION: dict[str, Callable[[_Words, FaultRule], FaultRule]] = {
    "at": lambda words, rule: replace(rule, at=words.ordinal()),
    "every": lambda words, rule: replace(rule, every=words.ordinal()),
    "chance": lambda words, rule: replace(rule, chance=words.number(0, 1, "a number from 0 to 1")),
}
