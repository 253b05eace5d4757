"""`saklar bench codec`: the codec alone."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from saklar.cli.verbs.bench.common import JsonFile, refusing, save, working
from saklar.cli.verbs.decode import load
from saklar.codecs import dialect_names

if TYPE_CHECKING:
    from saklar.bench.micro.codec import CodecResult


def codec(
    *,
    dialect: Annotated[
        list[str] | None,
        typer.Option("--dialect", "-d", help="A dialect to measure, again for more; all, if left out."),
    ] = None,
    rounds: Annotated[int, typer.Option(help="Rounds for each figure; more make it steadier.", min=2, max=10_000)] = 15,
    json_file: JsonFile = None,
) -> None:
    """The codec's speed for three sizes of message, beside pyiso8583 in the same run where it knows the dialect.

    `read 5` decodes and reads DE 2, 3, 4, 11 and 41; `read all` gives every value; `encode` writes a dict; `change 2`
    decodes, sets DE 11 and 39, and encodes. Ratios are to pyiso8583's decode, its encode, or both together.
    """
    with refusing():
        from saklar.bench.micro.codec import measure  # noqa: PLC0415 (an extra that may be missing)
    dialects = [load(name) for name in dialect or dialect_names()]
    console = Console()
    with working(console) as tell:
        result = measure(dialects, rounds, lambda what: tell(f"measuring {what}"))
    save(result.as_document(), json_file)
    _print_codec(result, console)


def _print_codec(result: "CodecResult", console: Console) -> None:
    table = Table(
        "dialect", "message", "operation", "µs", "pyiso8583 µs", "times as fast", box=box.SIMPLE, pad_edge=False
    )
    for figure in result.figures:
        held = result.memory[f"{figure.dialect} {figure.size}"]
        first = figure.operation == "read 5"
        message = f"{figure.size}, {figure.length} bytes; holds {held} more" if first else ""
        theirs = f"{figure.theirs_us:.1f}" if figure.theirs_us else "cannot say it"
        ratio = (
            f"{figure.ratio:.1f}  ({figure.quartiles[0]:.1f} to {figure.quartiles[1]:.1f})" if figure.quartiles else ""
        )
        name = figure.dialect if first else ""
        table.add_row(
            name, message, figure.operation, f"{figure.us:.2f}", theirs if first or figure.quartiles else "", ratio
        )
    console.print(table)
    console.print(
        "The fastest of rounds that alternate with pyiso8583's; in brackets the quartiles of the ratio within rounds."
    )
