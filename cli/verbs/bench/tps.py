"""`saklar bench tps`: a target under one load."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from saklar.cli.service import address_option, fail
from saklar.cli.verbs.bench.common import (
    DialectName,
    HtmlFile,
    JsonFile,
    MixFile,
    PidOption,
    TargetOption,
    refusing,
    save,
    stopped_by_signals,
    working,
)
from saklar.cli.verbs.decode import load
from saklar.codecs import framing
from saklar.switch.links import Address

if TYPE_CHECKING:
    from saklar.bench.load import Group, Tally

DEFAULT_PAN = "4000000000000002"
"""A card of the demo's first issuer."""

MAX_FRAME = 65_535


def tps(
    *,
    target: TargetOption = None,
    dialect: DialectName = None,
    mix: MixFile = None,
    connections: Annotated[int, typer.Option(help="Connections to open, without a mix.", min=1, max=50_000)] = 4,
    in_flight: Annotated[int, typer.Option(help="Requests out on each connection.", min=1, max=100_000)] = 50,
    rate: Annotated[
        float | None, typer.Option(help="Requests a second, whatever the target does: an open loop.", min=0.1)
    ] = None,
    constant: Annotated[
        bool, typer.Option("--constant", help="Equal times between requests; else as independent customers come.")
    ] = False,
    duration: Annotated[float, typer.Option(help="Seconds that are counted.", min=0.1)] = 10.0,
    warmup: Annotated[float, typer.Option(help="Seconds before that.", min=0.0)] = 1.0,
    framed: Annotated[str, typer.Option("--framing", help="binary-2 or ascii-4, without a mix.")] = "binary-2",
    pan: Annotated[str, typer.Option(help="Card of the default message.")] = DEFAULT_PAN,
    message: Annotated[
        Path | None, typer.Option(help="Send this message instead: JSON as `saklar decode --json` prints.")
    ] = None,
    pid: PidOption = None,
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
) -> None:
    """Transactions a second; every answer is checked.

    With --rate the load is an open loop: requests are sent when they are due, and a latency counts from then, so that a
    target that stalls is late with all that was due meanwhile. Without it each connection keeps --in-flight requests
    out: that shows what the target can do, and flatters its latency. Exit code 1 if an answer was wrong or missing, or
    if the generator itself was too late or too busy for the run to say anything.

    Try: saklar bench tps --target 127.0.0.1:8583 --dialect iso87-ascii --rate 2000
    """
    if not (pan.isascii() and pan.isdigit() and len(pan) in range(12, 20)):
        raise fail("--pan: 12 to 19 digits are expected")
    where = None if target is None else address_option("--target", target)
    with refusing():
        from saklar.bench.load import Generator, Plan, groups_of, load_mix, plain_mix  # noqa: PLC0415 (an extra)
        from saklar.bench.load.validity import Usage  # noqa: PLC0415
        from saklar.bench.run import as_run  # noqa: PLC0415

        framing(framed)
        if message is not None:
            groups, tallies = _one_message(message, where, dialect, framed, connections)
        else:
            mixed = plain_mix(pan=pan, connections=connections, framing=framed) if mix is None else load_mix(mix)
            groups, tallies = groups_of(mixed, where, dialect)
        plan = Plan(groups, tallies, rate, in_flight, not constant, duration, warmup)
        generator = Generator(plan)
        generator.usage = Usage({}, None, None if pid is None else (pid, None))
    console = Console()
    with working(console) as tell:
        generator.progress = lambda seconds, result: tell(
            f"{seconds:.0f} s, {result.answers:,} answers, {result.faults.total():,} faults"
        )
        try:
            with stopped_by_signals(generator.stop):
                result = generator.run()
        except OSError as error:
            raise fail(f"cannot connect to {target or 'the targets of the mix'}: {error.strerror or error}") from None
    document = as_run(plan, result)
    save(document, json_file, html_file)
    print_run(document, console)
    raise SystemExit(0 if result.ok else 1)


def _one_message(
    path: Path, target: Address | None, dialect: str | None, framed: str, connections: int
) -> "tuple[list[Group], list[Tally]]":
    from saklar.bench.load import one_message  # noqa: PLC0415 (an extra)

    if target is None or dialect is None:
        raise fail("--message needs --target and --dialect")
    return one_message(_elements(path), target, load(dialect), framing(framed, MAX_FRAME), connections)


def _elements(path: Path) -> dict[str, str]:
    try:
        document = json.loads(path.read_text())
        return {"mti": str(document["mti"]), **{str(k): str(v) for k, v in document["fields"].items()}}
    except OSError as error:
        raise fail(f"{path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise fail(f'{path}: {{"mti": …, "fields": {{…}}}} is expected') from None


def print_run(document: Mapping[str, Any], console: Console) -> None:
    """The result of one run, for people."""
    is_open = document["loop"] == "open"
    table = Table(show_header=False, box=None)
    table.add_row("TPS", f"{document['tps']:,}")
    table.add_row("answers", f"{document['answers']:,} in {document['seconds']} s")
    table.add_row("latency (ms)", _latencies(document["latency_ms"]))
    if len(document["messages"]) > 1:
        for name, of_kind in document["messages"].items():
            table.add_row(f"  {name}", f"{of_kind['answers']:,} answers: {_latencies(of_kind['latency_ms'])}")
    codes = ", ".join(f"{code}: {count:,}" for code, count in document["response_codes"].items())
    table.add_row("response codes", codes or "none")
    faults = ", ".join(f"{count:,} x {fault}" for fault, count in document["faults"].items())
    table.add_row("faults", faults or "none")
    own = f"late by {document['own_lateness_ms_p99']:.3g} ms (p99), " if is_open else ""
    table.add_row("the generator", f"{own}{document['own_cpu_share']:.0%} of a core")
    if document["target_cpu_share"] is not None:
        table.add_row("the target", f"{document['target_cpu_share']:.0%} of a core")
    if document["load_average"] is not None:
        others = f"others used {document['others_together_cpu_share']:.0%} of a core"
        among = " (the target is one of them)" if document["target_cpu_share"] is None else ""
        table.add_row("the machine", f"load average {document['load_average']:.3g}; {others}{among}")
    done = document["configuration"]
    connections = f"{done['connections']:,} connections"
    if is_open:
        console.print(f"open loop, {done['rate']:g} a second on {connections}")
    else:
        console.print(f"closed loop, {connections} x {done['in_flight']} in flight")
    console.print(table)
    for note in document["notes"]:
        console.print(f"note: {note}")
    if document["invalid"] is not None:
        console.print(f"This run says nothing about the target: {document['invalid']}.")
    elif not is_open:
        console.print("A closed loop waits when its target stalls: at a steady rate (--rate) latencies are higher.")


def _latencies(latency: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.3g}" for name, value in latency.items())
