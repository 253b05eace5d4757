"""`saklar bench soak`: a target under a steady load, for hours."""

import math
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from saklar.cli.service import fail
from saklar.cli.verbs.bench.common import (
    ConnectionsOption,
    DialectName,
    FramingName,
    HtmlFile,
    JsonFile,
    MixFile,
    OwnOption,
    PidOption,
    PythonOption,
    Rows,
    TargetOption,
    duration,
    given,
    interruptible,
    one_of,
    refusing,
    save,
    stopped_by_signals,
    working,
)

if TYPE_CHECKING:
    from saklar.bench.load.result import Interval, Result
    from saklar.bench.soak import Soak

MOST_ROWS = 100
"""On the screen; the file has all."""


def soak(
    *,
    target: TargetOption = None,
    own: OwnOption = None,
    length: Annotated[str, typer.Option("--for", help="How long: 90s, 30m, 8h.")] = "30m",
    rate: Annotated[
        float | None,
        typer.Option(help="Requests a second; half of what a short closed loop shows, if left out.", min=0.1),
    ] = None,
    interval: Annotated[str, typer.Option(help="Of the rows.")] = "10s",
    drift: Annotated[float, typer.Option(help="Percent by which memory may grow.", min=0.0)] = 2.0,
    dialect: DialectName = None,
    mix: MixFile = None,
    connections: ConnectionsOption = 4,
    framed: FramingName = "binary-2",
    pid: PidOption = None,
    python: PythonOption = None,
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
) -> None:
    """An open loop for hours: TPS, latency, memory and CPU of the target, interval by interval, and whether they drift.

    A drift is that of a line through all intervals which no outlier bends, from the first settled interval (after a
    tenth of the run) to the last. Ctrl-C ends the run with the report so far. Exit code 1 if memory grows by more than
    --drift, an answer was wrong or missing, or the run says nothing of the target.

    Try: saklar bench soak --own strict --for 5m
    """
    told = given(dialect=dialect, framing=framed, mix=mix, pid=pid, python=python)
    seconds, every_s = duration("--for", length), duration("--interval", interval)
    if every_s > seconds:
        raise fail(f"--interval: {interval} is longer than the run")
    console = Console()
    table = _Table(console, math.ceil(seconds / every_s / MOST_ROWS))
    with refusing():
        from saklar.bench.contenders import contender_of  # noqa: PLC0415 (an extra)
        from saklar.bench.soak import Endurance  # noqa: PLC0415
        from saklar.bench.soak import soak as run  # noqa: PLC0415

        contender = contender_of(one_of(target, own), told)
        plan = Endurance(seconds, rate, connections, every_s, drift)
        with interruptible(), working(console) as tell:

            def progress(passed: float, result: "Result") -> None:
                table.show(result)
                tell(f"{passed:,.0f} of {seconds:,.0f} s, {result.answers:,} answers, {result.faults.total():,} faults")

            result = run(contender, plan, progress, stopped_by_signals)
            table.show(result.result)
    save(result.as_document(), json_file, html_file)
    _print(result, console)
    raise SystemExit(0 if result.ok else 1)


class _Table:
    """A row for each interval, or for each of so many, as it ends."""

    def __init__(self, console: Console, every: int) -> None:
        self._rows = Rows(console, at_s=8, TPS=9, p50_ms=8, p99_ms=8, max_ms=8, CPU=6, MB=8)
        self._every = every
        self._seen = 0

    def show(self, result: "Result") -> None:
        """Print what is new."""
        for number, each in enumerate(result.intervals[self._seen :], self._seen + 1):
            if number % self._every == 0:
                self._rows.add(*_cells(each))
        self._seen = len(result.intervals)


def _cells(each: "Interval") -> tuple[str, ...]:
    return (
        f"{each.at_s:,.0f}", f"{each.tps:,.0f}", f"{each.p50_ms:.3g}", f"{each.p99_ms:.3g}", f"{each.max_ms:.3g}",
        "" if each.cpu_share is None else f"{each.cpu_share:.0%}",
        "" if each.rss_bytes is None else f"{each.rss_bytes / 1e6:8.1f}",
    )  # fmt: skip


_UNITS = {"p50_ms": ("p50", 1.0, "ms"), "p99_ms": ("p99", 1.0, "ms"), "cpu_share": ("CPU", 100.0, "% of a core")}


def _print(soak: "Soak", console: Console) -> None:
    result = soak.result
    p50_ms, p99_ms, max_ms = result.latencies.percentile_ms(50.0, 99.0, 100.0)
    console.print(
        f"{result.answers:,} answers in {result.seconds:,.0f} s at {soak.rate:,g} a second: p50 {p50_ms:.3g}, "
        f"p99 {p99_ms:.3g}, at most {max_ms:.3g} ms"
    )
    for name, (label, factor, unit) in _UNITS.items():
        drift = soak.drifts[name]
        if drift is not None:
            first, last = drift.first * factor, drift.last * factor
            console.print(f"{label}: {drift.percent:+.1f} %, from {first:.3g} to {last:.3g} {unit}")
    console.print(soak.verdict)
    for fault, count in result.faults.items():
        console.print(f"fault: {count:,} x {fault}")
    for note in result.notes:
        console.print(f"note: {note}")
    if result.invalid is not None:
        console.print(f"This run says nothing about the target: {result.invalid}.")
