"""`saklar routes`: where requests go, and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from saklar.cli.given import GivenError, text_of
from saklar.cli.inputs import BadInputError, Form, read
from saklar.cli.service import fail
from saklar.codecs import DecodeError, Message, load_dialect, mask_pan
from saklar.switch import Configuration, ConfigurationError, load_configuration
from saklar.switch.engine import Facts, Route
from saklar.switch.engine.messages import MAX_PAN, MIN_PAN, facts_of, pan_of
from saklar.switch.engine.routing import Candidate

app = typer.Typer(help="Show where requests go, and why.", no_args_is_help=True)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The switch's configuration.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be routed. A PAN alone says nothing else, so conditions may stay open."""

    pan: str
    facts: Facts


@app.command()
def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="PAN|MESSAGE", help="A PAN, or a request in hex; @FILE, env:NAME or - read it elsewhere."
        ),
    ],
    *,
    config: ConfigOption = Path("switch.toml"),
    link: Annotated[
        str | None, typer.Option(help="The acquirer that it comes from; the only one, if left out.", show_default=False)
    ] = None,
    mti: Annotated[str, typer.Option(help="Of a request with this PAN.")] = "0200",
    processing: Annotated[str | None, typer.Option(help="Its DE 3, two digits.", show_default=False)] = None,
    currency: Annotated[str | None, typer.Option(help="Its DE 49, three digits.", show_default=False)] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which route a request takes, and why none before it: the range, the conditions, the issuers in order.

    A PAN on the command line is seen in the list of processes and kept in the shell's history: give a real one by
    @FILE, env:NAME or -. Exit code 1 if there is no route.

    Try: saklar routes explain 4000000000000002 --config switch.toml --currency 840
    """
    configuration = _configuration(config)
    acquirer = _acquirer(configuration, link)
    try:
        text = text_of(what, "PAN or message")
    except GivenError as error:
        raise fail(f"PAN|MESSAGE: {error}") from None
    if text.isdecimal() and MIN_PAN <= len(text) <= MAX_PAN:
        asked = _Asked(text, Facts(mti, processing, currency, acquirer))
    else:
        asked = _of_message(_message(configuration, acquirer, text), acquirer)
    candidates = list(configuration.routes.candidates(asked.pan, asked.facts))
    if as_json:
        print(json.dumps({"pan": mask_pan(asked.pan), "candidates": [_document(one) for one in candidates]}))  # noqa: T201
    else:
        _explain(asked, candidates)
    raise SystemExit(0 if any(not one.misses for one in candidates) else 1)


@app.command("list")
def list_(
    *,
    config: ConfigOption = Path("switch.toml"),
    limit: Annotated[int, typer.Option(help="Ranges to show, the longest first.", min=1)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List the ranges and their routes."""
    routes = _configuration(config).routes
    shown = list(islice(routes, limit))
    if as_json:
        print(json.dumps([{"bin": str(bin_range), **_route_document(route)} for bin_range, route in shown]))  # noqa: T201
        return
    table = Table("BIN", "route", box=box.SIMPLE, pad_edge=False)
    for bin_range, route in shown:
        table.add_row(str(bin_range), str(route))
    console = Console()
    console.print(table)
    console.print(f"{len(shown)} of {len(routes)} ranges")


def _configuration(path: Path) -> Configuration:
    try:
        return load_configuration(path)
    except ConfigurationError as error:
        raise fail(str(error)) from None


def _acquirer(configuration: Configuration, link: str | None) -> str:
    acquirers = [name for name, table in configuration.link.items() if table.role == "acquirer"]
    if link is None and len(acquirers) == 1:
        return acquirers[0]
    if link not in acquirers:
        problem = "which?" if link is None else f"{link!r} is no acquirer link"
        raise fail(f"--link: {problem}; there are: {', '.join(acquirers) or 'none'}")
    return link


def _message(configuration: Configuration, acquirer: str, text: str) -> Message:
    try:
        return load_dialect(configuration.link[acquirer].dialect).decode(read(text, Form.AUTO))
    except BadInputError as error:
        raise fail(f"PAN|MESSAGE: neither {MIN_PAN} to {MAX_PAN} digits nor a message: {error}") from None
    except DecodeError as error:
        raise fail(f"PAN|MESSAGE: as {acquirer} speaks: {error}") from None


def _of_message(message: Message, acquirer: str) -> _Asked:
    pan = pan_of(message)
    if pan is None:
        raise fail("PAN|MESSAGE: neither DE 2 nor DE 35 has a PAN")
    return _Asked(pan, facts_of(message.mti, message, acquirer))


def _explain(asked: _Asked, candidates: list[Candidate]) -> None:
    facts = asked.facts
    said = [f"MTI {facts.mti}", f"from {facts.acquirer}"]
    said += [f"DE 3 {facts.processing}"] if facts.processing else []
    said += [f"DE 49 {facts.currency}"] if facts.currency else []
    console = Console(highlight=False)
    console.print(f"{mask_pan(asked.pan)}, {', '.join(said)}")
    winner = next((one for one in candidates if not one.misses), None)
    for one in candidates:
        mark = "->" if one is winner else "  "
        console.print(f"{mark} {one.bin_range}: {one.route}{_why(one, winner, asked)}")
    if winner is None:
        console.print(
            "no route: the switch answers 92" if not candidates else "no route takes it: the switch answers 92"
        )


def _why(one: Candidate, winner: Candidate | None, asked: _Asked) -> str:
    if one is winner:
        return ""
    if one.misses:
        return "; not taken: " + ", ".join(
            f"{name} is {getattr(asked.facts, name) or 'not said'}" for name in one.misses
        )
    return "; would be next"


def _document(one: Candidate) -> dict[str, object]:
    return {"bin": str(one.bin_range), **_route_document(one.route), "misses": one.misses}


def _route_document(route: Route) -> dict[str, object]:
    conditions = {name: sorted(allowed) for name, allowed in route.conditions.items()}
    return {"issuers": list(route.issuers), "conditions": conditions}
