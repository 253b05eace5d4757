"""`saklar tr31`: key blocks."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from saklar.cli.given import HOW
from saklar.cli.options import JsonOption, any_key_option, data_argument, hex_option, refusing
from saklar.cli.results import Result, show
from saklar.hsm_sim.crypto import kcv, tdes, tr31, tr31_header
from saklar.hsm_sim.crypto.aes import KEY_LENGTHS
from saklar.hsm_sim.crypto.tr31_header import Header, OptionalBlock
from saklar.hsm_sim.keys.inspection import describe_header

app = typer.Typer(
    help="Make, open and explain TR-31 key blocks (ANSI X9.143): versions A, B, C and D.\n\n" + HOW,
    no_args_is_help=True,
)

BlockArgument = Annotated[str, data_argument("The whole key block.", "BLOCK")]
ProtectionKeyOption = Annotated[bytes, any_key_option("--kbpk", "Key block protection key.")]


@app.command()
def wrap(
    *,
    kbpk: ProtectionKeyOption,
    key: Annotated[bytes, hex_option("--key", "The key to be wrapped.")],
    usage: Annotated[str, typer.Option(help="What it is for, as P0 for PIN encryption.")],
    algorithm: Annotated[str, typer.Option(help="T for triple DES, A for AES, H for HMAC ...")],
    mode: Annotated[str, typer.Option(help="What may be done with it, as E for encryption only.")],
    version: Annotated[str, typer.Option(help="How it is protected: A, B, C; D under an AES key.")] = "D",
    key_version: Annotated[str, typer.Option(help="Two letters or digits.")] = "00",
    exportability: Annotated[str, typer.Option(help="E in key blocks, S in other forms too, N not.")] = "E",
    optional: Annotated[
        list[str] | None, typer.Option(help="An optional block, as KS=00604B120F9292800000; again for more.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key block. Its filling is random, so that no two are the same.

    Try: saklar tr31 wrap --kbpk 88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6
    --key 3F419E1CB7079442AA37474C2EFBF8B8 --usage P0 --algorithm A --mode E
    """
    with refusing():
        blocks = tuple(_optional_block(text) for text in optional or ())
        header = Header(version, usage, algorithm, mode, key_version, exportability, blocks)
        made = tr31.wrap(kbpk, header, key, secrets.token_bytes)
    show({"key_block": made, **_check_value(header, key)}, as_json=as_json)


@app.command()
def unwrap(block: BlockArgument, *, kbpk: ProtectionKeyOption, as_json: JsonOption = False) -> None:
    """Take the key out of a key block. Exit code 1 when it is not authentic under the protection key.

    Try: saklar tr31 unwrap --kbpk 89E88CF7931444F334BD7547FC3F380C
    A0088P0TE00E00007DD4DD9566DC0E2F956DCAC0FDE9153159539373E9D82D3CD4AFD305A7EF1BA67FE03712
    """
    with refusing():
        header, key = tr31.unwrap(kbpk, block.strip())
    show({"key": key, **_check_value(header, key), **describe_header(header)}, as_json=as_json)


@app.command()
def inspect(block: BlockArgument, *, as_json: JsonOption = False) -> None:
    """Explain the header of a key block, which needs no key.

    Try: saklar tr31 inspect
    A0088P0TE00E00007DD4DD9566DC0E2F956DCAC0FDE9153159539373E9D82D3CD4AFD305A7EF1BA67FE03712
    """
    with refusing("BLOCK"):
        header, _ = tr31_header.read(block.strip())
    show(describe_header(header), as_json=as_json)


def _optional_block(text: str) -> OptionalBlock:
    kind, _, data = text.partition("=")
    return OptionalBlock(kind, data)


def _check_value(header: Header, key: bytes) -> dict[str, Result]:
    """Where the algorithm has one."""
    if header.algorithm in "TD" and len(key) in tdes.KEY_LENGTHS:
        return {"check_value": kcv.tdes_zeros(key)}
    if header.algorithm == "A" and len(key) in KEY_LENGTHS:
        return {"check_value": kcv.aes_cmac(key)}
    return {}
