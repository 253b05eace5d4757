"""`saklar arqc`: application cryptograms of chip cards, and the issuer's answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from saklar.cli.card_data import ATC_TAG, UNPREDICTABLE_NUMBER_TAG, in_order, objects_of
from saklar.cli.card_keys import (
    CardKeyOption,
    CardPanOption,
    Derivation,
    DerivationOption,
    MasterKeyOption,
    SequenceOption,
    card_key,
)
from saklar.cli.options import JsonOption, StepsOption, hex_option, refusing, required
from saklar.cli.results import Result, answer
from saklar.cli.service import fail
from saklar.hsm_sim.crypto import emv_cryptogram, emv_keys, kcv, mac
from saklar.hsm_sim.crypto.emv_cryptogram import Padding


class Scheme(StrEnum):
    """Whose way it is to derive the session key and pad the data."""

    EMV = "emv"
    VISA_CVN10 = "visa-cvn10"
    VISA_CVN18 = "visa-cvn18"
    MASTERCARD = "mastercard"
    EMV2000 = "emv2000"


def arqc(
    *,
    scheme: Annotated[
        Scheme,
        typer.Option(
            help="emv: common session key (also Visa CVN 18, Mastercard CVN 20 and 21); visa-cvn10: the card's key; "
            "mastercard: its own session key (CVN 16 and 17); emv2000: the tree."
        ),
    ] = Scheme.EMV,
    imk: MasterKeyOption = None,
    icc_key: CardKeyOption = None,
    pan: CardPanOption = None,
    psn: SequenceOption = "00",
    option: DerivationOption = Derivation.A,
    atc: Annotated[
        bytes | None, hex_option("--atc", "Application transaction counter; of tag 9F36, if left out.", (2,))
    ] = None,
    unpredictable_number: Annotated[
        bytes | None, hex_option("--un", "Unpredictable number, for mastercard; of tag 9F37, if left out.", (4,))
    ] = None,
    data: Annotated[bytes | None, hex_option("--data", "What the cryptogram is of, one value after the other.")] = None,
    tags: Annotated[bytes | None, hex_option("--tags", "In its place data objects, as in 9F0206000000004000.")] = None,
    cdol: Annotated[
        str | None, typer.Option(help='Tags in the order of the data, as "9F02 9F03 95"; else as they are in --tags.')
    ] = None,
    padding: Annotated[
        int | None,
        typer.Option(
            help="1 zeros, 2 hex 80 and zeros, 0 none; left out, the scheme's.", min=0, max=2, show_default=False
        ),
    ] = None,
    verify: Annotated[
        bytes | None, hex_option("--verify", "Compare with this ARQC; exit code 1 if it differs.", (8,))
    ] = None,
    arc: Annotated[
        bytes | None, hex_option("--arc", "Response code: also compute the ARPC by method 1, as with 3030.", (2,))
    ] = None,
    csu: Annotated[
        bytes | None, hex_option("--csu", "Card status update: also compute the ARPC by method 2.", (4,))
    ] = None,
    proprietary: Annotated[
        bytes | None,
        hex_option("--proprietary", "For --csu: proprietary authentication data.", emv_cryptogram.PROPRIETARY),
    ] = None,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compute or check the ARQC (TC, AAC) of a chip card, and the ARPC that answers it.

    The check values of the card's key and of the session key are shown, and the keys themselves with --steps. Keys and
    data may also be @FILE, env:NAME, or - to be typed, as others can see what stands on a command line.

    Try: saklar arqc --scheme visa-cvn18 --imk 0123456789ABCDEFFEDCBA9876543210 --pan 1234567890123456
    --atc 001C --csu 00000000
    --data 0000000040000000000000000124800004800001241911050152BF45851800001C06011203A0B800
    """
    card = card_key(imk, icc_key, pan, psn, option)
    objects = _objects(tags)
    message = _message(data, objects, cdol)
    transaction = _Transaction(
        atc or objects.get(ATC_TAG), unpredictable_number or objects.get(UNPREDICTABLE_NUMBER_TAG)
    )
    way = _WAYS[scheme]
    with refusing():
        session = way.session_key(card, transaction)
        method = way.padding if padding is None else Padding(padding)
        computed = emv_cryptogram.application_cryptogram(session, message, method)
        key = card if way.card_key_answers else session
        answers = _answers(key, computed, arc, csu, proprietary or b"")
        shown = _keys("icc_key", card, steps=steps) | _keys("session_key", session, steps=steps)
        if steps:
            shown["padded"] = mac.pad(message, method)
    answer("arqc", computed, verify, shown, as_json=as_json, then=answers)


def _objects(tags: bytes | None) -> dict[str, bytes]:
    with refusing("--tags"):
        return {} if tags is None else objects_of(tags)


def _message(data: bytes | None, objects: Mapping[str, bytes], cdol: str | None) -> bytes:
    """What the cryptogram is of."""
    if (data is None) == (not objects):
        raise fail("--data or --tags: one of them is expected")
    if cdol is not None and data is not None:
        raise fail("--cdol: only for --tags")
    with refusing("--cdol"):
        return in_order(objects, cdol) if data is None else data


@dataclass(frozen=True, slots=True)
class _Transaction:
    """What session keys are derived of."""

    atc: bytes | None
    unpredictable_number: bytes | None

    def counter(self) -> bytes:
        return required(self.atc, "--atc", "the session key is derived of it; it may be in --tags as 9F36")

    def number(self) -> bytes:
        return required(self.unpredictable_number, "--un", "the session key is derived of it; in --tags it is 9F37")


@dataclass(frozen=True, slots=True)
class _Way:
    """How a scheme makes cryptograms."""

    session_key: Callable[[bytes, _Transaction], bytes]
    padding: Padding = Padding.ONE_ZEROS
    card_key_answers: bool = False
    """Whether the ARPC is under the key of the card."""


def _common(card: bytes, transaction: _Transaction) -> bytes:
    return emv_keys.common_cryptogram_key(card, transaction.counter())


def _mastercard(card: bytes, transaction: _Transaction) -> bytes:
    return emv_keys.mastercard_cryptogram_key(card, transaction.counter(), transaction.number())


def _tree(card: bytes, transaction: _Transaction) -> bytes:
    return emv_keys.tree_session_key(card, transaction.counter())


_WAYS = {
    Scheme.EMV: _Way(_common),
    Scheme.VISA_CVN10: _Way(lambda card, _: card, Padding.ZEROS, card_key_answers=True),
    Scheme.VISA_CVN18: _Way(_common),
    Scheme.MASTERCARD: _Way(_mastercard, card_key_answers=True),
    Scheme.EMV2000: _Way(_tree),
}


def _answers(
    key: bytes, cryptogram: bytes, arc: bytes | None, csu: bytes | None, proprietary: bytes
) -> dict[str, Result]:
    """The ARPC by method 1 where there is a response code, by method 2 where there is a status update."""
    if arc is not None and csu is not None:
        raise fail("--arc and --csu: one of them is expected, for method 1 or 2")
    if proprietary and csu is None:
        raise fail("--proprietary: only for --csu")
    if arc is not None:
        return {"arpc": emv_cryptogram.arpc_1(key, cryptogram, arc)}
    if csu is not None:
        return {"arpc": emv_cryptogram.arpc_2(key, cryptogram, csu, proprietary)}
    return {}


def _keys(name: str, key: bytes, *, steps: bool) -> dict[str, Result]:
    """The check value of a key, and the key before it if all steps are wanted."""
    return {**({name: key} if steps else {}), f"{name}_kcv": kcv.tdes_zeros(key)}
