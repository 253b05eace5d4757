"""KW: verify an application cryptogram (ARQC) of EMV 4.x, and generate the response (ARPC)."""

from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.counted import CountedDigits
from saklar.hsm_sim.crypto import emv_cryptogram, emv_keys
from saklar.hsm_sim.crypto.inputs import CryptoInputError
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.families import emv
from saklar.hsm_sim.layout import Choice, Literal, Values, When, raw

VERIFYING, METHOD_1, METHOD_2 = ("0", "1", "3"), ("1", "2"), ("3", "4")
"""Modes by what they do."""

TREE, OPTION_A, OPTION_B = ("0", "1"), ("0", "2"), ("1", "3")
"""Schemes by how they derive keys."""

_MODES = {
    "0": "verify",
    "1": "verify and respond by method 1",
    "2": "respond by method 1",
    "3": "verify and respond by method 2",
    "4": "respond by method 2",
}
_SCHEMES = {
    "0": "option A, EMV 2000 tree",
    "1": "option B, EMV 2000 tree",
    "2": "option A, common session key",
    "3": "option B, common session key",
}
_TREES = {"0": (2, 16), "1": (4, 8)}
"""Branch factor and height, as EMV 2000 recommends them."""

_ARPC = 8
"""Bytes: a response by method 2 has half as many, and zeros after them."""


def execute(unit: Unit, request: Values) -> Values:
    """Derive the card's and the session's key, compare the cryptogram, answer it under the session's key."""
    issuer = emv.issuer_key(unit, request["mk_ac"])
    try:
        return _answered(unit, _session_key(issuer, request), request)
    except CryptoInputError as error:
        raise HsmError(ErrorCode.INVALID_INPUT, str(error)) from None


def _answered(unit: Unit, session: bytes, request: Values) -> Values:
    if request["mode"] in VERIFYING:
        emv.check_cryptogram(unit, session, request)
    if request["mode"] in METHOD_1:
        return {"arpc": emv.arpc_1(session, request)}
    if request["mode"] in METHOD_2:
        fields = (emv.bytes_of(request, name) for name in ("arqc", "card_status_update", "proprietary_data"))
        return {"arpc": emv_cryptogram.arpc_2(session, *fields).ljust(_ARPC, b"\0").decode("latin-1")}
    return {}


def _session_key(issuer: bytes, request: Values) -> bytes:
    master = (emv.master_key_a if request["scheme"] in OPTION_A else emv.master_key_b)(issuer, request)
    atc = emv.bytes_of(request, "atc")
    if request["scheme"] not in TREE:
        return emv_keys.common_cryptogram_key(master, atc)
    branch, height = _TREES[request["branch_and_height"]]
    return emv_keys.tree_session_key(master, atc, height, branch, emv.bytes_of(request, "iv"))


COMMAND = Command(
    code="KW",
    title="Verify an ARQC and generate an ARPC (EMV 4.x)",
    request=(
        Choice("mode", _MODES, emv.MODE),
        Choice("scheme", _SCHEMES, emv.SCHEME),
        emv.MK_AC,
        When("scheme", TREE, (raw("iv", 16, "what stands above the card's key in the tree"),)),
        When("scheme", OPTION_A, (emv.CARD_16,)),
        When("scheme", OPTION_B, (CountedDigits("pan_and_sequence", 2), Literal(";"))),
        When(
            "scheme",
            TREE,
            (Choice("branch_and_height", {"0": "2 and 16", "1": "4 and 8"}, ErrorCode.COUNT),),
        ),
        emv.ATC,
        When("mode", VERIFYING, emv.DATA),
        emv.ARQC,
        When("mode", METHOD_1, (emv.RESPONSE_CODE,)),
        When("mode", METHOD_2, (raw("card_status_update", 4), CountedDigits("proprietary_data", 1))),
    ),
    response=(emv.ARPC, emv.DIAGNOSTIC),
    execute=execute,
)
