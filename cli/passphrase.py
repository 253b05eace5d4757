"""LMK files and their passphrases, from the environment or from whoever sits there."""

from __future__ import annotations

import os
import sys

import typer

from saklar.cli.service import fail
from saklar.hsm_sim import LmkError, load_lmk
from saklar.hsm_sim.keys.lmk import TEST_LMKS, Lmk
from saklar.hsm_sim.keys.lmk_file import MIN_PASSPHRASE, PASSPHRASE_VARIABLE


def lmk_of(name: str, *, identifier: str = "00", option: str = "--lmk") -> Lmk:
    """The LMK of that name or file; asks for the passphrase where the environment has none and somebody can answer.

    Raises:
        SystemExit: it cannot be loaded; why is said.
    """
    try:
        passphrase = None if name in TEST_LMKS else _known_or_asked(f"Passphrase of {name}")
        return load_lmk(name, passphrase, identifier=identifier)
    except LmkError as error:
        raise fail(f"{option}: {error}") from None


def new_passphrase(path: object) -> str:
    """A passphrase for a new file, of the environment or typed twice."""
    known = os.environ.get(PASSPHRASE_VARIABLE)
    if known is not None:
        return known
    while True:
        typed = str(typer.prompt(f"New passphrase of {path}", hide_input=True, confirmation_prompt=True, err=True))
        if len(typed) >= MIN_PASSPHRASE:
            return typed
        typer.echo(f"it needs {MIN_PASSPHRASE} characters; once more, please", err=True)


def _known_or_asked(question: str) -> str | None:
    known = os.environ.get(PASSPHRASE_VARIABLE)
    if known is not None or not sys.stdin.isatty():
        return known
    return str(typer.prompt(question, hide_input=True, err=True))
