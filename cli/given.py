"""What a user gives for a key, a PIN or data: itself, or where it is, so that it is not in the list of processes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection
from pathlib import Path

import typer

from saklar.hsm_sim.crypto.inputs import one_of

HOW = (
    "A key, PIN, PAN or DATA may be given as it is (which the list of processes shows), as @FILE, as env:NAME, "
    "or as - to type it unseen or to read a line of standard input for it."
)
"""For the help of the verbs that take them."""

_NOT_HEX = re.compile("[^0-9A-Fa-f]")
_NOT_DECIMAL = re.compile("[^0-9]")


class GivenError(ValueError):
    """What was given cannot be used. The message tells no more of it than its length and where it is wrong."""


def text_of(given: str, name: str) -> str:
    """The text itself: of a file (@FILE), of the environment (env:NAME), of standard input (-), or as it was given.

    Args:
        given: what the user gave.
        name: what it is called, where somebody is asked for it.

    Raises:
        GivenError: the file or the variable cannot be read.
    """
    if given == "-":
        return _typed(name)
    if given.startswith("@"):
        return _content(given[1:])
    if given.startswith("env:"):
        return _variable(given.removeprefix("env:"))
    return given


def bytes_of(text: str, lengths: Collection[int] = ()) -> bytes:
    """The bytes of hex digits, in which spaces and colons are skipped.

    Args:
        text: hex digits.
        lengths: numbers of bytes that are allowed; any, if there are none.

    Raises:
        GivenError: it is not hex, or not of these lengths.
    """
    digits = re.sub(r"[\s:]", "", text)
    _check(digits, _NOT_HEX, "hex", [2 * length for length in lengths])
    if len(digits) % 2:
        raise GivenError(f"has {len(digits)} hex digits, an odd number")
    return bytes.fromhex(digits)


def digits_of(text: str, lengths: Collection[int]) -> str:
    """Decimal digits without the spaces between them.

    Raises:
        GivenError: there is something else, or another number of them.
    """
    digits = re.sub(r"\s", "", text)
    _check(digits, _NOT_DECIMAL, "decimal", lengths)
    return digits


def _check(digits: str, others: re.Pattern[str], kind: str, lengths: Collection[int]) -> None:
    wrong = others.search(digits)
    if wrong is not None:
        raise GivenError(f"character {wrong.start() + 1} is no {kind} digit")
    if lengths and len(digits) not in lengths:
        raise GivenError(f"has {len(digits)} {kind} digits, {one_of(lengths)} are expected")


def _typed(name: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(name, hide_input=True, err=True))
    line = sys.stdin.readline()
    if not line:
        raise GivenError("standard input has no line for it")
    return line.removesuffix("\n").removesuffix("\r")


def _content(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise GivenError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise GivenError(f"{path}: not text") from None


def _variable(name: str) -> str:
    if name not in os.environ:
        raise GivenError(f"the environment has no {name}")
    return os.environ[name]
