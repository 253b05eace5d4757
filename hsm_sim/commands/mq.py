"""MQ: generate a MAC of a large message, block by block (ISO 9797-1 algorithm 1; single key: ANSI X9.9)."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.counted import Counted
from saklar.hsm_sim.crypto import mac
from saklar.hsm_sim.errors import ErrorCode
from saklar.hsm_sim.families.macs import IV, PARTS, STARTED
from saklar.hsm_sim.keys.key_types import ZAK
from saklar.hsm_sim.layout import Choice, Values, When, hexadecimal, key


def execute(unit: Unit, request: Values) -> Values:
    """Chain the block, filled with zeros, to what the block before gave."""
    zak = keys.decrypt_under_lmk(unit.lmk, ZAK, request["zak"], use=keys.Use.GENERATE)
    iv = bytes.fromhex(request["iv"]) if request["part"] in STARTED else mac.ZERO_IV
    return {"mac": mac.algorithm_1(zak.data, request["data"].encode("latin-1"), 1, iv).hex().upper()}


COMMAND = Command(
    code="MQ",
    title="Generate a MAC of a large message",
    request=(
        Choice("part", PARTS, ErrorCode.KEY_LENGTH_FLAG),
        key("zak", "ZAK under the LMK"),
        When("part", STARTED, (IV,)),
        Counted("data", "the block", 3),
    ),
    response=(hexadecimal("mac", 16, "MAC of the last block, of others the IV for the next"),),
    execute=execute,
)
