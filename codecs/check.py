"""Whether what matters of a message is as it should be, asked of every message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING

from saklar.codecs.element import Violation, content_pattern

if TYPE_CHECKING:
    from saklar.codecs.dialect import Dialect
    from saklar.codecs.message import Message
    from saklar.codecs.plan import Plan

MAX_SHAPES = 256
"""Kinds of message for which it is kept what there is to look at."""

Look = Callable[[Mapping[int, str]], bool]


class Check:
    """The first of some elements whose content is not what its format allows.

    Decoding has seen to the lengths, so of a message as it was decoded only characters are looked at, and those of all
    elements with the same format at once. Where that finds something, and of any other message, `Dialect.check` says
    what it is.
    """

    def __init__(self, dialect: Dialect, elements: Iterable[int]) -> None:
        self._dialect = dialect
        self._elements = tuple(elements)
        self._looks: dict[Plan, Look] = {}

    def __call__(self, message: Message, values: Mapping[int, str]) -> Violation | None:
        """The first violation, or None; `values` are the message's."""
        shape = message.shape
        if shape is not None:
            look = self._looks.get(shape) or self._new_look(shape)
            if look(values):
                return None
        found = self._dialect.check(values, self._elements)
        return found[0] if found else None

    def _new_look(self, shape: Plan) -> Look:
        if len(self._looks) >= MAX_SHAPES:
            self._looks.clear()
        alike: dict[str, list[int]] = {}
        for number in self._elements:
            if number in shape.places:
                alike.setdefault(self._dialect.elements[number].format, []).append(number)
        look = self._looks[shape] = _look(alike)
        return look


def _look(alike: dict[str, list[int]]) -> Look:
    """Whether every value is made of the characters that its format allows."""
    digits = _joined(alike.pop("n", []))
    printable = _joined(alike.pop("ans", []))
    # Bytes in hex, and signed amounts, are no runs of characters: each stands for itself.
    others = [
        (content_pattern(form).fullmatch, _joined(group))
        for form, numbers in alike.items()
        for group in ([[number] for number in numbers] if form in ("b", "x+n") else [numbers])
    ]

    def look(values: Mapping[int, str]) -> bool:
        numbers, text = digits(values), printable(values)
        if not (numbers.isascii() and numbers.isdigit()) and numbers:
            return False
        if not (text.isascii() and text.isprintable()):
            return False
        return all(matches(join(values)) for matches, join in others)

    return look


def _joined(numbers: list[int]) -> Callable[[Mapping[int, str]], str]:
    """The values of these elements, one behind the other."""
    if not numbers:
        return lambda _: ""
    pick, join = itemgetter(*numbers), "".join
    return pick if len(numbers) == 1 else lambda values: join(pick(values))
