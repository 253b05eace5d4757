"""The verbs of `saklar`, and the options that all of them share."""

import importlib.metadata
from typing import Annotated

import typer

from saklar.cli.logs import LogFormat, LogLevel, configure_logs
from saklar.cli.verbs import (
    acquirer,
    arqc,
    bench,
    cvv,
    decode,
    demo,
    dialects,
    diff,
    dukpt,
    encode,
    fmt,
    hsm,
    issuer,
    journal,
    kcv,
    keys,
    mac,
    pin,
    play,
    routes,
    run,
    simulate,
    tr31,
)

QUIET = frozenset({"demo", "acquirer", "bench", "play"})
"""Verbs whose own output is what the user came for."""

app = typer.Typer(
    name="saklar",
    help="An ISO 8583 card-network message switch, with the software HSM, the simulators and the benchmark around it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:  # noqa: FBT001 (a typer callback)
    if asked:
        print(importlib.metadata.version("saklar"))  # noqa: T201
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    *,
    log_level: Annotated[
        LogLevel | None,
        typer.Option(
            help="What to log, from this level up: info for what runs on, error for what ends.",
            envvar="SAKLAR_LOG_LEVEL",
            show_default=False,
        ),
    ] = None,
    log_format: Annotated[
        LogFormat, typer.Option(help="How to log, on standard error.", envvar="SAKLAR_LOG_FORMAT")
    ] = LogFormat.AUTO,
    version: Annotated[  # noqa: ARG001 (its callback acts on it)
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    usual = LogLevel.ERROR if context.invoked_subcommand in QUIET else LogLevel.INFO
    configure_logs(log_level or usual, log_format)


app.command()(demo.demo)
app.command()(run.run)
app.command()(run.check)
app.add_typer(routes.app, name="routes")
app.add_typer(journal.app, name="journal")
app.add_typer(hsm.app, name="hsm")
app.add_typer(keys.app, name="keys")
app.command()(issuer.issuer)
app.command()(acquirer.acquirer)
app.command()(decode.decode)
app.command()(encode.encode)
app.command()(diff.diff)
app.add_typer(dialects.app, name="dialects")
app.add_typer(pin.app, name="pin")
app.add_typer(cvv.app, name="cvv")
app.command()(arqc.arqc)
app.command()(mac.mac)
app.add_typer(dukpt.app, name="dukpt")
app.add_typer(tr31.app, name="tr31")
app.command()(kcv.kcv)
app.command()(play.play)
app.command()(fmt.fmt)
app.command()(simulate.simulate)
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Run the program on `sys.argv`."""
    app()
