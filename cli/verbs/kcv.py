"""`saklar kcv`: the check value of a key."""

from typing import Annotated

import typer

from saklar.cli.options import JsonOption, any_key_argument, note_parity
from saklar.cli.results import Result, show
from saklar.cli.service import fail
from saklar.hsm_sim.crypto import aes, tdes
from saklar.hsm_sim.crypto import kcv as check_values
from saklar.hsm_sim.crypto.inputs import one_of


def kcv(
    key: Annotated[bytes, any_key_argument("KEY", "8, 16, 24 or 32 bytes in hex.")],
    *,
    is_aes: Annotated[
        bool, typer.Option("--aes", help="The key is one of AES; with 32 bytes it is one anyway.")
    ] = False,
    length: Annotated[int, typer.Option(help="Bytes of the check value to show.", min=1, max=8)] = check_values.SHOWN,
    as_json: JsonOption = False,
) -> None:
    """Show the check value of a key.

    That is zeros encrypted for a DES key, and for one of AES the CMAC of zeros; older systems encrypt zeros there, too.

    KEY may also be @FILE, env:NAME, or - to type it unseen, as others can see what stands on a command line.

    Try: saklar kcv 0123456789ABCDEFFEDCBA9876543210
    """
    if is_aes or len(key) not in tdes.KEY_LENGTHS:
        show(_of_aes(key, length), as_json=as_json)
        return
    note_parity("KEY", key)
    show({"check_value": check_values.tdes_zeros(key, length)}, as_json=as_json)


def _of_aes(key: bytes, length: int) -> dict[str, Result]:
    if len(key) not in aes.KEY_LENGTHS:
        raise fail(f"KEY: has {len(key)} bytes, {one_of(aes.KEY_LENGTHS)} are expected of an AES key")
    return {
        "check_value": check_values.aes_cmac(key, length),
        "check_value_zeros": check_values.aes_zeros(key, length),
    }
