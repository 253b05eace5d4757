"""`saklar pin`: PIN blocks, PVVs and offsets."""

from __future__ import annotations

from typing import Annotated

import typer

from saklar.cli.given import HOW
from saklar.cli.options import (
    JsonOption,
    StepsOption,
    any_key_option,
    digits_option,
    hex_option,
    key_option,
    refusing,
    required,
    text_option,
)
from saklar.cli.pin_blocks import enclosed, filler_of, format_option
from saklar.cli.results import Result, answer, show
from saklar.cli.service import fail
from saklar.hsm_sim.crypto import decimalisation, ibm3624, pin_block, pvv, tdes
from saklar.hsm_sim.crypto.pin_block_aes import PAN_LENGTHS

app = typer.Typer(
    help=f"Compute PIN blocks, PVVs and IBM 3624 offsets.\n\n{HOW}",
    no_args_is_help=True,
)

FormatOption = Annotated[str, format_option("--format")]
KeyOption = Annotated[bytes | None, any_key_option("--key", "Key of the block, if it is not in the clear; AES: iso-4.")]
PanOption = Annotated[str | None, digits_option("--pan", "The whole PAN, for iso-0, iso-3 and iso-4.", PAN_LENGTHS)]
WholePanOption = Annotated[str, digits_option("--pan", "The whole PAN.", PAN_LENGTHS)]
PinOption = Annotated[str, digits_option("--pin", "The PIN.", range(4, 13))]
BlockOption = Annotated[bytes, hex_option("--block", "The PIN block.", (8, 16))]
FillOption = Annotated[
    bytes | None,
    hex_option("--fill", "Take random digits of the block from here, so that it can be made again.", range(1, 17)),
]
PvvKeyOption = Annotated[bytes, key_option("--pvk", "PIN verification key pair.")]
PvkiOption = Annotated[str, digits_option("--pvki", "PIN verification key index.", (1,))]
PvkOption = Annotated[bytes, key_option("--pvk", "PIN verification key.", tdes.KEY_LENGTHS)]
USUAL_TABLE = "0123456789012345"

TableOption = Annotated[str, digits_option("--table", "Decimalisation table.", (16,))]
ValidationOption = Annotated[
    str, text_option("--validation", "16 hex digits; or payShield's 12, with N for the last 5 of the account number.")
]
LengthOption = Annotated[int, typer.Option("--length", help="Digits of the PIN that are checked.", min=4, max=12)]


@app.command()
def encode(
    *,
    format_: FormatOption,
    pin: PinOption,
    pan: PanOption = None,
    key: KeyOption = None,
    fill: FillOption = None,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put a PIN into a block, in the clear or under a key.

    Try: saklar pin encode --format iso-0 --pin 1234 --pan 5555555551234567
    """
    way = enclosed(format_, key, pan)
    with refusing():
        clear = way.clear_block(pin, filler_of(fill))
        block = way.encrypted(clear)
    show({**(way.steps(clear) if steps else {}), "pin_block": block}, as_json=as_json)


@app.command()
def decode(
    *,
    format_: FormatOption,
    block: BlockOption,
    pan: PanOption = None,
    key: KeyOption = None,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take the PIN out of a block. Exit code 1 when there is none in it.

    Try: saklar pin decode --format iso-0 --block 041261AAAAEDCBA9 --pan 5555555551234567
    """
    way = enclosed(format_, key, pan)
    with refusing():
        shown = way.steps(way.decrypted(block)) if steps else {}
        pin = way.pin(block)
    show({**shown, "pin": pin}, as_json=as_json)


@app.command()
def translate(
    *,
    block: BlockOption,
    from_: Annotated[str, format_option("--from", "Format that the block has")],
    key: KeyOption = None,
    pan: PanOption = None,
    to: Annotated[str, format_option("--to", "Format that it gets")],
    to_key: Annotated[
        bytes | None, any_key_option("--to-key", "Key that it goes under; in the clear, if left out.")
    ] = None,
    to_pan: Annotated[
        str | None, digits_option("--to-pan", "PAN that it gets, if that is another one.", PAN_LENGTHS)
    ] = None,
    fill: FillOption = None,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put the PIN of a block into one of another format, key or PAN.

    Try: saklar pin translate --from iso-0 --block 041261AAAAEDCBA9 --pan 5555555551234567 --to iso-2
    """
    source = enclosed(from_, key, pan)
    destination = enclosed(to, to_key, to_pan or pan, key_name="--to-key")
    with refusing():
        pin = source.pin(block)
        clear = destination.clear_block(pin, filler_of(fill))
        translated = destination.encrypted(clear)
    shown = {"pin": pin, **destination.steps(clear)} if steps else {}
    show({**shown, "pin_block": translated}, as_json=as_json)


@app.command("pvv")
def pvv_(
    *,
    pvk: PvvKeyOption,
    pvki: PvkiOption = "1",
    pan: WholePanOption,
    pin: PinOption,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compute the Visa PVV of a PIN.

    Try: saklar pin pvv --pvk 0123456789ABCDEFFEDCBA9876543210 --pan 1122334455667788 --pin 4524
    """
    account = pin_block.account_number(pan)
    shown: dict[str, Result] = {}
    with refusing():
        if steps:
            parameter = pvv.security_parameter(account, pvki, pin)
            shown = {"security_parameter": parameter, "encrypted": tdes.encrypt(pvk, parameter)}
        shown["pvv"] = pvv.visa_pvv(pvk, account, pvki, pin)
    show(shown, as_json=as_json)


@app.command()
def natural(
    *,
    pvk: PvkOption,
    validation: ValidationOption,
    pan: PanOption = None,
    table: TableOption = USUAL_TABLE,
    length: LengthOption = 4,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compute the IBM 3624 natural PIN, whose offset is zeros.

    Try: saklar pin natural --pvk 0123456789ABCDEFFEDCBA9876543210 --validation 1122334455667788
    --table 1234567890123456
    """
    with refusing():
        block = _validation(validation, pan)
        pin = ibm3624.natural_pin(pvk, block, table, length)
        shown = _ibm_steps(pvk, block, table) if steps else {}
    show({**shown, "natural_pin": pin}, as_json=as_json)


@app.command()
def offset(
    *,
    pvk: PvkOption,
    validation: ValidationOption,
    pan: PanOption = None,
    pin: PinOption,
    table: TableOption = USUAL_TABLE,
    length: LengthOption = 4,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compute the IBM 3624 offset of a PIN.

    Try: saklar pin offset --pvk 0123456789ABCDEFFEDCBA9876543210 --validation 1122334455667788
    --table 1234567890123456 --pin 1111
    """
    with refusing():
        block = _validation(validation, pan)
        computed = ibm3624.offset(pvk, block, table, pin, length)
        shown = _ibm_steps(pvk, block, table) if steps else {}
    show({**shown, "offset": computed}, as_json=as_json)


@app.command()
def verify(
    *,
    pin: PinOption,
    pvv_given: Annotated[str | None, digits_option("--pvv", "Check it by this PVV.", (4,))] = None,
    offset_given: Annotated[
        str | None, digits_option("--offset", "Check it by this IBM 3624 offset.", ibm3624.CHECK_LENGTHS)
    ] = None,
    pvk: PvkOption,
    pvki: PvkiOption = "1",
    pan: PanOption = None,
    validation: Annotated[str | None, text_option("--validation", "For --offset: as in `offset`.")] = None,
    table: TableOption = USUAL_TABLE,
    as_json: JsonOption = False,
) -> None:
    """Check a PIN by its PVV or its IBM 3624 offset. Exit code 1 when it is wrong.

    Try: saklar pin verify --pvk 0123456789ABCDEFFEDCBA9876543210 --pan 1122334455667788 --pin 4524 --pvv 8523
    """
    if (pvv_given is None) == (offset_given is None):
        raise fail("--pvv or --offset: one of them is expected")
    with refusing():
        if offset_given is None:
            account = pin_block.account_number(required(pan, "--pan", "the PVV is of the PAN"))
            computed = pvv.visa_pvv(pvk, account, pvki, pin)
        else:
            block = _validation(required(validation, "--validation", "the offset is of it"), pan)
            computed = ibm3624.offset(pvk, block, table, pin, len(offset_given))
    answer("pvv" if offset_given is None else "offset", computed, pvv_given or offset_given, {}, as_json=as_json)


def _validation(text: str, pan: str | None) -> str:
    """The 16 hex digits of --validation; raises ValueError."""
    if len(text) != ibm3624.TEMPLATE_DIGITS:
        return text
    return ibm3624.validation_block(text, pin_block.account_number(required(pan, "--pan", "N stands for digits of it")))


def _ibm_steps(pvk: bytes, validation: str, table: str) -> dict[str, Result]:
    encrypted = tdes.encrypt(pvk, bytes.fromhex(validation))
    return {"validation": validation, "encrypted": encrypted, "decimalised": decimalisation.by_table(encrypted, table)}
