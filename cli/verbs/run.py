"""`saklar run` and `saklar check`: the switch, and its configuration without it."""

from pathlib import Path
from typing import Annotated

import trio
import typer

from saklar.cli.service import fail, failing, run_until_signalled
from saklar.switch import Configuration, ConfigurationError, Switch, load_configuration

ConfigFile = Annotated[Path, typer.Argument(metavar="CONFIG", help="The switch's configuration, a TOML file.")]


def run(
    config: ConfigFile,
    *,
    trace: Annotated[bool, typer.Option("--trace", help="Log a line for each transaction.")] = False,
) -> None:
    """Run the switch until SIGTERM or Ctrl-C, which let it finish what is pending.

    It listens and dials as CONFIG says. Exit code 0 after a clean stop, 2 when the configuration, an address
    or a key cannot be used.
    """
    with failing(ConfigurationError, message_of):
        configuration = load_configuration(config)
        switch = Switch(with_trace(configuration) if trace else configuration)
        trio.run(run_until_signalled, switch.run, switch.stop)


def check(config: ConfigFile) -> None:
    """Check a configuration without running it: every problem with its key, exit code 2 if there is any."""
    try:
        configuration = load_configuration(config)
    except ConfigurationError as error:
        raise fail(str(error)) from None
    for name, table in configuration.link.items():
        how = f"listens on {table.listen}" if table.listen else f"dials {table.connect}"
        print(f"link {name}: {table.role}, {table.dialect}, {table.framing}, {how}")  # noqa: T201
    bins = len(configuration.routes)
    print(f"{config}: good ({len(configuration.link)} links, {bins} BIN ranges)")  # noqa: T201


def with_trace(configuration: Configuration) -> Configuration:
    """The same configuration, with a log line for each transaction."""
    switch = configuration.switch.model_copy(update={"trace": True})
    return configuration.model_copy(update={"switch": switch})


def message_of(error: BaseException) -> str:
    """The message of an error, or the messages of those in a group, however deep."""
    return "\n".join(map(message_of, error.exceptions)) if isinstance(error, BaseExceptionGroup) else str(error)
