"""The key of a card, as the calculators of chip cards take it: itself, or the issuer's that it is derived of."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from saklar.cli.options import digits_option, key_option, refusing, required
from saklar.cli.service import fail
from saklar.hsm_sim.crypto import emv_keys


class Derivation(StrEnum):
    """How a card's key comes of the issuer's (EMV Book 2 annex A1.4)."""

    A = "a"
    B = "b"


MasterKeyOption = Annotated[bytes | None, key_option("--imk", "Issuer master key, of which the card's is derived.")]
CardKeyOption = Annotated[bytes | None, key_option("--icc-key", "In its place the key of the card.")]
CardPanOption = Annotated[
    str | None, digits_option("--pan", "The whole PAN, for the card's key.", emv_keys.PAN_LENGTHS)
]
SequenceOption = Annotated[str, digits_option("--psn", "PAN sequence number, for the card's key.", (2,))]
DerivationOption = Annotated[
    Derivation, typer.Option("--option", help="How the card's key is derived: b differs for PANs longer than 16.")
]


def card_key(
    issuer_key: bytes | None, given: bytes | None, pan: str | None, sequence: str, derivation: Derivation
) -> bytes:
    """The key of the card, or the end of the program with the option that is missing."""
    if given is not None:
        return given
    if issuer_key is None:
        raise fail("--imk or --icc-key: one of them is expected")
    derive = emv_keys.master_key_a if derivation is Derivation.A else emv_keys.master_key_b
    with refusing():
        return derive(issuer_key, required(pan, "--pan", "the card's key is derived of it"), sequence)
