"""KQ: verify an application cryptogram (ARQC), and generate the response (ARPC)."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.clear_key import Use
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.crypto import emv_cryptogram, emv_keys
from saklar.hsm_sim.crypto.emv_cryptogram import Padding
from saklar.hsm_sim.crypto.inputs import CryptoInputError
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.key_types import MK_AC
from saklar.hsm_sim.layout import Counted, Literal, Maybe, Part, Values, When, digits, key, raw

VERIFY, VERIFY_AND_RESPOND, RESPOND = "0", "1", "2"
VISA, MASTERCARD = "0", "1"
_SEQUENCE = 14
"""Where in the 16 digits of PAN and sequence number the latter begins."""

_MESSAGE: tuple[Part, ...] = (Counted("data", "what the cryptogram is of", 2), Literal(";"))

_RESPONSE_CODE = (raw("response_code", 2, "authorisation response code"),)


def execute(unit: Unit, request: Values) -> Values:
    """Derive the card's keys, compare the cryptogram, answer it by method 1."""
    if request["mode"] not in (VERIFY, VERIFY_AND_RESPOND, RESPOND):
        raise HsmError(ErrorCode.KEY_TYPE_CODE, "the mode is 0, 1 or 2")
    issuer = keys.decrypt_under_lmk(unit.lmk, MK_AC, request["mk_ac"], use=Use.DERIVE)
    try:
        return _answered(issuer.data, request)
    except CryptoInputError as error:
        raise HsmError(ErrorCode.INVALID_INPUT, str(error)) from None


def _answered(issuer: bytes, request: Values) -> Values:
    card, mode, arqc = request["pan_and_sequence"].encode("latin-1").hex(), request["mode"], _bytes(request, "arqc")
    master = emv_keys.master_key_a(issuer, card[:_SEQUENCE], card[_SEQUENCE:])
    if mode != RESPOND:
        session = _session_key(master, request)
        data = _bytes(request, "data")
        padding = Padding.NONE if len(data) % 8 == 0 else Padding.ZEROS
        if not emv_cryptogram.verify(session, data, padding, arqc):
            raise HsmError(ErrorCode.VERIFICATION_FAILED, "the cryptogram is not that of the data")
    if mode == VERIFY:
        return {}
    return {"arpc": emv_cryptogram.arpc_1(master, arqc, _bytes(request, "response_code")).decode("latin-1")}


def _session_key(master: bytes, request: Values) -> bytes:
    """The key of the cryptogram: Visa's CVN 10 uses the card's own, Mastercard's M/Chip one for each transaction."""
    if request["scheme"] == VISA:
        return master
    if request["scheme"] == MASTERCARD:
        return emv_keys.mastercard_cryptogram_key(
            master, _bytes(request, "atc"), _bytes(request, "unpredictable_number")
        )
    raise HsmError(ErrorCode.KEY_LENGTH_FLAG, "the scheme is 0 for Visa or 1 for Mastercard")


def _bytes(request: Values, name: str) -> bytes:
    return request[name].encode("latin-1")


COMMAND = Command(
    code="KQ",
    title="Verify an ARQC and generate an ARPC",
    request=(
        digits("mode", 1, "0 verify, 1 verify and respond, 2 respond", shown=True),
        digits("scheme", 1, "0 Visa (CVN 10), 1 Mastercard (M/Chip)", shown=True),
        key("mk_ac", "MK-AC of the issuer"),
        raw("pan_and_sequence", 8, "right-most 16 digits of PAN and sequence number, packed"),
        raw("atc", 2, "application transaction counter"),
        raw("unpredictable_number", 4),
        When("mode", VERIFY, _MESSAGE),
        When("mode", VERIFY_AND_RESPOND, _MESSAGE),
        raw("arqc", 8, "the cryptogram"),
        When("mode", VERIFY_AND_RESPOND, _RESPONSE_CODE),
        When("mode", RESPOND, _RESPONSE_CODE),
    ),
    response=(Maybe(raw("arpc", 8, "the response")),),
    execute=execute,
)
