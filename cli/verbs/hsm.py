"""`saklar hsm`: the software HSM."""

import json
from collections.abc import Iterable
from typing import Annotated

import trio
import typer
from rich.console import Console
from rich.table import Table

from saklar.cli.service import fail, reason_of, run_until_signalled
from saklar.hsm_sim import Hsm, LmkError, load_lmk, serve_hsm
from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.layout import Part

app = typer.Typer(help="Run the software HSM, or list its commands.", invoke_without_command=True)


@app.callback()
def hsm(
    context: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="TCP port, 0 for any free one.", min=0, max=65535)] = 1500,
    header_length: Annotated[
        int, typer.Option(help="Bytes before each command that are sent back.", min=0, max=255)
    ] = 4,
    lmk: Annotated[
        str, typer.Option(help='"test", the published test LMK, or a TOML file with twenty pairs.')
    ] = "test",
    max_connections: Annotated[int, typer.Option(help="Clients at a time.", min=1)] = 64,
) -> None:
    """Run a payShield-compatible software HSM until SIGTERM or Ctrl-C.

    It protects nothing under the test LMK, and no key from whoever can read this machine's memory.
    """
    if context.invoked_subcommand is not None:
        return
    try:
        unit = Hsm(load_lmk(lmk))
    except LmkError as error:
        raise fail(f"--lmk: {error}") from None
    scope = trio.CancelScope()

    async def serve() -> None:
        with scope:
            await serve_hsm(unit, host, port, header_length=header_length, max_connections=max_connections)

    try:
        trio.run(run_until_signalled, serve, scope.cancel)
    except* OSError as group:
        raise fail(f"cannot listen on {host}:{port}: {reason_of(group)}") from None


@app.command()
def commands(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the host commands that are supported."""
    rows = [(c.code, c.response_code, c.title, _fields(c.request), _fields(c.response)) for c in COMMANDS.values()]
    if as_json:
        keys = ("command", "response", "title", "request_fields", "response_fields")
        print(json.dumps([dict(zip(keys, row, strict=True)) for row in rows]))  # noqa: T201
        return
    table = Table("command", "response", "what it does", "request", "response fields")
    for code, response, title, request, fields in rows:
        table.add_row(code, response, title, ", ".join(request), ", ".join(fields))
    Console().print(table)


def _fields(parts: Iterable[Part]) -> list[str]:
    return [name for part in parts for name, _, _ in part.rows()]
