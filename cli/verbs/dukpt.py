"""`saklar dukpt`: the keys of a terminal's transactions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from saklar.cli.dukpt_keys import (
    BaseKeyOption,
    InitialKeyOption,
    KeyTypeOption,
    KsnOption,
    Transaction,
    Use,
    transaction_of,
)
from saklar.cli.given import HOW
from saklar.cli.options import (
    AsTextOption,
    JsonOption,
    StepsOption,
    data_argument,
    data_of,
    digits_option,
    refusing,
    required,
)
from saklar.cli.results import Result, show
from saklar.cli.service import fail
from saklar.hsm_sim.crypto import pin_block_aes

app = typer.Typer(
    help="Derive the keys of a terminal's transactions (DUKPT), and use them. A KSN of 12 bytes means AES "
    f"(ANSI X9.24-3), a shorter one triple DES (X9.24-1).\n\n{HOW}",
    no_args_is_help=True,
)

DataArgument = Annotated[str, data_argument("Whole blocks in hex.")]
UseOption = Annotated[Use, typer.Option(help="What the data is: a PIN block, or data of request or response.")]
PanOption = Annotated[
    str | None, digits_option("--pan", "The whole PAN, for an AES PIN block.", pin_block_aes.PAN_LENGTHS)
]

_DATA_USES = (Use.PIN, Use.DATA_REQUEST, Use.DATA_RESPONSE, Use.DATA_BOTH_WAYS)


@app.command()
def keys(
    *,
    bdk: BaseKeyOption = None,
    ik: InitialKeyOption = None,
    ksn: KsnOption,
    key_type: KeyTypeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the keys of a transaction: initial key, transaction key, and those for PINs, MACs and data.

    Try: saklar dukpt keys --bdk 0123456789ABCDEFFEDCBA9876543210 --ksn FFFF9876543210E00002
    """
    transaction = transaction_of(bdk, ik, ksn, key_type)
    with refusing("--key-type"):
        derived = {f"{use.replace('-', '_')}_key": transaction.working_key(use) for use in transaction.uses()}
    show({"initial_key": transaction.initial_key, "transaction_key": transaction.key, **derived}, as_json=as_json)


@app.command()
def encrypt(
    data: DataArgument,
    *,
    use: UseOption = Use.PIN,
    bdk: BaseKeyOption = None,
    ik: InitialKeyOption = None,
    ksn: KsnOption,
    key_type: KeyTypeOption = None,
    pan: PanOption = None,
    as_text: AsTextOption = False,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Encrypt a clear PIN block, or data (CBC, an IV of zeros). For AES a PIN block is the PIN field of format 4.

    Try: saklar dukpt encrypt 041274EDCBA9876F --bdk 0123456789ABCDEFFEDCBA9876543210 --ksn FFFF9876543210E00002
    """
    transaction = transaction_of(bdk, ik, ksn, key_type)
    clear = data_of(data, as_text=as_text)
    _use(transaction, transaction.encrypt, use, clear, pan, "encrypted", steps=steps, as_json=as_json)


@app.command()
def decrypt(
    data: DataArgument,
    *,
    use: UseOption = Use.PIN,
    bdk: BaseKeyOption = None,
    ik: InitialKeyOption = None,
    ksn: KsnOption,
    key_type: KeyTypeOption = None,
    pan: PanOption = None,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Decrypt what `encrypt` makes.

    Try: saklar dukpt decrypt 10A01C8D02C69107 --bdk 0123456789ABCDEFFEDCBA9876543210 --ksn FFFF9876543210E00002
    """
    transaction = transaction_of(bdk, ik, ksn, key_type)
    encrypted = data_of(data, as_text=False)
    _use(transaction, transaction.decrypt, use, encrypted, pan, "decrypted", steps=steps, as_json=as_json)


def _use(
    transaction: Transaction,
    way: Callable[[Use, bytes, str], bytes],
    use: Use,
    data: bytes,
    pan: str | None,
    name: str,
    *,
    steps: bool,
    as_json: bool,
) -> None:
    """Encrypt or decrypt under the transaction's key for that use."""
    if use not in _DATA_USES or use not in transaction.uses():
        raise fail(f"--use: {use} is no use for data here")
    if use is Use.PIN and transaction.key_type is not None:
        required(pan, "--pan", "a PIN block under an AES key is tied to the PAN")
    with refusing("DATA"):
        done = way(use, data, pan or "")
        shown = _steps(transaction, use) if steps else {}
    show({**shown, name: done}, as_json=as_json)


def _steps(transaction: Transaction, use: Use) -> dict[str, Result]:
    return {
        "initial_key": transaction.initial_key,
        "transaction_key": transaction.key,
        "working_key": transaction.working_key(use),
    }
