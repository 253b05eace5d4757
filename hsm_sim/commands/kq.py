"""KQ: verify an application cryptogram (ARQC), and generate the response (ARPC)."""

import hmac

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.counted import Counted
from saklar.hsm_sim.crypto import emv_keys, emv_script
from saklar.hsm_sim.crypto.inputs import CryptoInputError
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.families import emv
from saklar.hsm_sim.keys.key_types import MK_SMI
from saklar.hsm_sim.layout import Choice, Values, When, key, raw

VISA, MASTERCARD = "0", "1"

VERIFYING, RESPONDING, WITH_DISCRETIONARY_DATA = ("0", "1", "3", "4"), ("1", "2", "4"), ("3", "4")
"""Modes by what they do."""

_MODES = {
    "0": "verify",
    "1": "verify and respond",
    "2": "respond",
    "3": "verify, and the MAC of discretionary data",
    "4": "as 3, and respond",
}
_SCHEMES = {
    VISA: "Visa (CVN 10), the card's own key",
    MASTERCARD: "Mastercard (M/Chip), a key for each transaction",
    "2": "American Express (AEIPS), the card's own key",
}


def execute(unit: Unit, request: Values) -> Values:
    """Derive the card's keys, compare the cryptogram and the MAC, answer by method 1 under the card's own key."""
    mode = request["mode"]
    if mode in WITH_DISCRETIONARY_DATA and request["scheme"] != VISA:
        raise HsmError(ErrorCode.INPUT_FORMAT, "modes 3 and 4 are Visa's")
    issuer = emv.issuer_key(unit, request["mk_ac"])
    try:
        master = emv.master_key_a(issuer, request)
        if mode in VERIFYING:
            emv.check_cryptogram(unit, _session_key(master, request), request)
        if mode in WITH_DISCRETIONARY_DATA:
            _check_discretionary_data(unit, request)
        return {"arpc": emv.arpc_1(master, request)} if mode in RESPONDING else {}
    except CryptoInputError as error:
        raise HsmError(ErrorCode.INVALID_INPUT, str(error)) from None


def _session_key(master: bytes, request: Values) -> bytes:
    if request["scheme"] != MASTERCARD:
        return master
    unpredictable_number = emv.bytes_of(request, "unpredictable_number")
    return emv_keys.mastercard_cryptogram_key(master, emv.bytes_of(request, "atc"), unpredictable_number)


def _check_discretionary_data(unit: Unit, request: Values) -> None:
    """Compare the MAC as of a script command of VIS: its session key, and the left half."""
    issuer = emv.issuer_key(unit, request["mk_smi"], MK_SMI, ErrorCode.DESTINATION_KEY_PARITY)
    session = emv_keys.visa_script_key(emv.master_key_a(issuer, request), emv.bytes_of(request, "atc"))
    data, mac = emv.bytes_of(request, "discretionary_data"), emv.bytes_of(request, "discretionary_mac")
    if not data:
        raise HsmError(ErrorCode.DISCRETIONARY_DATA_LENGTH, "discretionary_data: empty")
    if not hmac.compare_digest(emv_script.script_mac(session, data, len(mac)), mac):
        raise HsmError(ErrorCode.MAC_LENGTH, "discretionary_mac: not the MAC of the discretionary data")


COMMAND = Command(
    code="KQ",
    title="Verify an ARQC and generate an ARPC",
    request=(
        Choice("mode", _MODES, emv.MODE),
        Choice("scheme", _SCHEMES, emv.SCHEME),
        emv.MK_AC,
        When("mode", WITH_DISCRETIONARY_DATA, (key("mk_smi", "MK-SMI of the issuer"),)),
        emv.CARD_16,
        emv.ATC,
        emv.UNPREDICTABLE_NUMBER,
        When("mode", VERIFYING, emv.DATA),
        emv.ARQC,
        When("mode", RESPONDING, (emv.RESPONSE_CODE,)),
        When(
            "mode",
            WITH_DISCRETIONARY_DATA,
            (
                raw("discretionary_mac", 4, "MAC of the discretionary data"),
                Counted("discretionary_data", "what it is of", 2),
            ),
        ),
    ),
    response=(emv.ARPC, emv.DIAGNOSTIC),
    execute=execute,
)
