"""`saklar keys`: keys under an LMK, without an HSM that runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Annotated

import typer

from saklar.cli.passphrase import lmk_of
from saklar.cli.results import show
from saklar.cli.service import fail
from saklar.cli.verbs import lmk as lmk_verbs
from saklar.hsm_sim import HsmError, keys, meaning
from saklar.hsm_sim.errors import ErrorCode
from saklar.hsm_sim.families.attributes import ALGORITHMS
from saklar.hsm_sim.keys import key_types
from saklar.hsm_sim.keys.clear_key import AES, TDES, ClearKey
from saklar.hsm_sim.keys.inspection import candidates, describe_key
from saklar.hsm_sim.keys.key_types import KeyType
from saklar.hsm_sim.keys.lmk import Lmk

app = typer.Typer(
    help="Make, import, export and look at keys under an LMK, without an HSM that runs; and make LMKs.\n\n"
    "Keys are shown under the LMK or a ZMK, never in the clear. A TYPE is one of "
    + ", ".join(key_types.BY_NAME)
    + ", or a code such as 001.\n\nTry: saklar keys generate ZPK",
    no_args_is_help=True,
)
app.add_typer(lmk_verbs.app, name="lmk")

LmkOption = Annotated[str, typer.Option(help="LMK file, or a test LMK: test, test-tdes-block, test-aes-block.")]
TypeArgument = Annotated[str, typer.Argument(metavar="TYPE", help="What the key is: ZPK, or 001.")]
KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="The key with its scheme letter, or a key block.")]
ZmkOption = Annotated[str, typer.Option(help="The ZMK under the LMK.", show_default=False)]
SchemeOption = Annotated[str, typer.Option(help="Scheme under the ZMK: X, U, Y, T, Z, R for TR-31, S for payShield's.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def generate(
    type_: TypeArgument,
    *,
    lmk: LmkOption = "test",
    algorithm: Annotated[
        str, typer.Option(help=f"Algorithm and length, one of {', '.join(ALGORITHMS)}: T2 is triple DES of 16 bytes.")
    ] = "T2",
    zmk: Annotated[
        str | None, typer.Option(help="Show the key under this ZMK, too (itself under the LMK).", show_default=False)
    ] = None,
    scheme: SchemeOption = "X",
    as_json: JsonOption = False,
) -> None:
    """Make a random key and show it under the LMK."""
    kind, opened = _kind(type_), lmk_of(lmk)
    if algorithm not in ALGORITHMS:
        raise fail(f"--algorithm: {algorithm!r} is not one of {', '.join(ALGORITHMS)}")
    letter, length = ALGORITHMS[algorithm]
    with _failing():
        key = keys.generate(length, AES if letter == AES else TDES)
        shown = _under(opened, kind, key)
        if zmk is not None:
            shown["key_under_zmk"] = keys.encrypt_under_key(_zmk(opened, zmk), kind, key, scheme)
    show(shown, as_json=as_json)


@app.command("import")
def import_(
    type_: TypeArgument, key: KeyArgument, *, zmk: ZmkOption, lmk: LmkOption = "test", as_json: JsonOption = False
) -> None:
    """Take a key from under a ZMK to under the LMK."""
    kind, opened = _kind(type_), lmk_of(lmk)
    with _failing():
        clear = keys.decrypt_under_key(_zmk(opened, zmk), kind, _key(key))
        shown = _under(opened, kind, keys.checked(clear, ErrorCode.DESTINATION_KEY_PARITY))
    show(shown, as_json=as_json)


@app.command()
def export(
    type_: TypeArgument,
    key: KeyArgument,
    *,
    zmk: ZmkOption,
    scheme: SchemeOption = "X",
    lmk: LmkOption = "test",
    as_json: JsonOption = False,
) -> None:
    """Take a key from under the LMK to under a ZMK."""
    kind, opened = _kind(type_), lmk_of(lmk)
    with _failing():
        clear = keys.decrypt_under_lmk(opened, kind, _key(key), algorithms=TDES + AES)
        exported = keys.encrypt_under_key(_zmk(opened, zmk), kind, clear, scheme)
    show({"key_under_zmk": exported, "check_value": clear.check_value[:6]}, as_json=as_json)


@app.command()
def kcv(type_: TypeArgument, key: KeyArgument, *, lmk: LmkOption = "test", as_json: JsonOption = False) -> None:
    """Show the check value of a key under the LMK: zeros encrypted, or for AES the CMAC of zeros."""
    kind, opened = _kind(type_), lmk_of(lmk)
    with _failing():
        clear = keys.decrypt_under_lmk(opened, kind, _key(key), algorithms=TDES + AES)
    show({"check_value": clear.check_value[:6]}, as_json=as_json)


@app.command()
def translate(
    type_: TypeArgument,
    key: KeyArgument,
    *,
    to: Annotated[str, typer.Option(help="The LMK that it goes under: a file, or a test LMK.", show_default=False)],
    lmk: LmkOption = "test",
    as_json: JsonOption = False,
) -> None:
    """Take a key from under one LMK to under another, also from a variant LMK to a key-block one."""
    kind, source, destination = _kind(type_), lmk_of(lmk), lmk_of(to, option="--to")
    with _failing():
        shown = _under(destination, kind, keys.decrypt_under_lmk(source, kind, _key(key), algorithms=TDES + AES))
    show(shown, as_json=as_json)


@app.command()
def inspect(
    key: KeyArgument,
    *,
    lmk: Annotated[
        str | None, typer.Option(help="Say also what it may be under this LMK, with check values.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a key says of itself: scheme and length, or the header of its key block in words."""
    opened = None if lmk is None else lmk_of(lmk)
    with _failing():
        shown = describe_key(_key(key))
        if opened is not None:
            found = candidates(opened, _key(key))
            shown["under the LMK"] = "; ".join(f"{name}, KCV {value}" for name, value in found.items()) or "no key"
    show(shown, as_json=as_json)


@contextlib.contextmanager
def _failing() -> Iterator[None]:
    """Turns what the HSM's rooms refuse into the end of the program."""
    try:
        yield
    except HsmError as error:
        raise fail(f"error {error.code}, {meaning(error.code)}: {error.reason}") from None


def _kind(text: str) -> KeyType:
    """The type of that name or code."""
    kind = key_types.BY_NAME.get(text.upper()) or key_types.FIRST.get(text.upper())
    if kind is None:
        raise fail(f"TYPE: {text!r} is not one of {', '.join(key_types.BY_NAME)}, nor a code such as 001")
    return kind


def _key(text: str) -> str:
    return text.replace(" ", "")


def _zmk(lmk: Lmk, text: str) -> ClearKey:
    return keys.decrypt_under_lmk(lmk, key_types.ZMK, _key(text), algorithms=TDES + AES)


def _under(lmk: Lmk, kind: KeyType, key: ClearKey) -> dict[str, str]:
    """The key under the LMK and its check value."""
    under = keys.encrypt_under_lmk(lmk, kind, key, keys.usual_scheme(lmk, key))
    return {"key_under_lmk": under, "check_value": key.check_value[:6]}
