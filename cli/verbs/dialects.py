"""`saklar dialects`: which there are, and what is in one."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from saklar.cli.verbs.decode import load
from saklar.codecs import Element, dialect_names, load_dialect

app = typer.Typer(help="List the dialects that saklar ships, and show what is in one.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_(*, as_json: JsonOption = False) -> None:
    """List the shipped dialects."""
    shipped = [load_dialect(name) for name in dialect_names()]
    if as_json:
        rows = [{"name": d.name, "title": d.title, "version": d.version} for d in shipped]
        print(json.dumps(rows))  # noqa: T201
        return
    table = Table("name", "what it is")
    for dialect in shipped:
        table.add_row(dialect.name, dialect.title)
    Console().print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A shipped dialect's name, or a TOML file.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Show the elements of a dialect."""
    dialect = load(name)
    if as_json:
        elements = {str(number): _facts(element) for number, element in dialect.elements.items()}
        print(json.dumps({"name": dialect.name, "title": dialect.title, "elements": elements}))  # noqa: T201
        return
    table = Table("DE", "element", "format", "length", "written", "secret", title=dialect.title, title_justify="left")
    for number, element in dialect.elements.items():
        facts = _facts(element)
        table.add_row(str(number), *(str(facts[key] or "") for key in _COLUMNS))
    Console().print(table)


_COLUMNS = ("name", "format", "length", "encoding", "secret")


def _facts(element: Element) -> dict[str, object]:
    fixed = element.length_type == "fixed"
    length = str(element.max_length) if fixed else f"{element.length_type} ..{element.max_length}"
    return {
        "name": element.name,
        "format": element.format,
        "length": length,
        "encoding": element.encoding,
        "secret": element.secret,
    }
