"""`saklar bench startup`: how long until a switch listens."""

from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from saklar.cli.service import fail
from saklar.cli.verbs.bench.common import JsonFile, refusing, save, working
from saklar.switch.journal import JournalError


def startup(
    *,
    routes: Annotated[int, typer.Option(help="Ranges in the routing table.", min=1, max=500_000)] = 10_000,
    journaled: Annotated[int, typer.Option(help="Transactions in the journal.", min=0, max=5_000_000)] = 10_000,
    tries: Annotated[int, typer.Option(min=1, max=1000)] = 9,
    json_file: JsonFile = None,
) -> None:
    """Seconds from the start of the process until the switch listens.

    Beside it, in turn, for scale: a Python that does nothing, and one that imports the switch. The journal has
    settled transactions of today, so that the switch reads as many of them as it remembers. Files are in the
    system's cache, as one start goes before.
    """
    console = Console()
    with refusing():
        from saklar.bench.micro.startup import measure  # noqa: PLC0415 (an extra)

        try:
            with working(console) as tell:
                result = measure(routes, journaled, tries, tell)
        except JournalError as error:
            raise fail(f"the journal: {error}") from None
    save(result, json_file)
    table = Table("", "seconds", "fastest", "slowest", "of CPU", box=box.SIMPLE, pad_edge=False)
    for name, taken in result["tries_s"].items():
        table.add_row(
            name, f"{result['median_s'][name]:.3f}", f"{min(taken):.3f}", f"{max(taken):.3f}",
            f"{result['median_cpu_s'][name]:.3f}",
        )  # fmt: skip
    console.print(table)
    console.print(f"Medians of {tries} tries; {routes:,} routes, {journaled:,} transactions in the journal.")
