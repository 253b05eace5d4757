"""`saklar diff`: two messages side by side."""

import json
import sys
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from saklar.cli.inputs import BadInputError, Form, read
from saklar.cli.listing import Row, rows
from saklar.cli.service import fail
from saklar.cli.verbs.decode import load
from saklar.codecs import DecodeError, Message
from saklar.codecs.guess import guess

DIFFERENT = 1
"""Exit code when the messages differ, as `diff` has it."""


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="A message in hex or base64, or a file.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another.")],
    *,
    dialect: Annotated[
        str | None,
        typer.Option("--dialect", "-d", help="A shipped dialect's name, or a TOML file; left out, it is guessed."),
    ] = None,
    second_dialect: Annotated[
        str | None, typer.Option("--dialect-b", help="The dialect of B, where it is another one than A's.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show what is the same, too.")] = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show secrets.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the changes as JSON, with every value in full.")
    ] = False,
) -> None:
    """Show two messages side by side, with what changed: elements, and parts of elements.

    Exit code 0 when they have the same elements, 1 when they differ, 2 when one of them cannot be read.
    """
    left = _message("A", first, dialect)
    right = _message("B", second, second_dialect or dialect)
    changes = _changes(left, right, everything=everything or as_json, reveal=reveal or as_json)
    differ = [change for change in changes if change[0] != "="]
    if as_json:
        print(json.dumps([dict(zip(("change", "path", "a", "b"), _plain(c), strict=True)) for c in differ]))  # noqa: T201
    else:
        _print(left, right, changes)
    sys.exit(DIFFERENT if differ else 0)


Change = tuple[str, str, Row | None, Row | None]
"""What happened (=, ~ changed, - only in A, + only in B), the path, and the lines of both."""


def _message(which: str, data: str, dialect: str | None) -> Message:
    try:
        content = read(data, Form.AUTO)
    except BadInputError as error:
        raise fail(f"{which}: {error}") from None
    if dialect is None:
        found = guess(content)
        if not found:
            raise fail(f"{which}: no shipped dialect reads this; give one with --dialect")
        return found[0].message
    try:
        return load(dialect).decode(content)
    except DecodeError as error:
        raise fail(f"{which}: {error}") from None


def _changes(left: Message, right: Message, *, everything: bool, reveal: bool) -> list[Change]:
    """Line by line, in the order of the elements."""
    a, b = _by_path(left, reveal=reveal), _by_path(right, reveal=reveal)
    paths = sorted({*a, *b}, key=_order)
    found = [(_kind(left, right, path, a.get(path), b.get(path)), path, a.get(path), b.get(path)) for path in paths]
    kept = [change for change in found if everything or change[0] != "="]
    changed = {change[1] for change in kept if change[0] != "="}
    # Where a part tells what changed, the element that holds it would say it again.
    return [c for c in kept if c[0] != "~" or not any(other.startswith(f"{c[1]}.") for other in changed)]


def _by_path(message: Message, *, reveal: bool) -> dict[str, Row]:
    """The lines of a message by path, such as "55.9F26"; the MTI is a line of its own."""
    found = {"mti": Row("MTI", "message type", "", message.mti, "")}
    path: list[str] = []
    for row in rows(message, reveal=reveal):
        path = [*path[: row.depth], row.key]
        found[".".join(path)] = row
    return found


def _order(path: str) -> tuple[int, str]:
    number = path.partition(".")[0]
    return (int(number) if number.isdecimal() else -1, path)


def _kind(left: Message, right: Message, path: str, a: Row | None, b: Row | None) -> str:
    if a is None or b is None:
        return "+" if a is None else "-"
    if path == "mti":
        return "=" if left.mti == right.mti else "~"
    if path in ("", "header"):
        return "=" if left.header == right.header else "~"
    return "=" if _value(left, path) == _value(right, path) else "~"


def _value(message: Message, path: str) -> str | None:
    """The value itself, as what is shown may be masked."""
    try:
        return message.get(path)
    except ValueError:
        return None


def _plain(change: Change) -> tuple[str, str, str | None, str | None]:
    kind, path, a, b = change
    return kind, path, a.value if a else None, b.value if b else None


_STYLES = {"~": "yellow", "+": "green", "-": "red", "=": "dim"}


def _print(left: Message, right: Message, changes: list[Change]) -> None:
    title = f"A: {left.mti} {left.dialect.name}   B: {right.mti} {right.dialect.name}"
    table = Table("", "DE", "element", "A", "B", title=title, title_justify="left", box=box.SIMPLE, pad_edge=False)
    for kind, path, a, b in changes:
        row = a or b
        assert row is not None
        table.add_row(kind, path, row.name, _cell(a), _cell(b), style=_STYLES[kind])
    console = Console()
    console.print(table)
    if not changes:
        console.print("no difference")


def _cell(row: Row | None) -> str:
    if row is None:
        return "—"
    return f"{row.value} ({row.meaning})" if row.meaning else row.value or row.raw
