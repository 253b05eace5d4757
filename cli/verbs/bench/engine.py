"""`saklar bench engine`: the transaction engine without I/O."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from saklar.cli.verbs.bench.common import JsonFile, refusing, save, working
from saklar.cli.verbs.decode import load

if TYPE_CHECKING:
    from saklar.bench.micro.engine import EngineResult


def engine(
    *,
    dialect: Annotated[str, typer.Option("--dialect", "-d", help="The acquirer's.")] = "iso87-ascii",
    issuer_dialect: Annotated[
        str | None, typer.Option(help="The issuer's; the acquirer's, if left out.", show_default=False)
    ] = None,
    pin: Annotated[
        bool, typer.Option("--pin", help="A PIN block in each request; what the HSM does is canned.")
    ] = False,
    chunk: Annotated[int, typer.Option(help="Requests that come together.", min=1, max=10_000)] = 50,
    rounds: Annotated[int, typer.Option(help="Of a thousand transactions.", min=2, max=10_000)] = 30,
    json_file: JsonFile = None,
) -> None:
    """What a transaction costs the engine, in µs of CPU by step, beside pyiso8583 in the same rounds.

    Nothing is read, written or stored: requests, commits and an issuer's answers are handed to the engine, a chunk
    through each step together. Decoding is part of it, sockets and the journal are not. The unit beside it is one
    decode and one encode of the same request by pyiso8583; a relay that parses needs two of these.
    """
    acquirer, issuer = load(dialect), load(issuer_dialect or dialect)
    console = Console()
    with refusing():
        from saklar.bench.micro.engine import measure  # noqa: PLC0415 (an extra)

        with working(console) as tell:
            result = measure(acquirer, issuer, with_pin=pin, chunk=chunk, rounds=rounds, progress=tell)
    save(result.as_document(), json_file)
    _print(result, console)


def _print(result: "EngineResult", console: Console) -> None:
    table = Table("step", "µs of CPU", "share", box=box.SIMPLE, pad_edge=False)
    for step, us in result.steps.items():
        table.add_row(step, f"{us:.2f}", f"{us / result.total:.0%}")
    table.add_row("a transaction", f"{result.total:.2f}", "")
    console.print(table)
    between = " to ".join(dict.fromkeys(result.dialects))
    pin = ", with a PIN" if result.with_pin else ""
    console.print(f"{between}{pin}; {result.chunk} requests together; medians of {len(result.totals)} rounds.")
    if result.unit is not None:
        console.print(
            f"pyiso8583 takes {result.unit:.1f} µs to decode and encode the request once: a transaction is "
            f"{result.in_units:.2f} of that."
        )
