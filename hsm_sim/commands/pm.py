"""PM: verify a dynamic CVC (CVC3) of a contactless card."""

import re

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.counted import CountedDigits
from saklar.hsm_sim.crypto import cvv, emv_keys
from saklar.hsm_sim.crypto.inputs import CryptoInputError
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.families import emv
from saklar.hsm_sim.keys.key_types import MK_CVC3
from saklar.hsm_sim.layout import Choice, Field, Literal, Maybe, Values, digits, hexadecimal, key

OPTION_A, OPTION_B = "A", "B"
_LAST_ATC = 0xFFFF
_CVC3 = Field(
    "cvc3",
    "5A",
    re.compile("|".join(f"X{{{unknown}}}[0-9]{{{5 - unknown}}}" for unknown in range(5))),
    "its last digits, with an X in place of each that is not known",
)
_DERIVATIONS = {OPTION_A: emv_keys.master_key_a, OPTION_B: emv_keys.master_key_b}


def execute(unit: Unit, request: Values) -> Values:
    """Derive the card's key, compute the value of its static track and the transaction; compare the digits given."""
    if int(request["atc"]) > _LAST_ATC:
        raise HsmError(ErrorCode.INVALID_INPUT, f"atc: up to {_LAST_ATC}")
    issuer = emv.issuer_key(unit, request["mk_cvc3"], MK_CVC3)
    given = request["cvc3"].lstrip("X")
    try:
        emv.compare(unit, _cvc3(issuer, request)[-len(given) :].encode(), given.encode())
    except CryptoInputError as error:
        raise HsmError(ErrorCode.INVALID_INPUT, str(error)) from None
    return {}


def _cvc3(issuer: bytes, request: Values) -> str:
    icc_key = _DERIVATIONS[request["card_derivation"]](issuer, request["pan"], request["sequence_number"])
    iv = cvv.ivcvc3(icc_key, emv.bytes_of(request, "track"))
    return cvv.cvc3(icc_key, iv, bytes.fromhex(request["unpredictable_number"]), int(request["atc"]).to_bytes(2, "big"))


COMMAND = Command(
    code="PM",
    title="Verify a CVC3",
    request=(
        Choice("scheme", {"1": "Mastercard contactless"}, emv.SCHEME),
        Choice("version", {"2": "CVC3"}, ErrorCode.INVALID_INPUT),
        key("mk_cvc3", "MK-CVC3 of the issuer"),
        Choice("card_derivation", {OPTION_A: "option A", OPTION_B: "option B"}, ErrorCode.INVALID_INPUT),
        Field("pan", "≤19N", re.compile("[0-9]{12,19}"), "PAN"),
        Literal(";"),
        digits("sequence_number", 2, "PAN sequence number"),
        CountedDigits("track", 3),
        hexadecimal("unpredictable_number", 8, "the terminal's"),
        digits("atc", 5, "application transaction counter"),
        _CVC3,
    ),
    response=(
        Maybe(Field("diagnostic", "≤5N", re.compile("[0-9]{1,5}"), "with error 01, if authorised: the right digits")),
    ),
    execute=execute,
)
