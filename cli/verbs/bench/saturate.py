"""`saklar bench saturate`: the highest rate at which a target is in time."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from saklar.cli.verbs.bench.common import (
    INTERRUPTED,
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
    working,
)

if TYPE_CHECKING:
    from saklar.bench.saturation import Step


def saturate(
    *,
    target: TargetOption = None,
    own: OwnOption = None,
    p99: Annotated[float, typer.Option(help="Limit of the p99, in ms from when a request was due.", min=0.1)] = 20.0,
    dialect: DialectName = None,
    mix: MixFile = None,
    connections: ConnectionsOption = 4,
    framed: FramingName = "binary-2",
    start: Annotated[float, typer.Option("--from", help="Rate to begin with.", min=1.0, max=1e6)] = 500.0,
    precision: Annotated[float, typer.Option(help="In percent of the rate.", min=1.0, max=50.0)] = 5.0,
    seconds: Annotated[str, typer.Option("--for", help="Of each step.")] = "4s",
    confirm: Annotated[str, typer.Option(help="Of the run that confirms the result.")] = "20s",
    pid: PidOption = None,
    python: PythonOption = None,
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
) -> None:
    """The highest rate whose p99 stays under a limit, with every answer right.

    Open loops: the rate doubles until it does not hold, then the interval is halved; the result must hold in a longer
    run, or the next lower rate must. A step in which the generator or an issuer was the bottleneck is tried again, and
    then ends the search upward: the result says so. Exit code 1 if no rate holds.

    Try: saklar bench saturate --own strict
    """
    told = given(dialect=dialect, framing=framed, mix=mix, pid=pid, python=python)
    lengths = duration("--for", seconds), duration("--confirm", confirm)
    console = Console()
    rows = Rows(console, rate=9, TPS=9, p50_ms=8, p99_ms=8, CPU=5, load=5, verdict=20)
    with refusing():
        from saklar.bench.contenders import contender_of  # noqa: PLC0415 (an extra)
        from saklar.bench.saturation import Aim, Saturation  # noqa: PLC0415
        from saklar.bench.saturation import saturate as search  # noqa: PLC0415

        contender = contender_of(one_of(target, own), told)
        aim = Aim(p99, connections, start, precision / 100, *lengths)
        saturation = Saturation(contender.name, aim, contender.about)
        interrupted = False
        try:
            with interruptible(), working(console) as tell:
                search(contender, aim, saturation, tell, lambda step: rows.add(*_cells(step)))
        except KeyboardInterrupt:
            interrupted = True
    save(saturation.as_document(), json_file, html_file)
    console.print(saturation.sentence)
    if saturation.most_shared is not None:
        console.print(f"The machine was shared: {saturation.most_shared}, at most. Alone, the target may take more.")
    raise SystemExit(INTERRUPTED if interrupted else 0 if saturation.confirmed else 1)


def _cells(step: "Step") -> tuple[str, ...]:
    sample, result = step.sample, step.sample.result
    busy = result.together if result.together is not None else result.cpu_share
    confirms = " confirming" if step.trial.confirms else ""
    return (
        f"{step.trial.rate:,.0f}", f"{sample.tps:,.0f}", f"{sample.p50_ms:.3g}", f"{sample.p99_ms:.3g}",
        "" if result.target_share is None else f"{result.target_share:.0%}", f"{busy:.0%}",
        f"{step.verdict.value}{confirms}" + (f": {step.why}" if step.why else ""),
    )  # fmt: skip
