"""Options that the calculators share: keys, PINs, PANs and data, read by `given`, and how results are shown."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator
from typing import Annotated, Any, TypeVar

import typer

from saklar.cli.given import bytes_of, digits_of, text_of
from saklar.cli.results import NOT_VERIFIED
from saklar.cli.service import fail
from saklar.hsm_sim.crypto import aes, tdes
from saklar.hsm_sim.crypto.pin_block import PinBlockError
from saklar.hsm_sim.crypto.tr31 import AuthenticationError

PAIR = (16,)
"""The bytes of a key of two halves, as most standards of cards have it."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsTextOption = Annotated[bool, typer.Option("--text", help="The data is a text, not hex digits.")]
StepsOption = Annotated[bool, typer.Option("--steps", help="Show intermediate values, too.")]

_Value = TypeVar("_Value")


def key_option(name: str, about: str, lengths: Collection[int] = PAIR) -> Any:
    """A DES key in hex, of one of these numbers of bytes; even parity is noted.

    Args:
        name: of the option.
        about: its help.
        lengths: the bytes that it may have.
    """

    def read(text: str) -> bytes:
        key = bytes_of(text, lengths)
        note_parity(name, key)
        return key

    return typer.Option(name, parser=_reader(name, read), metavar="KEY", help=about, show_default=False)


def any_key_option(name: str, about: str) -> Any:
    """A key of triple DES or AES, in hex."""
    return typer.Option(name, parser=_any_key(name), metavar="KEY", help=about, show_default=False)


def any_key_argument(name: str, about: str) -> Any:
    """As `any_key_option`, where the verb is about the key."""
    return typer.Argument(parser=_any_key(name), metavar=name, help=about, show_default=False)


def _any_key(name: str) -> Callable[[str], bytes]:
    return _reader(name, lambda text: bytes_of(text, sorted({*tdes.KEY_LENGTHS, *aes.KEY_LENGTHS})))


def hex_option(name: str, about: str, lengths: Collection[int] = ()) -> Any:
    """Bytes in hex, of any number or one of these."""
    reader = _reader(name, lambda text: bytes_of(text, lengths))
    return typer.Option(name, parser=reader, metavar="HEX", help=about, show_default=False)


def digits_option(name: str, about: str, lengths: Collection[int]) -> Any:
    """A text of so many decimal digits."""
    reader = _reader(name, lambda text: digits_of(text, lengths))
    return typer.Option(name, parser=reader, metavar="DIGITS", help=about)


def text_option(name: str, about: str, metavar: str = "TEXT") -> Any:
    """Any text, that may be given in the same ways."""
    return typer.Option(name, parser=_reader(name, str), metavar=metavar, help=about, show_default=False)


def data_argument(about: str, metavar: str = "DATA") -> Any:
    """What a verb is about, as a text."""
    return typer.Argument(parser=_reader(metavar, str), metavar=metavar, help=about, show_default=False)


def data_of(text: str, *, as_text: bool, name: str = "DATA") -> bytes:
    """The bytes of data: hex digits, or the characters themselves."""
    if as_text:
        return text.encode()
    with refusing(name):
        return bytes_of(text)


def note_parity(name: str, key: bytes) -> None:
    """Say on standard error that a DES key has bytes of even parity; it is used all the same."""
    if not tdes.has_odd_parity(key):
        typer.echo(f"saklar: {name}: note: not every byte has odd parity; used as it is", err=True)


@contextlib.contextmanager
def refusing(name: str = "") -> Iterator[None]:
    """Turn what the algorithms refuse into the end of the program.

    Exit code 1 where a block is not good under the key given, 2 where what was given cannot be used.
    """
    try:
        yield
    except ValueError as error:
        ending = fail(f"{name}: {error}" if name else str(error))
        if isinstance(error, PinBlockError | AuthenticationError):
            ending.code = NOT_VERIFIED
        raise ending from None


def required(value: _Value | None, name: str, why: str) -> _Value:
    """The value of an option that others make necessary."""
    if value is None:
        raise fail(f"{name}: missing: {why}")
    return value


def _reader(name: str, read: Callable[[str], _Value]) -> Callable[[str], _Value]:
    def reader(given: str) -> _Value:
        with refusing(name):
            return read(text_of(given, name))

    return reader
