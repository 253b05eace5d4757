"""Whether what matters of a message is as it should be, asked of every message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
    """Whether every value is made of the characters that its format allows.

    Made as text, as one expression takes a third of the time of a loop over formats.
    """
    tests, namespace = [], {}  # type: list[str], dict[str, object]
    for form, numbers in alike.items():
        # Bytes in hex, and signed amounts, are no runs of characters: each stands for itself.
        for group in [[number] for number in numbers] if form in ("b", "x+n") else [numbers]:
            name = f"t{len(tests)}"
            namespace[f"match_{name}"] = content_pattern(form).fullmatch
            joined = "".join(f"{{v[{number}]}}" for number in group)
            quick = {"n": f"{name}.isascii() and {name}.isdigit()", "ans": f"{name}.isascii() and {name}.isprintable()"}
            test = f"match_{name}({name})"
            tests.append(f"(({name} := f'{joined}') is not None and ({quick.get(form, 'False')} or {test}))")
    exec(f"def look(v):\n  return bool({' and '.join(tests) or True})", namespace)  # noqa: S102 (of numbers and names)
    look: Look = namespace["look"]  # type: ignore[assignment]
    return look
