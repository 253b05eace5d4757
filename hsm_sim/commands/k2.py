"""K2: verify a truncated application cryptogram (CAP)."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.counted import CountedDigits
from saklar.hsm_sim.crypto import emv_cryptogram, emv_keys
from saklar.hsm_sim.crypto.inputs import CryptoInputError
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.families import emv
from saklar.hsm_sim.layout import Choice, Literal, Values, When, raw

OPTION_A, OPTION_B = "0", "1"
_NO_BITMAP = "\0" * 8 + "\0" * 4


def execute(unit: Unit, request: Values) -> Values:
    """Derive the keys of card and transaction, compute the cryptogram of the data and compare."""
    if request["bitmap"] + request["bitmap_mac"] != _NO_BITMAP:
        raise HsmError(ErrorCode.INVALID_INPUT, "bitmap: zeros are expected, for the whole cryptogram")
    issuer = emv.issuer_key(unit, request["mk_ac"])
    try:
        computed = _cryptogram(issuer, request)
    except CryptoInputError as error:
        raise HsmError(ErrorCode.INVALID_INPUT, str(error)) from None
    emv.compare(unit, computed, emv.bytes_of(request, "arqc"))
    return {}


def _cryptogram(issuer: bytes, request: Values) -> bytes:
    master = (emv.master_key_a if request["card_derivation"] == OPTION_A else emv.master_key_b)(issuer, request)
    atc, unpredictable_number = (emv.bytes_of(request, name) for name in ("atc", "unpredictable_number"))
    session = emv_keys.mastercard_cryptogram_key(master, atc, unpredictable_number)
    data = emv.bytes_of(request, "data")
    return emv_cryptogram.application_cryptogram(session, data, emv_cryptogram.Padding.ONE_ZEROS)


COMMAND = Command(
    code="K2",
    title="Verify a truncated application cryptogram (CAP)",
    request=(
        Choice("mode", {"0": "verify"}, emv.MODE),
        Choice("scheme", {"00": "CAP"}, emv.SCHEME),
        Choice("card_derivation", {OPTION_A: "option A", OPTION_B: "option B"}, ErrorCode.INVALID_INPUT),
        Choice("session_derivation", {"1": "Mastercard (M/Chip)"}, ErrorCode.INVALID_INPUT),
        emv.MK_AC,
        CountedDigits("pan_and_sequence", 2),
        When("card_derivation", OPTION_B, (Literal(";"),)),
        emv.ATC,
        emv.UNPREDICTABLE_NUMBER,
        *emv.DATA,
        emv.ARQC,
        raw("bitmap", 8, "which bits of the cryptogram the token has: zeros, for all"),
        raw("bitmap_mac", 4, "MAC of the bitmap: zeros"),
    ),
    response=(emv.DIAGNOSTIC,),
    execute=execute,
)
