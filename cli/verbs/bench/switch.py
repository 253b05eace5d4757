"""`saklar bench switch`: this switch beside its baselines."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from saklar.cli.verbs.bench.common import (
    INTERRUPTED,
    HtmlFile,
    JsonFile,
    PythonOption,
    interruptible,
    python_of,
    refusing,
    save,
    working,
)

if TYPE_CHECKING:
    from saklar.bench.comparison import Comparison


def switch(
    *,
    targets: Annotated[
        str, typer.Option(help="Of strict, relaxed, pin, translate, raw, naive.")
    ] = "strict,relaxed,pin,translate,raw,naive",
    loads: Annotated[str, typer.Option(help="Connections x in flight.")] = "4x50,50x1",
    rounds: Annotated[int, typer.Option(help="Rounds; in each all are measured in turn.", min=1, max=100)] = 5,
    seconds: Annotated[float, typer.Option(help="Of each measurement.", min=0.5)] = 4.0,
    python: PythonOption = None,
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
) -> None:
    """Measure this switch on this machine, beside the most and the least that a relay in Python does.

    The target runs on one core; the load, an issuer that approves everything and, for `pin`, an HSM run on another.
    `strict` and `relaxed` are the switch with its journal and a routing table of 10,000 ranges; `pin` is strict with a
    PIN in each request, translated by `saklar hsm` over TCP; `translate` is strict from ASCII to BCD and back. `raw` is
    a relay that matches DE 11 at an offset and does nothing else, `naive` one that decodes and encodes each message
    with pyiso8583. First what each can do, in a closed loop; then how late the first is at half of that, in an open
    loop.

    Ratios are means over the rounds, with a 95 % interval (bootstrap). Exit code 1 if an answer was wrong or missing.
    Ctrl-C ends it with what was measured.
    """
    console = Console()
    with refusing():
        from saklar.bench.comparison import Comparison, compare  # noqa: PLC0415 (an extra)
        from saklar.bench.rounds import Load  # noqa: PLC0415

        shapes = [Load.parse(load) for load in loads.split(",")]
        result = Comparison(targets.split(","), shapes, rounds, seconds, python_of(python))
        interrupted = False
        try:
            with interruptible(), working(console) as tell:
                compare(result, tell)
        except KeyboardInterrupt:
            interrupted = True
    save(result.as_document(), json_file, html_file)
    _print(result, console)
    raise SystemExit(INTERRUPTED if interrupted else 0 if result.ok else 1)


def _print(result: "Comparison", console: Console) -> None:
    console.print(_figures(result))
    console.print(_ratios(result))
    for row in filter(lambda row: row.samples, result.at_half):
        console.print(
            f"{row.target} at {row.median('tps'):,.0f} a second, half of what the first can: "
            f"p50 {row.median('p50_ms'):.3g} ms, p99 {row.median('p99_ms'):.3g} ms from when a request was due"
        )
    if result.p99_added_ms is not None:
        console.print(
            f"p99 that {result.at_half[0].target} adds against raw at the same rate: {result.p99_added_ms:.3g} ms"
        )
    for fault in result.faults:
        console.print(f"fault: {fault}")
    for why in result.invalid:
        console.print(f"? says nothing of its target: {why}")
    where = "all on one core" if result.cores is None else f"the target on core {result.cores[0]} alone"
    console.print(
        f"Medians of {_rounds(result)}, {where}. Ratios: means of the rounds, ± half of a 95 % interval. "
        "µs of CPU: of the target, for each transaction."
    )
    shared = result.most_shared
    if shared is not None:
        console.print(f"The machine was shared: {shared}, at most. Ratios suffer less from that than figures.")


def _rounds(result: "Comparison") -> str:
    done = min((len(row.samples) for row in result.closed), default=0)
    return f"{result.rounds} rounds" if done == result.rounds else f"{done} whole rounds of {result.rounds}"


def _figures(result: "Comparison") -> Table:
    table = Table("load", "target", "TPS", "p50 ms", "p99 ms", "µs of CPU", "MB", box=box.SIMPLE, pad_edge=False)
    for row in result.rows:
        mark = "?" if row.invalid else ""
        table.add_row(
            row.load, row.target, f"{row.median('tps'):,.0f}{mark}", f"{row.median('p50_ms'):.3g}",
            f"{row.median('p99_ms'):.3g}", f"{row.median('cpu_us') or 0:.0f}", f"{row.median('rss_mb') or 0:.0f}",
        )  # fmt: skip
    return table


def _ratios(result: "Comparison") -> Table:
    table = Table("load", "target", "TPS of raw's", "of naive's", "of strict's", box=box.SIMPLE, pad_edge=False)
    for row in result.rows:
        ratios = (result.ratio(row, "raw"), result.ratio(row, "naive"), result.beside(row))
        table.add_row(row.load, row.target, *("" if ratio is None else ratio.short for ratio in ratios))
    return table
