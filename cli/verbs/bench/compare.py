"""`saklar bench compare`: one against another."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from saklar.cli.verbs.bench.common import (
    INTERRUPTED,
    DialectName,
    FramingName,
    HtmlFile,
    JsonFile,
    MixFile,
    duration,
    given,
    interruptible,
    refusing,
    save,
    working,
)

if TYPE_CHECKING:
    from saklar.bench.versus import Versus


def compare(
    a: Annotated[str, typer.Argument(help="HOST:PORT, python=PATH, config=FILE, or strict, relaxed, raw, naive …")],
    b: Annotated[str, typer.Argument(help="Likewise.")],
    *,
    load: Annotated[str, typer.Option(help="Connections x in flight, of the closed loop.")] = "4x50",
    rate: Annotated[
        float | None, typer.Option(help="Of the open loop; half of what the slower can, if left out.", min=0.1)
    ] = None,
    rounds: Annotated[int, typer.Option(help="Rounds, in each of which both are measured.", min=1, max=1000)] = 7,
    seconds: Annotated[str, typer.Option("--for", help="Of each measurement.")] = "4s",
    dialect: DialectName = None,
    mix: MixFile = None,
    framed: FramingName = "binary-2",
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
) -> None:
    """Two versions, configurations or targets, in turn, and which is faster, or that it cannot be told.

    `python=PATH` is the switch (strict) as that interpreter has it: another version, or a compiled build (`make
    compiled` makes .venv-compiled/bin/python). `config=FILE` is the switch with that configuration, its journal, ports
    and peers replaced by some of the measurement's own. HOST:PORT is whatever listens there, and needs --dialect.

    TPS and CPU are of a closed loop; p50 and p99 of an open loop at the same rate for both. Ratios are of A to B, means
    over the rounds, with 95 % intervals (bootstrap). Exit code 1 if an answer was wrong or missing, or a run says
    nothing of its target.

    Try: saklar bench compare strict relaxed
    """
    told = given(dialect=dialect, framing=framed, mix=mix)
    length = duration("--for", seconds)
    console = Console()
    with refusing():
        from saklar.bench.contenders import contender_of  # noqa: PLC0415 (an extra)
        from saklar.bench.rounds import Load  # noqa: PLC0415
        from saklar.bench.versus import Versus, versus  # noqa: PLC0415

        result = Versus(contender_of(a, told), contender_of(b, told), Load.parse(load), rounds, length)
        interrupted = False
        try:
            with interruptible(), working(console) as tell:
                versus(result, tell, rate)
        except KeyboardInterrupt:
            interrupted = True
    save(result.as_document(), json_file, html_file)
    _print(result, console)
    raise SystemExit(INTERRUPTED if interrupted else 0 if result.ok else 1)


def _print(result: "Versus", console: Console) -> None:
    from saklar.bench.versus import CLOSED, NAMES  # noqa: PLC0415 (an extra)

    rows = {name: result.closed if name in CLOSED else result.at_rate for name in NAMES}
    table = Table("", "A", "B", "A to B", "95 % interval", box=box.SIMPLE, pad_edge=False)
    for name, ratio in result.ratios.items():
        ours, theirs = (row.median(name) or 0.0 for row in rows[name])
        label = NAMES[name] + ("" if name in CLOSED else " ms")
        interval = f"{ratio.low:.3f} to {ratio.high:.3f}" if ratio.pairs > 1 else ""
        table.add_row(label, _figure(ours), _figure(theirs), f"{ratio.value:.3f}", interval)
    console.print(f"A: {_named(result.a.name, result.a.about)}\nB: {_named(result.b.name, result.b.about)}")
    console.print(table)
    for row in result.at_rate[:1]:
        console.print(f"TPS and µs of CPU: {result.load}, a closed loop. p50 and p99: an open loop at {row.load}.")
    for fault in result.faults:
        console.print(f"fault: {fault}")
    for why in result.invalid:
        console.print(f"? says nothing of its target: {why}")
    if result.most_shared is not None:
        console.print(
            f"The machine was shared: {result.most_shared}, at most. Ratios suffer less from that than figures."
        )
    console.print(result.sentence)


def _named(name: str, about: dict[str, object]) -> str:
    told = ", ".join(f"{key} {value}" for key, value in about.items() if key != "config")
    return f"{name} ({told})" if told else name


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"
