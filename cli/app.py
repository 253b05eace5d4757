"""The verbs of `saklar`, and the options that all of them share."""

import importlib
import importlib.metadata
from functools import cache
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from saklar.cli.logs import LogFormat, LogLevel, configure_logs

VERBS = {
    "demo": "demo:demo",
    "run": "run:run",
    "check": "run:check",
    "routes": "routes:app",
    "journal": "journal:app",
    "hsm": "hsm:app",
    "keys": "keys:app",
    "issuer": "issuer:issuer",
    "acquirer": "acquirer:acquirer",
    "decode": "decode:decode",
    "encode": "encode:encode",
    "diff": "diff:diff",
    "dialects": "dialects:app",
    "pin": "pin:app",
    "cvv": "cvv:app",
    "arqc": "arqc:arqc",
    "mac": "mac:mac",
    "dukpt": "dukpt:app",
    "tr31": "tr31:app",
    "kcv": "kcv:kcv",
    "play": "play:play",
    "fmt": "fmt:fmt",
    "record": "record:record",
    "simulate": "simulate:simulate",
    "bench": "bench:app",
}
"""Each verb, in the order of the help: its module in `saklar.cli.verbs`, and what that has for it."""

QUIET = frozenset({"demo", "acquirer", "bench", "play", "record"})
"""Verbs whose own output is what the user came for."""


class Verbs(TyperGroup):
    """Verbs that are imported when they are asked for: a switch need not wait for the calculators."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 (click's signature)
        """All verbs, in the order of the help."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 (as above)
        """One verb; for a name that is none, all of them are at hand for what might have been meant."""
        if cmd_name in VERBS:
            return _command(cmd_name)
        self.commands = {name: _command(name) for name in VERBS}
        return None


@cache
def _command(name: str) -> Any:
    module, _, attribute = VERBS[name].partition(":")
    verb = getattr(importlib.import_module(f"saklar.cli.verbs.{module}"), attribute)
    if isinstance(verb, typer.Typer):
        command: Any = typer.main.get_group(verb)
    else:
        single = typer.Typer(add_completion=False, rich_markup_mode="markdown")
        single.command()(verb)
        command = typer.main.get_command(single)
    command.name = name
    return command


app = typer.Typer(
    name="saklar",
    cls=Verbs,
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


def main() -> None:
    """Run the program on `sys.argv`."""
    app()
