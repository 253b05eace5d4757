"""`saklar keys lmk`: local master keys, made at once or by several people, and kept in files."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from saklar.cli.passphrase import lmk_of, new_passphrase
from saklar.cli.service import fail
from saklar.hsm_sim import LmkError
from saklar.hsm_sim.keys import ceremony
from saklar.hsm_sim.keys.lmk import Lmk
from saklar.hsm_sim.keys.lmk_file import PASSPHRASE_VARIABLE, read_pairs, save_lmk

app = typer.Typer(
    help="Make LMKs and keep them in files, encrypted under a passphrase.\n\n"
    "The passphrase is asked for, or taken from the environment variable "
    f"{PASSPHRASE_VARIABLE}. A file is for its owner alone (mode 0600), and never overwritten.",
    no_args_is_help=True,
)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The new LMK file.")]


class Kind(StrEnum):
    """Of LMKs."""

    VARIANT = "variant"
    TDES_BLOCK = "tdes-block"
    AES_BLOCK = "aes-block"


KindOption = Annotated[
    Kind, typer.Option(help="variant: twenty DES pairs; tdes-block and aes-block: one key, for key blocks.")
]


@app.command()
def generate(file: FileArgument, *, kind: KindOption = Kind.VARIANT) -> None:
    """Make an LMK at random, that nobody knows."""
    _save(ceremony.form_lmk(kind, [ceremony.new_component()], str(file)), file)


@app.command()
def component(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show a new component of an LMK and its check value, to one of the people who will form it together.

    Write both down, and let nobody else see the component.
    """
    made = ceremony.new_component()
    text, value = made.hex().upper(), ceremony.check_value(made)
    if as_json:
        print(json.dumps({"component": text, "check_value": value}))  # noqa: T201
        return
    groups = " ".join(text[start : start + 4] for start in range(0, len(text), 4))
    Console(soft_wrap=True).print(f"component    {groups}\ncheck value  {value}", highlight=False)


@app.command()
def form(
    file: FileArgument,
    *,
    kind: KindOption = Kind.VARIANT,
    components: Annotated[int, typer.Option(help="How many people bring one.", min=2, max=9)] = 3,
) -> None:
    """Form an LMK of components that people type in turn, unseen.

    After each, its check value is shown; who typed it compares it with the one that he wrote down.
    """
    if file.exists():
        raise fail(f"FILE: {file} is there already")
    brought = [_asked(number, components) for number in range(1, components + 1)]
    try:
        lmk = ceremony.form_lmk(kind, brought, str(file))
    except LmkError as error:
        raise fail(str(error)) from None
    _save(lmk, file)


@app.command("import")
def import_(
    pairs: Annotated[Path, typer.Argument(help="TOML file with `pairs`: twenty texts of 32 hex digits, in the clear.")],
    file: FileArgument,
) -> None:
    """Keep a variant LMK that is in the clear somewhere in a file of ours. Delete the other afterwards."""
    try:
        lmk = read_pairs(pairs)
    except LmkError as error:
        raise fail(f"PAIRS: {error}") from None
    _save(lmk, file)


@app.command()
def check(name: Annotated[str, typer.Argument(metavar="FILE", help="An LMK file, or a test LMK.")]) -> None:
    """Open an LMK and show its kind and check value."""
    _say(lmk_of(name, option="FILE"))


def _asked(number: int, of: int) -> bytes:
    """A component, typed until it is one that its owner knows by its check value."""
    while True:
        text = typer.prompt(f"Component {number} of {of}", hide_input=True, err=True)
        try:
            found = ceremony.read_component(text)
        except LmkError as error:
            typer.echo(f"{error}; once more, please", err=True)
            continue
        if typer.confirm(f"Check value {ceremony.check_value(found)}: is it yours?", err=True):
            return found


def _save(lmk: Lmk, file: Path) -> None:
    try:
        save_lmk(lmk, file, new_passphrase(file))
    except LmkError as error:
        raise fail(f"FILE: {error}") from None
    _say(lmk)


def _say(lmk: Lmk) -> None:
    Console(soft_wrap=True).print(f"{lmk.source}: {lmk.kind} LMK, check value {lmk.check_value[:6]}", highlight=False)
