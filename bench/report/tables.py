"""Every figure of a document in tables, whatever the document has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from saklar.bench.report.markup import figure, text

FOR_PROGRAMS = frozenset({"hdr"})
"""What no person reads: an encoded histogram."""

_MANY_COLUMNS = 9
_SHORT = 24
"""Characters of words that may stand in a row of figures."""


def flat(record: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """The values of a record and of the records in it, by names that say where they were."""
    found: list[tuple[str, Any]] = []
    for key, value in record.items():
        name = f"{prefix} {key}".strip()
        if key in FOR_PROGRAMS:
            continue
        if isinstance(value, Mapping):
            found += flat(value, name) or [(name, None)]
        else:
            found.append((name, value))
    return found


def is_list(value: object) -> bool:
    """Whether it is a list (or a tuple) of records or of lists, which is a table of its own."""
    return isinstance(value, (list, tuple)) and any(isinstance(each, (Mapping, list, tuple)) for each in value)


def name_of(key: str) -> str:
    """A key of JSON in words."""
    return key.replace("_", " ")


def record(values: Mapping[str, Any]) -> str:
    """A table of names and values, and after it a table for each list in it."""
    found = flat(values)
    rows = [(name_of(name), value) for name, value in found if not is_list(value)]
    parts = [_table([], [[name, value] for name, value in rows])] if rows else []
    for name, value in found:
        if is_list(value):
            parts.append(_folded(name_of(name), rest_of(value)))
    return "".join(parts)


def rest_of(values: Sequence[Any]) -> str:
    """A table of a list; lists within its records are folded below it."""
    if not all(isinstance(value, Mapping) for value in values):
        rows = [list(value) if isinstance(value, (list, tuple)) else [value] for value in values]
        return _table([], rows)
    flats = [dict(flat(value)) for value in values]
    names = list(dict.fromkeys(name for each in flats for name, value in each.items() if not is_list(value)))
    if len(names) > _MANY_COLUMNS >= len(values):
        head = ["", *(str(number) for number in range(1, len(values) + 1))]
        parts = [_table(head, [[name_of(name), *(each.get(name, "") for each in flats)] for name in names])]
    else:
        head = [name_of(name) for name in names]
        parts = [_table(head, [[each.get(name, "") for name in names] for each in flats])]
    for number, each in enumerate(flats, start=1):
        for name, value in each.items():
            if is_list(value):
                parts.append(_folded(f"{called(values[number - 1], str(number))}: {name_of(name)}", rest_of(value)))
    return "".join(parts)


def called(value: Mapping[str, Any], otherwise: str) -> str:
    """What a record is of, by what it says of itself."""
    names = [figure(value[key]) for key in ("name", "target", "load") if isinstance(value.get(key), str)]
    return ", ".join(names) or otherwise


def _folded(name: str, content: str) -> str:
    return f"<details><summary>{text(name)}</summary>{content}</details>"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    top = f"<thead><tr>{''.join(f'<th>{text(name)}</th>' for name in head)}</tr></thead>" if head else ""
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows)
    return f'<div class="wide"><table>{top}<tbody>{body}</tbody></table></div>'


def _cell(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        value = ", ".join(figure(each) for each in value) or "none"
    elif isinstance(value, Mapping):
        value = ", ".join(f"{name} {figure(each)}" for name, each in flat(value)) or "none"
    said = figure(value)
    kind = ' class="words"' if isinstance(value, str) and len(said) > _SHORT else ""
    return f"<td{kind}>{text(said)}</td>"
