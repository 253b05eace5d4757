"""`saklar bench idle`: what an idle connection costs a switch."""

from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from saklar.cli.verbs.bench.common import JsonFile, refusing, save, working

MOST = 9_900
"""The switch that is started takes 10,000."""


def idle(
    *,
    connections: Annotated[int, typer.Option(help="To open.", min=1, max=MOST)] = 5_000,
    json_file: JsonFile = None,
) -> None:
    """Kilobytes of memory (RSS) that a switch holds for each idle connection.

    A switch is started, its memory is read, the connections are opened, and its memory is read again; then once more
    after an echo test on each connection, as buffers stay behind. Where the limit of open files (ulimit -n) is too low
    and cannot be raised, fewer are opened, and it says so.
    """
    console = Console()
    with refusing():
        from saklar.bench.micro.idle import measure  # noqa: PLC0415 (an extra)

        with working(console) as tell:
            result = measure(connections, tell)
    save(result, json_file)
    opened, rss = result["configuration"]["connections"], result["rss_bytes"]
    if opened < connections:
        console.print(f"Only {opened:,} of {connections:,} connections: more open files are not allowed (ulimit -n).")
    table = Table("connections", "MB", "kB for each", box=box.SIMPLE, pad_edge=False)
    table.add_row("none", f"{rss['none'] / 1e6:.1f}", "")
    table.add_row(f"{opened:,}, just opened", f"{rss['open'] / 1e6:.1f}", f"{result['kb_each']['open']:.1f}")
    table.add_row(
        "after an echo on each", f"{rss['after an echo'] / 1e6:.1f}", f"{result['kb_each']['after an echo']:.1f}"
    )
    console.print(table)
