"""What may follow the word for a fault: `corrupt field 11`, `split 10 every 5 ms`, `disconnect after 20 bytes`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from saklar.network_sim.scenario.language.cursor import Cursor
from saklar.network_sim.scenario.language.source import Wrong, did_you_mean
from saklar.network_sim.scenario.language.tree import Action, Duration, Text
from saklar.network_sim.scenario.language.values import parse_text

_TIME = re.compile(r"\d+(?:\.\d+)?(?:ms|s|min|h|d)")
_UNITS = ("ms", "s", "min", "h", "d")
_TIMED = frozenset({"within", "every", "for"})
_SIZE_WORDS = ("bytes", "bytes/s")


@dataclass(frozen=True, slots=True)
class Form:
    """What a fault may be told.

    Attributes:
        example: one that is right.
        words: of which one may be said.
        little: words that lead to a number or a time, and mean nothing by themselves.
        number: "" if it takes none, "may" or "must".
        times: how many it takes, at least and at most.
        receiving: whether it can be done to what a party receives.
    """

    example: str
    words: tuple[str, ...] = ()
    little: tuple[str, ...] = ()
    number: str = ""
    times: tuple[int, int] = (0, 0)
    receiving: bool = True


_END = Form("disconnect after 20 bytes", ("before", "middle", "message"), ("in", "the", "after"), "may", (0, 2))

FORMS: dict[str, Form] = {
    "drop": Form("drop"),
    "delay": Form("delay 100 ms to 300 ms", ("heavy",), ("to", "after"), times=(1, 2)),
    "duplicate": Form("duplicate after 2 s", (), ("after",), times=(0, 1)),
    "reorder": Form("reorder 2 within 1 s", (), ("within",), "may", (0, 1)),
    "corrupt": Form("corrupt field 11", ("bit", "byte", "field", "length"), (), "may"),
    "truncate": Form("truncate to 20 bytes", ("message",), ("to",), "may"),
    "split": Form("split 10 every 5 ms", (), ("every",), "may", (0, 1), receiving=False),
    "glue": Form("glue 2 within 1 s", (), ("within",), "may", (0, 1), receiving=False),
    "bandwidth": Form("bandwidth 200 bytes/s", (), (), "must", receiving=False),
    "disconnect": _END,
    "abort": _END,
    "freeze": Form("freeze for 5 s", (), ("for",), times=(0, 1)),
    "half-open": Form("half-open"),
    "silence": Form("silence"),
    "accounts": Form("accounts"),
}
"""By the word for it."""


def read_fault(cursor: Cursor, kind: str) -> Action:
    """What follows the word for a fault, to the end of the line.

    Raises:
        Wrong: the fault cannot be told that.
    """
    form, start = FORMS[kind], cursor.span
    words: list[Text] = []
    numbers: list[Text] = []
    times: list[Duration] = []
    while (token := cursor.token) is not None:
        if cursor.skip("comma"):
            continue
        text = token.text
        if text in form.little and cursor.ahead():
            cursor.next(text)
        elif len(times) < form.times[1] and _is_time(cursor, form):
            times.append(cursor.duration())
        elif text in form.words and not words:
            words.append(parse_text(cursor.next(text).text, token.span))
            if text == "field":
                numbers.append(cursor.text("the number or name of an element, as in: corrupt field 11"))
        elif form.number and not numbers and (text.isdecimal() or text.startswith("$")):
            numbers.append(cursor.text("a number"))
            if cursor.token is not None and cursor.token.text in _SIZE_WORDS:
                cursor.next("bytes")
        else:
            raise Wrong(token.span, f"{kind} cannot be told {text!r}", _hint(form, text))
    if len(times) < form.times[0] or (form.number == "must" and not numbers):
        raise Wrong(cursor.span, f"{kind} by how much?", f"as in: {form.example}")
    return Action(kind, None, (*words, *numbers), tuple(times), span=cursor.spanning(start))


def _hint(form: Form, text: str) -> str:
    near = did_you_mean(text, (*form.words, *form.little)) if not text[:1].isdigit() else ""
    return near if near.startswith("did") else f"as in: {form.example}"


def _is_time(cursor: Cursor, form: Form) -> bool:
    token = cursor.token
    assert token is not None
    if token.text.startswith("$"):
        before = cursor.behind_word
        return before in _TIMED or not form.number
    number = token.text.replace(".", "", 1).isdecimal()
    return _TIME.fullmatch(token.text) is not None or (number and cursor.ahead() in _UNITS)
