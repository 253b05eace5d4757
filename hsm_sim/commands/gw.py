"""GW: generate or verify a MAC under a DUKPT key."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.counted import CountedDigits
from saklar.hsm_sim.crypto import dukpt_tdes, mac
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.families.dukpt import KSN, ksn_bytes
from saklar.hsm_sim.families.verification import same
from saklar.hsm_sim.keys.key_types import BDK
from saklar.hsm_sim.layout import Choice, Maybe, Values, When, hexadecimal, key

VERIFY, GENERATE = "1", "4"


def execute(unit: Unit, request: Values) -> Values:
    """Compute the retail MAC of the message under the transaction's key; compare it or give it."""
    bdk = keys.decrypt_under_lmk(unit.lmk, BDK, request["bdk"], use=keys.Use.DERIVE)
    if len(bdk.data) != keys.PAIR_BYTES:
        raise HsmError(ErrorCode.KEY_LENGTH_INCOMPATIBLE, "a BDK is a pair")
    if not request["data"]:
        raise HsmError(ErrorCode.DATA_LENGTH, "data: empty")
    transaction = dukpt_tdes.derive(bdk.data, ksn_bytes(request), dukpt_tdes.KeyUse.MAC_REQUEST)
    computed = mac.algorithm_3(transaction, request["data"].encode("latin-1"), 1).hex().upper()
    if request["mode"] == GENERATE:
        return {"mac": computed}
    same(computed, request["mac"].upper(), "not the MAC of the message")
    return {}


COMMAND = Command(
    code="GW",
    title="Generate or verify a MAC under DUKPT",
    request=(
        Choice("mode", {VERIFY: "verify", GENERATE: "generate"}, ErrorCode.INVALID_INPUT),
        Choice("method", {"1": "retail MAC (ISO 9797-1 algorithm 3, padding 1)"}, ErrorCode.INVALID_INPUT),
        key("bdk", "BDK under the LMK"),
        KSN,
        When("mode", VERIFY, (hexadecimal("mac", 16, "MAC to compare with"),)),
        CountedDigits("data", 4),
    ),
    response=(Maybe(hexadecimal("mac", 16, "MAC, if one was to be generated")),),
    execute=execute,
)
