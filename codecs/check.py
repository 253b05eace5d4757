"""Whether what matters of a message is as it should be, asked of every message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from saklar.codecs.dates import is_date
from saklar.codecs.element import Violation, content_pattern

if TYPE_CHECKING:
    from saklar.codecs.dialect import Dialect
    from saklar.codecs.message import Message
    from saklar.codecs.plan import Plan

MAX_SHAPES = 256
"""Kinds of message for which it is kept what there is to look at."""

MAX_DATES = 4_096
"""Of each kind of message, so many dates are kept."""

Look = Callable[[Mapping[int, str]], bool]
Groups = tuple[tuple[str, tuple[int, ...]], ...]
"""Elements by their format."""

Forms = tuple[tuple[int, str], ...]
"""What dates elements are."""


class Check:
    """The first of some elements whose content is not what its format allows.

    Decoding has seen to the lengths, so of a message as it was decoded only characters are looked at, and those of all
    elements with the same format at once, and dates. Where that finds something, and of any other message,
    `Dialect.check` says what it is.
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
        dates: dict[int, str] = {}
        for number in self._elements:
            if number not in shape.places:
                continue
            element = self._dialect.elements[number]
            if element.date is not None:
                dates[number] = element.date
            else:
                alike.setdefault(element.format, []).append(number)
        groups = tuple((form, tuple(numbers)) for form, numbers in alike.items())
        look = self._looks[shape] = _look(groups, tuple(dates.items()))
        return look


@lru_cache(maxsize=MAX_SHAPES)
def _look(alike: Groups, dates: Forms) -> Look:
    """Whether every value is made of the characters that its format allows, or is a date of its form.

    Made as text, as one expression takes a third of the time of a loop over formats; and kept, as a simulation has
    many engines, and to compile it is a twentieth of all that each of them does.
    """
    tests, namespace = [], {}  # type: list[str], dict[str, object]
    for form, numbers in alike:
        # Bytes in hex, and signed amounts, are no runs of characters: each stands for itself.
        for group in [[number] for number in numbers] if form in ("b", "x+n") else [numbers]:
            name = f"t{len(tests)}"
            namespace[f"match_{name}"] = content_pattern(form).fullmatch
            joined = "".join(f"{{v[{number}]}}" for number in group)
            quick = {"n": f"{name}.isascii() and {name}.isdigit()", "ans": f"{name}.isascii() and {name}.isprintable()"}
            test = f"match_{name}({name})"
            tests.append(f"(({name} := f'{joined}') is not None and ({quick.get(form, 'False')} or {test}))")
    if dates:
        joined = "".join(f"{{v[{number}]}}" for number, _ in dates)
        namespace["seen"], namespace["see"] = _dates(dates)
        tests.append(f"(f'{joined}' in seen or see(v))")
    exec(f"def look(v):\n  return bool({' and '.join(tests) or True})", namespace)  # noqa: S102 (of numbers and names)
    look: Look = namespace["look"]  # type: ignore[assignment]
    return look


def _dates(forms: Forms) -> tuple[set[str], Look]:
    """The dates of messages that were seen to be some, joined, and what sees to it that others are.

    Messages of one second have them in common: to find them among those that were seen costs a thirtieth of a
    microsecond, and to look at each of them fifty times that.
    """
    seen: set[str] = set()

    def see(values: Mapping[int, str]) -> bool:
        if not all(is_date(values[number], form) for number, form in forms):
            return False
        if len(seen) >= MAX_DATES:
            seen.clear()
        seen.add("".join([values[number] for number, _ in forms]))
        return True

    return seen, see
