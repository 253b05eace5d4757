"""A message as a table for people."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich import box
from rich.table import Table

from saklar.codecs import Divided, Element, Message, PartError
from saklar.codecs.describe import describe_mti, meaning
from saklar.codecs.emv import explain_tag, tag_name

_MOST_BYTES = 24
"""Bytes of an element that are shown; the value says the rest."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; `depth` is 0 for an element, 1 for a part of one, and so on."""

    key: str
    name: str
    raw: str
    value: str
    meaning: str
    depth: int = 0


def message_table(message: Message, *, reveal: bool) -> Table:
    """The elements and their parts, with what they mean; secrets masked unless revealed."""
    title = f"{message.mti}  {describe_mti(message.mti)}  ·  {message.dialect.name}"
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE, pad_edge=False)
    table.add_column("DE", no_wrap=True)
    table.add_column("element")
    table.add_column("bytes", overflow="fold", style="dim")
    table.add_column("value", overflow="fold")
    table.add_column("meaning", overflow="fold")
    for row in rows(message, reveal=reveal):
        table.add_row("  " * row.depth + row.key, row.name, row.raw, row.value, row.meaning)
    return table


def rows(message: Message, *, reveal: bool) -> Iterator[Row]:
    """What the table shows, line by line."""
    if message.header:
        yield Row("", "header", "", " ".join(f"{name}={value}" for name, value in message.header.items()), "")
    for number in message:
        element, value = message.dialect.elements[number], message[number]
        shown = value if reveal else element.shown(value)
        hidden = shown != value
        words = "" if hidden else _words(message, number, value)
        raw = _raw(message.raw_element(number) or b"", hidden=hidden)
        divided = _parts(value, reveal=reveal) if isinstance(value, Divided) else []
        yield Row(str(number), element.name, raw, "" if divided else shown, words)
        yield from divided


def _words(message: Message, number: int, value: str) -> str:
    currency = message.get(49)
    return meaning(number, value, message.dialect.version, currency=currency) or ""


def _raw(data: bytes, *, hidden: bool) -> str:
    if hidden:
        return f"{len(data)} bytes"
    more = len(data) - _MOST_BYTES
    return data[:_MOST_BYTES].hex().upper() + (f"… {more} more" if more > 0 else "")


def _parts(value: Divided, *, reveal: bool, depth: int = 1) -> list[Row]:
    """The parts of an element; where it does not divide, a line that says why."""
    try:
        parts = value.parts()
    except PartError as error:
        return [Row("", "", "", "", f"does not divide: {error.message}", depth)]
    found = []
    for key, part in parts.items():
        element = value.element(key)
        shown = part if reveal else element.shown(part)
        is_tag = element.format == "b" and tag_name(key) is not None
        words = "; ".join(explain_tag(key, part)) if is_tag and shown == part else ""
        below = _parts(part, reveal=reveal, depth=depth + 1) if isinstance(part, Divided) else []
        found += [Row(key, _name(element, key), "", shown, words, depth), *below]
    return found


def _name(element: Element, key: str) -> str:
    return element.name if element.name not in ("", element.key) else tag_name(key) or ""
