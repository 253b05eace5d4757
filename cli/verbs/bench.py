"""`saklar bench`: measurements."""

import json
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from saklar.cli.service import address_option, fail, reason_of
from saklar.cli.verbs.decode import DialectOption, load
from saklar.codecs import CodecError, dialect_names, framing

if TYPE_CHECKING:
    from saklar.bench.codec import CodecResult
    from saklar.bench.comparison import Comparison
    from saklar.bench.hsm import HsmResult

app = typer.Typer(help="Measure how fast a target answers, and how fast codec and HSM are.", no_args_is_help=True)

DEFAULT_PAN = "4000000000000002"
"""A card of the demo's first issuer."""


@app.command()
def tps(
    *,
    target: Annotated[str, typer.Option(help="HOST:PORT of the switch, as an acquirer sees it.")],
    dialect: DialectOption,
    connections: Annotated[int, typer.Option(help="Connections to open.", min=1, max=1000)] = 4,
    in_flight: Annotated[int, typer.Option(help="Requests out on each connection.", min=1, max=100_000)] = 50,
    rate: Annotated[
        float | None, typer.Option(help="Requests a second, whatever the target does: an open loop.", min=0.1)
    ] = None,
    constant: Annotated[
        bool, typer.Option("--constant", help="Equal times between requests; else as independent customers come.")
    ] = False,
    duration: Annotated[float, typer.Option(help="Seconds that are counted.", min=0.1)] = 10.0,
    warmup: Annotated[float, typer.Option(help="Seconds before that.", min=0.0)] = 1.0,
    framed: Annotated[str, typer.Option("--framing", help="binary-2 or ascii-4.")] = "binary-2",
    pan: Annotated[str, typer.Option(help="Card of the default message.")] = DEFAULT_PAN,
    message: Annotated[
        Path | None, typer.Option(help="Send this message instead: JSON as `saklar decode --json` prints.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the result to this file.")] = None,
) -> None:
    """Transactions a second; every answer is checked.

    With --rate the load is an open loop: requests are sent when they are due, and a latency counts from then, so that a
    target that stalls is late with all that was due meanwhile. Without it each connection keeps --in-flight requests
    out: that shows what the target can do, and flatters its latency. Exit code 1 if an answer was wrong or missing, or
    if the generator itself was too late or too busy for the run to say anything.

    Try: saklar bench tps --target 127.0.0.1:8583 --dialect iso87-ascii --rate 2000
    """
    try:
        from saklar.bench.generator import Generator, Plan, default_message  # noqa: PLC0415 (an extra)
    except ModuleNotFoundError as error:
        raise fail(f"{error.name} is missing: pip install 'saklar[bench]'") from None
    spoken = load(dialect)
    try:
        rule = framing(framed, 65_535)
        elements = default_message(spoken, pan) if message is None else _elements(message)
        where = address_option("--target", target)
        plan = Plan(
            where, spoken, rule, elements, connections, rate, in_flight, not constant, duration, warmup
        )  # fmt: skip
        generator = Generator(plan)
    except (CodecError, ValueError) as error:
        raise fail(str(error)) from None
    console = Console()
    try:
        with console.status("measuring") as status:
            generator.progress = lambda seconds, result: status.update(
                f"{seconds:.0f} s, {result.answers:,} answers, p99 {result.percentile_ms(99.0):.3g} ms"
            )
            result = generator.run()
    except CodecError as error:
        raise fail(str(error)) from None
    except OSError as error:
        raise fail(f"cannot connect to {target}: {reason_of(error)}") from None
    document = {"target": target, "dialect": spoken.name, "connections": connections, "in_flight": in_flight}
    document |= {"rate": rate, **result.as_document()}
    if json_file is not None:
        json_file.write_text(json.dumps(document, indent=2) + "\n")
    _print(document)
    raise SystemExit(0 if result.ok else 1)


@app.command()
def switch(
    *,
    targets: Annotated[str, typer.Option(help="Of strict, relaxed, raw, naive.")] = "strict,relaxed,raw,naive",
    loads: Annotated[str, typer.Option(help="Connections x in flight.")] = "4x50,50x1",
    rounds: Annotated[int, typer.Option(help="Rounds; in each all are measured in turn.", min=1, max=100)] = 3,
    seconds: Annotated[float, typer.Option(help="Of each measurement.", min=0.5)] = 4.0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures to this file.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Also write a page with plots to this file.")] = None,
) -> None:
    """Measure this switch on this machine, beside the most and the least that a relay in Python does.

    The target runs on one core, the load and an issuer that approves everything on another. `strict` and `relaxed`
    are the switch with its journal and a routing table of 10,000 ranges; `raw` is a relay that matches DE 11 at an
    offset and does nothing else, `naive` one that decodes and encodes each message with pyiso8583. First what each
    can do, in a closed loop; then how late the first is at half of that, in an open loop.

    Exit code 1 if an answer was wrong or missing.
    """
    try:
        from saklar.bench.comparison import compare  # noqa: PLC0415 (an extra)
        from saklar.bench.page import page_of  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise fail(f"{error.name} is missing: pip install 'saklar[bench]'") from None
    console = Console()
    try:
        with console.status("starting") as status:
            result = compare(targets.split(","), loads.split(","), rounds, seconds, status.update)
    except (ValueError, OSError) as error:
        raise fail(str(error)) from None
    if json_file is not None:
        json_file.write_text(json.dumps(result.as_document(), indent=2) + "\n")
    if html_file is not None:
        html_file.write_text(page_of(result.as_document()))
    _print_comparison(result, console)
    raise SystemExit(0 if result.ok else 1)


@app.command()
def codec(
    *,
    dialect: Annotated[
        list[str] | None,
        typer.Option("--dialect", "-d", help="A dialect to measure, again for more; all, if left out."),
    ] = None,
    rounds: Annotated[int, typer.Option(help="Rounds for each figure; more make it steadier.", min=2, max=10_000)] = 15,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures to this file.")] = None,
) -> None:
    """The codec's speed for three sizes of message, beside pyiso8583 in the same run where it knows the dialect.

    `read 5` decodes and reads DE 2, 3, 4, 11 and 41; `read all` gives every value; `encode` writes a dict; `change 2`
    decodes, sets DE 11 and 39, and encodes. Ratios are to pyiso8583's decode, its encode, or both together.
    """
    try:
        from saklar.bench.codec import measure  # noqa: PLC0415 (an extra that may be missing)
    except ModuleNotFoundError as error:
        raise fail(f"{error.name} is missing: pip install 'saklar[bench]'") from None
    dialects = [load(name) for name in dialect or dialect_names()]
    console = Console()
    with console.status("measuring") as status:
        result = measure(dialects, rounds, lambda what: status.update(f"measuring {what}"))
    if json_file is not None:
        json_file.write_text(json.dumps(result.as_document(), indent=2) + "\n")
    _print_codec(result, console)


@app.command()
def hsm(
    *,
    only: Annotated[
        str | None, typer.Option(help="Commands to measure, as CC,EC; all of B2, CA, CC, EC, M6 and KQ, if left out.")
    ] = None,
    connections: Annotated[str, typer.Option(help="Numbers of connections.")] = "1,4,16",
    in_flight: Annotated[int, typer.Option(help="Commands out on each connection.", min=1, max=1000)] = 32,
    seconds: Annotated[float, typer.Option(help="Of each round.", min=0.05)] = 1.0,
    rounds: Annotated[int, typer.Option(help="In which the commands take turns.", min=1, max=1000)] = 5,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures to this file.")] = None,
) -> None:
    """Host commands a second over loopback TCP, beside B2 (echo) in the same run and the cryptography alone.

    An HSM is started for it, on a core of its own where there are two. Each connection keeps --in-flight commands
    out; every byte of every answer is compared. Then, at half of that rate and by a schedule that does not wait, how
    late answers are.
    """
    try:
        from saklar.bench.hsm import Plan, WrongAnswerError, measure  # noqa: PLC0415 (an extra that may be missing)
        from saklar.bench.hsm_work import WORK  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise fail(f"{error.name} is missing: pip install 'saklar[bench]'") from None
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
    try:
        with console.status("measuring") as status:
            result = measure(
                Plan(codes, numbers, in_flight, seconds, rounds), lambda what: status.update(f"measuring {what}")
            )
    except* (WrongAnswerError, OSError) as group:
        raise fail(reason_of(group)) from None
    if json_file is not None:
        json_file.write_text(json.dumps(result.as_document(), indent=2) + "\n")
    _print_hsm(result, console)


MAX_HSM_CONNECTIONS = 64
"""As many as an HSM takes that is not told otherwise."""


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


def _print_codec(result: "CodecResult", console: Console) -> None:
    table = Table(
        "dialect", "message", "operation", "µs", "pyiso8583 µs", "times as fast", box=box.SIMPLE, pad_edge=False
    )
    for figure in result.figures:
        held = result.memory[f"{figure.dialect} {figure.size}"]
        first = figure.operation == "read 5"
        message = f"{figure.size}, {figure.length} bytes; holds {held} more" if first else ""
        theirs = f"{figure.theirs_us:.1f}" if figure.theirs_us else "cannot say it"
        ratio = (
            f"{figure.ratio:.1f}  ({figure.quartiles[0]:.1f} to {figure.quartiles[1]:.1f})" if figure.quartiles else ""
        )
        name = figure.dialect if first else ""
        table.add_row(
            name, message, figure.operation, f"{figure.us:.2f}", theirs if first or figure.quartiles else "", ratio
        )
    console.print(table)
    console.print(
        "The fastest of rounds that alternate with pyiso8583's; in brackets the quartiles of the ratio within rounds."
    )


def _elements(path: Path) -> dict[str, str]:
    try:
        document = json.loads(path.read_text())
        return {"mti": str(document["mti"]), **{str(k): str(v) for k, v in document["fields"].items()}}
    except OSError as error:
        raise fail(f"{path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise fail(f'{path}: {{"mti": …, "fields": {{…}}}} is expected') from None


def _print(document: dict[str, object]) -> None:
    latency = document["latency_ms"]
    assert isinstance(latency, dict)
    table = Table(show_header=False, box=None)
    table.add_row("TPS", f"{document['tps']:,}")
    table.add_row("answers", f"{document['answers']:,} in {document['seconds']} s")
    table.add_row("latency (ms)", "  ".join(f"{name} {value:.3g}" for name, value in latency.items()))
    table.add_row("response codes", str(document["response_codes"]))
    table.add_row("faults", str(document["faults"] or "none"))
    own = f"late by {document['own_lateness_ms_p99']:.3g} ms (p99), " if document["loop"] == "open" else ""
    share = document["own_cpu_share"]
    assert isinstance(share, float)
    table.add_row("the generator", f"{own}{share:.0%} of a core")
    console = Console()
    if document["loop"] == "open":
        console.print(f"open loop, {document['rate']:g} a second on {document['connections']} connections")
    else:
        console.print(f"closed loop, {document['connections']} connections x {document['in_flight']} in flight")
    console.print(table)
    if document["invalid"] is not None:
        console.print(f"This run says nothing about the target: {document['invalid']}.")
    elif document["loop"] == "closed":
        console.print("A closed loop waits when its target stalls: at a steady rate (--rate) latencies are higher.")


def _print_comparison(result: "Comparison", console: Console) -> None:
    table = Table(
        "load", "target", "TPS", "of raw", "of naive", "p50 ms", "p99 ms", "µs of CPU", box=box.SIMPLE, pad_edge=False
    )
    for figure in result.figures:
        ratios = [result.ratio(figure, other) for other in ("raw", "naive")]
        shown = ["" if ratio is None else f"{ratio:.2f}" for ratio in ratios]
        table.add_row(
            figure.load, figure.target, f"{figure.tps:,.0f}", *shown,
            f"{figure.p50_ms:.3g}", f"{figure.p99_ms:.3g}", f"{figure.cpu_us:.0f}",
        )  # fmt: skip
    console.print(table)
    for late in result.at_half:
        console.print(
            f"{late.target} at {late.tps:,.0f} a second, half of what it can: p50 {late.p50_ms:.3g} ms, "
            f"p99 {late.p99_ms:.3g} ms from when a request was due"
        )
    for fault in result.faults:
        console.print(f"fault: {fault}")
    where = "all on one core" if result.cores is None else f"the target on core {result.cores[0]} alone"
    console.print(f"Medians of {result.rounds} rounds, {where}. µs of CPU: of the target, for each transaction.")
