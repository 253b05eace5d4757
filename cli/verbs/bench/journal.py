"""`saklar bench journal`: the journal alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from saklar.cli.service import fail
from saklar.cli.verbs.bench.common import JsonFile, refusing, save, working
from saklar.switch.journal import JournalError

MAX_SIZE = 10_000


def journal(
    *,
    sizes: Annotated[str, typer.Option(help="Transactions a commit.")] = "1,20,200",
    seconds: Annotated[float, typer.Option(help="Of commits, for each figure.", min=0.01)] = 3.0,
    folder: Annotated[
        Path | None, typer.Option(help="On the disk to measure; default: the system's for temporary files.")
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """What a transaction costs the journal: CPU, time, and bytes, strict and relaxed.

    A commit has the intents of so many transactions and the outcomes of as many earlier ones. Strict waits for the
    disk at each commit, relaxed for the operating system alone. p50 and p99 are of commits.
    """
    try:
        numbers = [int(size) for size in sizes.split(",")]
    except ValueError:
        numbers = []
    if not numbers or not all(0 < number <= MAX_SIZE for number in numbers):
        raise fail(f"--sizes: {sizes!r}: numbers from 1 to {MAX_SIZE:,} are expected, as 1,20,200")
    console = Console()
    with refusing():
        from saklar.bench.micro.journal import measure  # noqa: PLC0415 (an extra)

        try:
            with working(console) as tell:
                result = measure(numbers, seconds, folder, tell)
        except JournalError as error:
            raise fail(f"the journal: {error}") from None
    save(result, json_file)
    _print(result, console)


def _print(result: Mapping[str, Any], console: Console) -> None:
    names = ("durability", "a commit", "µs of CPU", "µs", "commits/s", "transactions/s", "p50 ms", "p99 ms", "bytes")
    table = Table(*names, box=box.SIMPLE, pad_edge=False)
    for figure in result["figures"]:
        table.add_row(
            figure["durability"], f"{figure['transactions_a_commit']:,}", f"{figure['cpu_us']:.1f}",
            f"{figure['wall_us']:.1f}", f"{figure['commits_a_second']:,.0f}", f"{figure['transactions_a_second']:,.0f}",
            f"{figure['p50_ms']:.3g}", f"{figure['p99_ms']:.3g}", f"{figure['bytes']:,.0f}",
        )  # fmt: skip
    console.print(table)
    where = result["configuration"]["folder"]
    console.print(f"µs and bytes: for a transaction, which is an intent and an outcome. Journals in {where}.")
