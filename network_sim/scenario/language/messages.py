"""Messages as steps, templates and rules say them: a type, items, and the clauses behind them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from saklar.network_sim.scenario.language.cursor import NAME, Cursor
from saklar.network_sim.scenario.language.faults import FORMS, read_fault
from saklar.network_sim.scenario.language.source import Wrong, did_you_mean
from saklar.network_sim.scenario.language.tree import Action, Duration, Item, Message, Rule, Setting, Text, Use
from saklar.network_sim.scenario.language.values import parse_text
from saklar.network_sim.scenario.language.words import ACTIONS, CLAUSES, MONEY_SETTINGS, SETTINGS, WITH_MESSAGE

MTI = re.compile(r"[0-9x]{4}(?:\|[0-9x]{4})*|\$\{?[A-Za-z_][\w-]*\}?")
VARIABLE = re.compile(r"\$(?:[A-Za-z_][\w-]*|\{[A-Za-z_][\w-]*\})")
"""In the place of a template's name."""

CURRENCY = re.compile(r"[A-Z]{3}|\d{3}")
ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")


@dataclass(slots=True)
class Clauses:
    """What a step says behind its message."""

    within: Duration | None = None
    duration: Duration | None = None
    after: Duration | None = None
    label: str = ""
    to: str = ""
    exact: bool = False


def read_message(cursor: Cursor, allowed: Collection[str], stops: Collection[str] = ()) -> tuple[Message, Clauses]:
    """A type, if one comes next, items, and clauses, until the line ends or one of `stops` comes.

    Args:
        cursor: where it is read.
        allowed: those of `CLAUSES` that may be.
        stops: words that are not read.

    Raises:
        Wrong: something else stands there.
    """
    start = cursor.span
    mti = read_mti(cursor)
    items: list[Item] = []
    clauses = Clauses()
    while not cursor.done:
        if cursor.skip("comma"):
            continue
        token = cursor.token
        if token is not None and token.text in stops:
            break
        if token is not None and token.kind == "word" and token.text in CLAUSES and cursor.ahead() not in ("=", "!="):
            read_clause(cursor, clauses, allowed)
        else:
            items.append(read_item(cursor))
    return Message(mti, tuple(items), span=cursor.spanning(start)), clauses


def read_mti(cursor: Cursor) -> Text | None:
    """A message type, if that comes next: four digits, `x` for any, several with `|`, or a variable."""
    token = cursor.token
    if token is None or token.kind != "word" or cursor.ahead() in ("=", "!="):
        return None
    if MTI.fullmatch(token.text) is None:
        if token.text[:1].isdigit():
            raise Wrong(token.span, f"{token.text!r} is no message type", "they have four digits, as 0200")
        return None
    cursor.next("a message type")
    return parse_text(token.text, token.span)


def read_item(cursor: Cursor) -> Item:
    """An element and its value, a setting, or the name of a template."""
    field = cursor.assignment()
    if field is not None:
        return field
    token = cursor.next("an element and its value, as 39=00")
    if token.kind != "word":
        raise Wrong(token.span, f"{token.text} stands alone", "write an element before it, as 39=00")
    if token.text in SETTINGS:
        return _setting(cursor, token.text)
    if VARIABLE.fullmatch(token.text) is None and NAME.fullmatch(token.text) is None:
        before = cursor.behind
        if before is not None and did_you_mean(before.text, CLAUSES).startswith("did"):
            raise Wrong(before.span, f"{before.text!r} is not known", did_you_mean(before.text, CLAUSES))
        raise Wrong(token.span, f"{token.text!r} is no element with a value", "write it as 39=00")
    return Use(token.text, span=token.span)


def _setting(cursor: Cursor, name: str) -> Setting:
    start = cursor.span
    least, most = SETTINGS[name]
    values = [cursor.text(f"a value of {name}")]
    while len(values) < most and cursor.token is not None and cursor.token.kind in ("word", "string"):
        if name in MONEY_SETTINGS and CURRENCY.fullmatch(cursor.token.text) is None and "$" not in cursor.token.text:
            break
        values.append(cursor.text(f"a value of {name}"))
    assert len(values) >= least
    return Setting(name, tuple(values), span=cursor.spanning(start))


def read_clause(cursor: Cursor, clauses: Clauses, allowed: Collection[str]) -> None:
    """`within 1 s`, `for 10 s`, `after 2 s`, `as first`, `to first`, `and nothing else`."""
    token = cursor.one_of(CLAUSES, "clause")
    if token.text not in allowed:
        raise Wrong(token.span, f"{token.text!r} has no place here", _may_follow(allowed))
    match token.text:
        case "within":
            clauses.within = cursor.duration()
        case "for":
            clauses.duration = cursor.duration()
        case "after":
            clauses.after = cursor.duration()
        case "as":
            clauses.label = cursor.name("a label")
        case "to":
            clauses.to = cursor.name("the label of a message")
        case _:
            if not cursor.take("nothing", "else"):
                raise Wrong(token.span, "'and' is followed by 'nothing else'")
            clauses.exact = True


def _may_follow(allowed: Collection[str]) -> str:
    return f"what may stand here: {', '.join(allowed)}" if allowed else ""


def read_rule(cursor: Cursor) -> Rule:
    """`on 0200 4=10.51 answer 39=51`, `sending 0210 3rd drop`, `receiving 10% delay 200 ms`."""
    start = cursor.next("a rule")
    when = start.text
    ordinal, every, percent = 0, False, 100.0
    mti = read_mti(cursor)
    items: list[Item] = []
    while not cursor.done and not _at_action(cursor):
        if cursor.skip("comma"):
            continue
        token = cursor.token
        text = token.text if token is not None else ""
        if text == "every" and ORDINAL.fullmatch(cursor.ahead()):
            cursor.next("every")
            every = True
        elif (found := ORDINAL.fullmatch(text)) is not None:
            cursor.next("which")
            ordinal = int(found[1])
        elif (found := PERCENT.fullmatch(text)) is not None:
            cursor.next("how many")
            percent = float(found[1])
        else:
            items.append(_item_of_rule(cursor, items))
    message = Message(mti, tuple(items), span=cursor.spanning(start))
    if cursor.done:
        _refuse_near_action(items)
    action = read_action(cursor)
    _check_way(when, action)
    assert when in ("on", "sending", "receiving")
    return Rule(when, message, action, ordinal, every, percent, span=cursor.spanning(start))  # type: ignore[arg-type]


def _item_of_rule(cursor: Cursor, before: list[Item]) -> Item:
    try:
        return read_item(cursor)
    except Wrong:
        _refuse_near_action(before)
        raise


def _refuse_near_action(items: list[Item]) -> None:
    """Where a rule cannot be read: a name in it that is nearly an action is perhaps what is wrong."""
    for item in items:
        hint = did_you_mean(item.name, ACTIONS) if isinstance(item, Use) else ""
        if isinstance(item, Use) and hint.startswith("did"):
            raise Wrong(item.span, f"{item.name!r} is nothing to be done", hint)


def _check_way(when: str, action: Action) -> None:
    """Refuse what cannot be done to what is received: its bytes are there already."""
    form = FORMS.get(action.kind)
    words = [text.plain for text in action.arguments]
    cuts = action.kind == "truncate" and "message" not in words
    ends = action.kind in ("disconnect", "abort") and bool(words) and words != ["before"]
    bare = form is not None and not form.receiving
    if when == "receiving" and (bare or cuts or ends or action.kind == "inject" or words[:1] == ["length"]):
        hint = "use sending, or a proxy" if not cuts else "as in: receiving 0210 truncate message"
        raise Wrong(action.span, f"{action.kind} is for bytes that are sent", hint)


def _at_action(cursor: Cursor) -> bool:
    token = cursor.token
    return token is not None and token.kind == "word" and token.text in ACTIONS and cursor.ahead() not in ("=", "!=")


def read_action(cursor: Cursor) -> Action:
    """What a rule does, to the end of the line."""
    token = cursor.token
    if token is None:
        raise Wrong(cursor.span, "expected what is to be done, and the line ends", f"there are: {', '.join(ACTIONS)}")
    if token.text not in ACTIONS:
        raise Wrong(token.span, f"{token.text!r} is nothing to be done", did_you_mean(token.text, ACTIONS))
    cursor.next("an action")
    return action_of(cursor, token.text)


def action_of(cursor: Cursor, kind: str) -> Action:
    """An action of a kind that was read, with what follows."""
    if kind in FORMS:
        return read_fault(cursor, kind)
    start = cursor.span
    message: Message | None = None
    arguments: list[Text] = []
    durations: list[Duration] = []
    if kind in WITH_MESSAGE:
        message, _ = read_message(cursor, (), stops=("after",))
    while not cursor.done:
        token = cursor.token
        if cursor.skip("comma") or cursor.take("after") or cursor.take("to"):
            continue
        if token is not None and (token.text[:1].isdigit() and _is_time(token.text, cursor.ahead())):
            durations.append(cursor.duration())
        else:
            arguments.append(cursor.text("what it is about"))
    return Action(kind, message, tuple(arguments), tuple(durations), span=cursor.spanning(start))


_TIME = re.compile(r"\d+(?:\.\d+)?(ms|s|min|h|d)?")


def _is_time(text: str, following: str) -> bool:
    match = _TIME.fullmatch(text)
    return match is not None and (match[1] is not None or following in ("ms", "s", "min", "h", "d"))
