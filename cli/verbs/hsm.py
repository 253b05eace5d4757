"""`saklar hsm`: the software HSM."""

import json
import re
import resource
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Annotated

import trio
import typer
from rich.console import Console
from rich.table import Table

from saklar.cli.passphrase import lmk_of
from saklar.cli.service import fail, failing, reason_of, run_until_signalled
from saklar.codecs.settings import ConfigurationError
from saklar.hsm_sim import Hsm, LmkError, serve_hsm
from saklar.hsm_sim.command import Command
from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.keys.lmk import Lmk
from saklar.hsm_sim.layout import Part
from saklar.hsm_sim.manual import as_markdown
from saklar.hsm_sim.security import SAFE, Security, load_security
from saklar.hsm_sim.server.access import Access, AccessError, tls_context
from saklar.hsm_sim.server.fault_rules import FaultError, FaultRule
from saklar.hsm_sim.server.faults import Faults
from saklar.hsm_sim.unit import DEFAULT_LMK

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
        list[str] | None,
        typer.Option(
            help="LMK file of `saklar keys lmk`, or test, test-tdes-block, test-aes-block; again for more, as 01=FILE.",
            show_default="test",
        ),
    ] = None,
    old_lmk: Annotated[
        str | None, typer.Option(help="The LMK before this one, to bring keys and PINs over from (BW, BG, LO).")
    ] = None,
    security: Annotated[
        Path | None, typer.Option(help="TOML file of what the HSM refuses to do; safe settings, if left out.")
    ] = None,
    authorised: Annotated[
        bool, typer.Option("--authorised", help="Start in the authorised state, for commands with clear PINs.")
    ] = False,
    max_connections: Annotated[int, typer.Option(help="Clients at a time.", min=1)] = 64,
    idle_timeout: Annotated[
        float, typer.Option(help="Seconds of silence that end a connection; 0 for none.", min=0)
    ] = 0,
    allow: Annotated[
        list[str] | None, typer.Option(help="An address or network that may connect, again for more; any, if left out.")
    ] = None,
    certificate: Annotated[Path | None, typer.Option(help="PEM file of certificate and key: speak TLS.")] = None,
    client_ca: Annotated[
        Path | None, typer.Option(help="PEM file of the authority whose certificates clients must show.")
    ] = None,
    clear_pins: Annotated[
        bool, typer.Option("--clear-pins", help="Give PINs under the LMK as a zero and the PIN, for foreign test data.")
    ] = False,
    trace: Annotated[bool, typer.Option("--trace", help="Log each request and response, secrets masked.")] = False,
    fault: Annotated[
        list[str] | None,
        typer.Option(help='What goes wrong on purpose, such as "CC error 20 every 3"; again for more.'),
    ] = None,
    fault_seed: Annotated[int, typer.Option(help="Of the chance and jitter in faults.")] = 0,
) -> None:
    """Run a payShield-compatible software HSM until SIGTERM or Ctrl-C.

    It protects nothing under the test LMK, and no key from whoever can read this machine's memory.
    """
    if context.invoked_subcommand is not None:
        return
    try:
        unit = Hsm(
            _lmks(lmk or ["test"]),
            _security(security, clear_pins=clear_pins),
            authorised=authorised,
            old_lmk=None if old_lmk is None else lmk_of(old_lmk, option="--old-lmk"),
        )
        access = Access.of(allow or [], idle_timeout or None, tls_context(certificate, client_ca))
        faults = Faults(map(FaultRule.parse, fault), fault_seed) if fault else None
    except LmkError as error:
        raise fail(f"--lmk: {error}") from None
    except FaultError as error:
        raise fail(f"--fault: {error}") from None
    except AccessError as error:
        raise fail(str(error)) from None
    serve = partial(serve_hsm, unit, host, port, header_length=header_length, max_connections=max_connections)
    with failing(OSError, lambda error: f"cannot listen on {host}:{port}: {reason_of(error)}"):
        _run(partial(serve, access=access, faults=faults, trace=trace))


def _lmks(options: Iterable[str]) -> dict[str, Lmk]:
    """LMKs by identifier, of options such as test or 01=FILE."""
    lmks: dict[str, Lmk] = {}
    for option in options:
        named = _NAMED.match(option) is not None
        identifier, name = (option[:2], option[3:]) if named else (DEFAULT_LMK, option)
        if identifier in lmks:
            raise fail(f"--lmk: there are two LMKs {identifier}; name one 01=FILE")
        lmks[identifier] = lmk_of(name, identifier=identifier)
    return lmks


_NAMED = re.compile("[0-9]{2}=")


def _security(path: Path | None, *, clear_pins: bool) -> Security:
    try:
        settings = SAFE if path is None else load_security(path)
    except ConfigurationError as error:
        raise fail(f"--security: {error}") from None
    return settings.model_copy(update={"clear_pins": True}) if clear_pins else settings


def _run(serve: Callable[[], Awaitable[None]]) -> None:
    """Serve until a signal."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would have every key
    scope = trio.CancelScope()

    async def served() -> None:
        with scope:
            await serve()

    trio.run(run_until_signalled, served, scope.cancel)


@app.command()
def commands(
    code: Annotated[str | None, typer.Argument(help="Show this command's fields.", show_default=False)] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print every command's page, as docs/hsm-commands.md.")
    ] = False,
) -> None:
    """List the host commands that are supported, or the fields of one."""
    if code is not None and code not in COMMANDS:
        raise fail(f"there is no command {code}; there are: {', '.join(sorted(COMMANDS))}")
    chosen = [COMMANDS[found] for found in sorted(COMMANDS) if code in (None, found)]
    if markdown:
        print(as_markdown(), end="")  # noqa: T201
    elif as_json:
        print(json.dumps([_described(command) for command in chosen]))  # noqa: T201
    else:
        Console().print(_table_of(chosen) if code is None else _page_of(chosen[0]))


def _table_of(chosen: Iterable[Command]) -> Table:
    table = Table("command", "response", "what it does")
    for command in chosen:
        table.add_row(command.code, command.response_code, command.title)
    return table


def _page_of(command: Command) -> Table:
    table = Table("in", "field", "form", "meaning", title=f"{command.code} {command.title}")
    for code, parts in ((command.code, command.request), (command.response_code, command.response)):
        for row in _rows(parts):
            table.add_row(code, *row)
    return table


def _described(command: Command) -> dict[str, object]:
    names = ("name", "form", "about")
    return {
        "command": command.code,
        "response": command.response_code,
        "title": command.title,
        "request_fields": [dict(zip(names, row, strict=True)) for row in _rows(command.request)],
        "response_fields": [dict(zip(names, row, strict=True)) for row in _rows(command.response)],
    }


def _rows(parts: Iterable[Part]) -> list[tuple[str, str, str]]:
    return [row for part in parts for row in part.rows()]
