"""`saklar bench sweep`: a target under loads that differ in one thing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from saklar.cli.service import fail
from saklar.cli.verbs.bench.common import (
    INTERRUPTED,
    DialectName,
    FramingName,
    HtmlFile,
    JsonFile,
    OwnOption,
    PidOption,
    PythonOption,
    Rows,
    TargetOption,
    duration,
    given,
    interruptible,
    numbers,
    one_of,
    refusing,
    save,
    working,
)

if TYPE_CHECKING:
    from saklar.bench.rounds import Row
    from saklar.bench.sweep import Point

MOST_CONNECTIONS = 50_000


def sweep(
    *,
    target: TargetOption = None,
    own: OwnOption = None,
    rates: Annotated[str | None, typer.Option(help="Vary the rate of an open loop: 1000,2000,4000.")] = None,
    connections: Annotated[
        str, typer.Option(help="Without a mix; several, to vary them: 1,4,50,500.", show_default="4")
    ] = "4",
    mix: Annotated[
        list[Path] | None, typer.Option("--mix", help="A mix (docs/benchmark.md); again for more, to vary them.")
    ] = None,
    in_flight: Annotated[int, typer.Option(help="Requests out on each connection.", min=1, max=100_000)] = 1,
    dialect: DialectName = None,
    framed: FramingName = "binary-2",
    seconds: Annotated[str, typer.Option("--for", help="Of each measurement.")] = "5s",
    pid: PidOption = None,
    python: PythonOption = None,
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
) -> None:
    """A row for each rate, number of connections, or mix; one of the three varies.

    With one of --rates the load is an open loop at that rate, else a closed one with --in-flight requests out on each
    connection. Exit code 1 if an answer was wrong or missing, or a run says nothing of the target.

    Try: saklar bench sweep --own strict --rates 500,1000,2000,4000
    """
    files = mix or []
    told = given(dialect=dialect, framing=framed, mix=files[0] if files else None, pid=pid, python=python)
    length = duration("--for", seconds)
    counts = numbers("--connections", connections)
    if not all(count == int(count) <= MOST_CONNECTIONS for count in counts):
        raise fail(f"--connections: {connections!r}: whole numbers to {MOST_CONNECTIONS:,} are expected")
    axis, points = _points(numbers("--rates", rates) if rates else [], counts, files, in_flight)
    console = Console()
    rows = Rows(console, **{axis: 16}, TPS=9, p50_ms=8, p99_ms=8, **{"µs of CPU": 9}, MB=6, remarks=10)
    with refusing():
        from saklar.bench.contenders import contender_of  # noqa: PLC0415 (an extra)
        from saklar.bench.sweep import Sweep  # noqa: PLC0415
        from saklar.bench.sweep import sweep as run  # noqa: PLC0415

        contender = contender_of(one_of(target, own), told)
        result = Sweep(axis, contender.name, length, points, contender.about)
        interrupted = False
        try:
            with interruptible(), working(console) as tell:
                run(contender, result, tell, lambda row: rows.add(*_cells(row)))
        except KeyboardInterrupt:
            interrupted = True
    save(result.as_document(), json_file, html_file)
    raise SystemExit(INTERRUPTED if interrupted else 0 if result.ok else 1)


def _points(rates: list[float], counts: list[float], files: list[Path], in_flight: int) -> "tuple[str, list[Point]]":
    """What is varied, and its points."""
    with refusing():
        from saklar.bench.load import load_mix  # noqa: PLC0415 (an extra)
        from saklar.bench.rounds import Load  # noqa: PLC0415
        from saklar.bench.sweep import Point  # noqa: PLC0415

        mixes = {file.stem: load_mix(file) for file in files}
    several = {"rate": len(rates), "connections": len(counts), "mix": len(files)}
    varied = [name for name, count in several.items() if count > 1]
    if len(varied) > 1:
        raise fail(f"{' and '.join(varied)} cannot both vary: give several of one of them")
    if len(counts) > 1 and files:
        raise fail("--connections: a mix says how many connections there are")
    axis = varied[0] if varied else "rate" if rates else "connections"
    connections, rate = int(counts[0]), rates[0] if rates else None
    if axis == "rate":
        return axis, [Point(f"{each:,g}", Load(connections, in_flight, each)) for each in rates]
    if axis == "mix":
        return axis, [Point(name, Load(connections, in_flight, rate), each) for name, each in mixes.items()]
    return axis, [Point(f"{each:,g}", Load(int(each), in_flight, rate)) for each in counts]


def _cells(row: "Row") -> tuple[str, ...]:
    sample = row.samples[0]
    remarks = [f"{count:,} x {fault}" for fault, count in row.faults.items()] + [f"? {why}" for why in row.invalid]
    return (
        row.load, f"{sample.tps:,.0f}", f"{sample.p50_ms:.3g}", f"{sample.p99_ms:.3g}",
        "" if sample.cpu_us is None else f"{sample.cpu_us:.0f}",
        "" if sample.rss_mb is None else f"{sample.rss_mb:.0f}", "; ".join(remarks),
    )  # fmt: skip
