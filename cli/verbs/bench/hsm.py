"""`saklar bench hsm`: host commands over loopback TCP."""

import statistics
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from saklar.cli.service import fail, failing, reason_of
from saklar.cli.verbs.bench.common import JsonFile, refusing, save, working

if TYPE_CHECKING:
    from saklar.bench.micro.hsm import HsmResult

MAX_HSM_CONNECTIONS = 64
"""As many as an HSM takes that is not told otherwise."""


def hsm(
    *,
    only: Annotated[
        str | None, typer.Option(help="Commands to measure, as CC,EC; all of B2, CA, CC, EC, M6 and KQ, if left out.")
    ] = None,
    connections: Annotated[str, typer.Option(help="Numbers of connections.")] = "1,4,16",
    in_flight: Annotated[int, typer.Option(help="Commands out on each connection.", min=1, max=1000)] = 32,
    seconds: Annotated[float, typer.Option(help="Of each round.", min=0.05)] = 1.0,
    rounds: Annotated[int, typer.Option(help="In which the commands take turns.", min=1, max=1000)] = 5,
    json_file: JsonFile = None,
) -> None:
    """Host commands a second over loopback TCP, beside B2 (echo) in the same run and the cryptography alone.

    An HSM is started for it, on a core of its own where there are two. Each connection keeps --in-flight commands
    out; every byte of every answer is compared. Then, at half of that rate and by a schedule that does not wait, how
    late answers are.
    """
    with refusing():
        from saklar.bench.micro.hsm import Plan, WrongAnswerError, measure  # noqa: PLC0415 (an extra)
        from saklar.bench.micro.hsm_work import WORK  # noqa: PLC0415
    codes = tuple(WORK) if only is None else tuple(only.split(","))
    if unknown := [code for code in codes if code not in WORK]:
        raise fail(f"--only: {unknown[0]!r} is not one of {', '.join(WORK)}")
    try:
        numbers = tuple(int(number) for number in connections.split(","))
    except ValueError:
        numbers = ()
    if not numbers or not all(0 < number <= MAX_HSM_CONNECTIONS for number in numbers):
        raise fail(f"--connections: {connections!r}: numbers from 1 to {MAX_HSM_CONNECTIONS} are expected, as 1,4,16")
    console = Console()
    with failing((WrongAnswerError, OSError), reason_of), working(console) as tell:
        plan = Plan(codes, numbers, in_flight, seconds, rounds)
        result = measure(plan, lambda what: tell(f"measuring {what}"))
    save(result.as_document(), json_file)
    _print_hsm(result, console)


def _print_hsm(result: "HsmResult", console: Console) -> None:
    names = ("connections", "command", "a second", "of B2's", "crypto alone", "p50 µs", "p99 µs")
    table = Table(*names, box=box.SIMPLE, pad_edge=False)
    for figure in result.figures:
        ratio = statistics.median(figure.to_reference)
        pure = result.pure[figure.code]
        table.add_row(
            str(figure.connections), figure.code, f"{figure.rate:,.0f}", f"{ratio:.0%}", f"{pure:,.0f}" if pure else "",
            f"{figure.p50_us:,}", f"{figure.p99_us:,}",
        )  # fmt: skip
    console.print(table)
    where = "on one core, together with the load" if result.cores is None else f"on core {result.cores[0]} alone"
    console.print(
        f"Medians of rounds; the HSM {where}. Lateness at half of the rate, from when a command was due. "
        f"The load used {result.load_cpu:.0%} of its core."
    )
