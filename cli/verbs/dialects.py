"""`saklar dialects`: which there are, what is in one, and making one of what others have."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from saklar.cli.service import fail
from saklar.cli.verbs.decode import load
from saklar.codecs import Dialect, DialectError, Element, dialect_names, load_dialect, parse_dialect
from saklar.codecs.dialect_schema import schema
from saklar.codecs.imports import FORMATS, import_dialect
from saklar.codecs.imports.document import to_toml
from saklar.codecs.imports.pyiso8583 import to_pyiso8583

app = typer.Typer(
    help="List and explain the dialects that saklar ships, check one of your own, and import those of other programs.",
    invoke_without_command=True,
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="A shipped dialect's name, or a TOML file.")]


@app.callback()
def _default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_(as_json=False)


@app.command("list")
def list_(*, as_json: JsonOption = False) -> None:
    """List the shipped dialects."""
    shipped = [load_dialect(name) for name in dialect_names()]
    if as_json:
        rows = [{"name": d.name, "title": d.title, "version": d.version} for d in shipped]
        print(json.dumps(rows))  # noqa: T201
        return
    table = Table("name", "what it is", box=box.SIMPLE, pad_edge=False)
    for dialect in shipped:
        table.add_row(dialect.name, dialect.title)
    Console().print(table)


@app.command()
def show(name: NameArgument, *, as_json: JsonOption = False) -> None:
    """Show what a dialect says: MTI, bitmap, header, framing, and its elements with their parts."""
    dialect = load(name)
    if as_json:
        elements = {str(number): _facts(element) for number, element in dialect.elements.items()}
        print(json.dumps({"name": dialect.name, "title": dialect.title, "elements": elements}))  # noqa: T201
        return
    console = Console()
    for line in _head(dialect):
        console.print(line, highlight=False, markup=False)
    table = Table("DE", "element", "format", "length", "written", "secret", box=box.SIMPLE, pad_edge=False)
    for number, element in dialect.elements.items():
        _add(table, str(number), element, 0)
    console.print(table)


def _head(dialect: Dialect) -> list[str]:
    """What is said of the whole message."""
    described = dialect.description
    bitmap = described.bitmap
    lines = [
        f"{dialect.name}: {dialect.title}",
        f"edition    ISO 8583:{dialect.version}" + (", contents checked when read" if described.strict else ""),
        f"MTI        {described.mti_encoding}",
        f"bitmap     {bitmap.encoding}, up to {bitmap.most}"
        + (f", always {bitmap.always}" if bitmap.always > 1 else ""),
    ]
    if described.header is not None:
        lines.append(f"header     {', '.join(_header_part(part.element) for part in described.header.parts)}")
    if described.framing is not None:
        lines.append(f"framing    {described.framing.name}")
    if described.source:
        lines.append(f"source     {described.source}")
    return lines


def _header_part(element: Element) -> str:
    return f"{element.key} ({element.max_length} {'bytes' if element.format == 'b' else element.encoding})"


def _add(table: Table, key: str, element: Element, depth: int) -> None:
    facts = _facts(element)
    table.add_row("  " * depth + key, *(str(facts[column] or "") for column in _COLUMNS))
    for part in element.parts.elements() if element.parts is not None else ():
        if part.name and part.name != part.key:
            _add(table, part.key, part, depth + 1)


_COLUMNS = ("name", "format", "length", "encoding", "secret")


def _facts(element: Element) -> dict[str, object]:
    by_kind = {"fixed": str(element.max_length), "rest": "to the end", "parts": "as its parts"}
    return {
        "name": element.name,
        "format": element.format,
        "date": element.date,
        "length": by_kind.get(element.length_type, f"{element.length_type} ..{element.max_length}"),
        "encoding": element.encoding,
        "secret": element.secret,
    }


@app.command()
def check(file: Annotated[Path, typer.Argument(metavar="FILE", help="A dialect's TOML file.")]) -> None:
    """Check a dialect file: prints what is wrong, or how many elements it has."""
    dialect = load(str(file if file.is_absolute() or "/" in str(file) else f"./{file}"))
    print(f"{file}: good: {dialect.name}, {len(dialect.elements)} elements")  # noqa: T201


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The other program's file.")],
    *,
    format_: Annotated[
        str | None,
        typer.Option("--format", help=f"What it is: {', '.join(FORMATS)}; left out, it is recognised."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call the dialect; its file's name, if left out.")] = None,
) -> None:
    """Print a dialect file made of what another program has.

    That is a moov-io/iso8583 specification (JSON), a jPOS GenericPackager (XML), or a pyiso8583 specification (JSON).
    What the other format says and a dialect cannot is an error that names the field. Review the result: marks of
    secrets are set by element number, and no foreign format says which edition of ISO 8583 it is of.
    """
    try:
        content = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise fail(f"{file}: {error.strerror if isinstance(error, OSError) else 'not text'}") from None
    try:
        text = to_toml(import_dialect(content, format_, name or file.stem))
        parse_dialect(text, "what was imported")
    except DialectError as error:
        raise fail(f"{file}: {error}") from None
    print(text, end="")  # noqa: T201


@app.command()
def export(name: NameArgument) -> None:
    """Print a dialect as a pyiso8583 specification, in JSON."""
    try:
        print(json.dumps(to_pyiso8583(load(name)), indent=1))  # noqa: T201
    except DialectError as error:
        raise fail(str(error)) from None


@app.command("schema")
def schema_() -> None:
    """Print the JSON Schema of dialect files, for editors."""
    print(json.dumps(schema(), indent=1))  # noqa: T201
