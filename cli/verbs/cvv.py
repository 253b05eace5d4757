"""`saklar cvv`: card verification values."""

from __future__ import annotations

from typing import Annotated

import typer

from saklar.cli.card_keys import (
    CardKeyOption,
    CardPanOption,
    Derivation,
    DerivationOption,
    MasterKeyOption,
    SequenceOption,
    card_key,
)
from saklar.cli.given import HOW
from saklar.cli.options import (
    AsTextOption,
    JsonOption,
    StepsOption,
    data_of,
    digits_option,
    hex_option,
    key_option,
    refusing,
    text_option,
)
from saklar.cli.results import Result, answer
from saklar.hsm_sim.crypto import cvv as values
from saklar.hsm_sim.crypto import kcv

app = typer.Typer(
    help="Compute or check card verification values: CVV and CVC. Exit code 1 when the value is not the one that "
    f"--verify gives.\n\n{HOW}",
    no_args_is_help=True,
)

KeyOption = Annotated[bytes, key_option("--cvk", "Card verification key pair.")]
PanOption = Annotated[str, digits_option("--pan", "The whole PAN.", values.PAN_LENGTHS)]
ExpiryOption = Annotated[str, digits_option("--expiry", "Expiry date in the issuer's order: YYMM mostly.", (4,))]
PrintedExpiryOption = Annotated[str, digits_option("--expiry", "Expiry date in the issuer's order: MMYY mostly.", (4,))]
ServiceCodeOption = Annotated[str, digits_option("--service-code", "Service code of the track.", (3,))]
VerifyOption = Annotated[str | None, digits_option("--verify", "Compare with this value.", (3,))]


@app.command()
def cvv1(
    *,
    cvk: KeyOption,
    pan: PanOption,
    expiry: ExpiryOption,
    service_code: ServiceCodeOption,
    verify: VerifyOption = None,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compute the CVV or CVC of a magnetic stripe.

    Try: saklar cvv cvv1 --cvk 0123456789ABCDEFFEDCBA9876543210 --pan 4123456789012345 --expiry 8701
    --service-code 101
    """
    _static("cvv", cvk, pan, expiry, service_code, verify, steps=steps, as_json=as_json)


@app.command()
def cvv2(
    *,
    cvk: KeyOption,
    pan: PanOption,
    expiry: PrintedExpiryOption,
    verify: VerifyOption = None,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compute the CVV2 or CVC2 that is printed on the card (service code 000).

    Try: saklar cvv cvv2 --cvk 13345779133457791334577913345779 --pan 123456789012 --expiry 1108
    """
    _static("cvv2", cvk, pan, expiry, values.SERVICE_CODE_CVV2, verify, steps=steps, as_json=as_json)


@app.command()
def icvv(
    *,
    cvk: KeyOption,
    pan: PanOption,
    expiry: ExpiryOption,
    verify: VerifyOption = None,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compute the iCVV or chip CVC in the track data of a chip (service code 999).

    Try: saklar cvv icvv --cvk 0123456789ABCDEFFEDCBA9876543210 --pan 4123456789012345 --expiry 8701
    """
    _static("icvv", cvk, pan, expiry, values.SERVICE_CODE_ICVV, verify, steps=steps, as_json=as_json)


@app.command()
def dcvv(
    *,
    imk: MasterKeyOption = None,
    icc_key: CardKeyOption = None,
    pan: PanOption,
    psn: SequenceOption = "00",
    option: DerivationOption = Derivation.A,
    expiry: ExpiryOption,
    service_code: ServiceCodeOption,
    atc: Annotated[str, digits_option("--atc", "Transaction counter, as the track has it.", (values.ATC_DIGITS,))],
    verify: VerifyOption = None,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compute the dynamic CVV of a Visa contactless card.

    Try: saklar cvv dcvv --imk 13345779133457791334577913345779 --pan 1234567890123456 --expiry 1310
    --service-code 226 --atc 3210
    """
    key = card_key(imk, icc_key, pan, psn, option)
    with refusing():
        value = values.dcvv(key, pan, expiry, service_code, atc)
        data = values.card_data(values.counted_pan(pan, atc), expiry, service_code)
        shown = {**_key_steps(key), **_data_steps(key, data)} if steps else {}
    answer("dcvv", value, verify, shown, as_json=as_json)


@app.command()
def cvc3(
    *,
    imk: MasterKeyOption = None,
    icc_key: CardKeyOption = None,
    pan: CardPanOption = None,
    psn: SequenceOption = "00",
    option: DerivationOption = Derivation.A,
    track: Annotated[str, text_option("--track", "Static part of track 2 in hex, or of track 1 with --text.", "TRACK")],
    as_text: AsTextOption = False,
    unpredictable_number: Annotated[bytes, hex_option("--un", "Unpredictable number of the terminal.", (4,))],
    atc: Annotated[bytes, hex_option("--atc", "Application transaction counter.", (2,))],
    verify: Annotated[str | None, digits_option("--verify", "Compare with this one, or its end.", range(1, 6))] = None,
    steps: StepsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compute the CVC3 of a Mastercard contactless card, five digits, of which a track has the last ones.

    Try: saklar cvv cvc3 --imk 01234567899876543210012345678998 --pan 5123456789012345
    --track 5123456789012345D35121010000000000000F --un 00000899 --atc 005E
    """
    key = card_key(imk, icc_key, pan, psn, option)
    with refusing():
        iv = values.ivcvc3(key, data_of(track, as_text=as_text, name="--track"))
        value = values.cvc3(key, iv, unpredictable_number, atc)
    shown = {**_key_steps(key), "ivcvc3": iv} if steps else {}
    answer("cvc3", value if verify is None else value[-len(verify) :], verify, shown, as_json=as_json)


def _static(
    name: str,
    cvk: bytes,
    pan: str,
    expiry: str,
    service_code: str,
    verify: str | None,
    *,
    steps: bool,
    as_json: bool,
) -> None:
    """The values that differ in the service code alone."""
    with refusing():
        value = values.cvv(cvk, pan, expiry, service_code)
        shown = _data_steps(cvk, values.card_data(pan, expiry, service_code)) if steps else {}
    answer(name, value, verify, shown, as_json=as_json)


def _data_steps(key: bytes, data: bytes) -> dict[str, Result]:
    return {"data": data, "encrypted": values.authenticated(key, data)}


def _key_steps(key: bytes) -> dict[str, Result]:
    return {"icc_key": key, "icc_key_kcv": kcv.tdes_zeros(key)}
