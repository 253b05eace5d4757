"""MS: generate a MAC of a large message, block by block, by ANSI X9.19 (X9.9 under a single key)."""

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Command, Unit
from saklar.hsm_sim.counted import Counted, CountedHex
from saklar.hsm_sim.crypto import mac
from saklar.hsm_sim.crypto.inputs import CryptoInputError
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.families.macs import BINARY, HEX, IV, PARTS, STARTED, UNFINISHED
from saklar.hsm_sim.keys.key_types import TAK, ZAK
from saklar.hsm_sim.layout import Choice, Values, When, hexadecimal, key

_KEY_TYPES = {"0": TAK, "1": ZAK}
_LENGTHS = {"0": 8, "1": 16}


def execute(unit: Unit, request: Values) -> Values:
    """Give the MAC of the last block, of any other the IV for the next."""
    key_type = _KEY_TYPES[request["key_type"]]
    clear = keys.decrypt_under_lmk(unit.lmk, key_type, request["key"], use=keys.Use.GENERATE).data
    if len(clear) != _LENGTHS[request["key_length"]]:
        raise HsmError(ErrorCode.MAC_LENGTH, "the key has another length than its flag says")
    try:
        return {"mac": _chained(clear, request).hex().upper()}
    except CryptoInputError as error:
        raise HsmError(ErrorCode.DATA_LENGTH, str(error)) from None


def _chained(clear: bytes, request: Values) -> bytes:
    is_single = len(clear) == _LENGTHS["0"]
    iv = bytes.fromhex(request["iv"]) if request["part"] in STARTED else mac.ZERO_IV
    if request["part"] in UNFINISHED:
        return (mac.chain_1 if is_single else mac.chain_3)(clear, _message(request), iv)
    return (mac.algorithm_1 if is_single else mac.algorithm_3)(clear, _message(request), 1, iv)


def _message(request: Values) -> bytes:
    if request["message_type"] == BINARY:
        return request["data"].encode("latin-1")
    try:
        return bytes.fromhex(request["data"])
    except ValueError:
        raise HsmError(ErrorCode.INVALID_INPUT, "data: hex digits are expected") from None


COMMAND = Command(
    code="MS",
    title="Generate a MAC of a large message by ANSI X9.19",
    request=(
        Choice("part", PARTS, ErrorCode.KEY_LENGTH_FLAG),
        Choice("key_type", {"0": "TAK", "1": "ZAK"}, ErrorCode.KEY_TYPE_CODE),
        Choice("key_length", {"0": "single", "1": "double"}, ErrorCode.MAC_LENGTH),
        Choice("message_type", {BINARY: "binary", HEX: "hex"}, ErrorCode.INPUT_FORMAT),
        key("key", "the key under the LMK"),
        When("part", STARTED, (IV,)),
        When("message_type", BINARY, (Counted("data", "the block"),)),
        When("message_type", HEX, (CountedHex("data", "the block"),)),
    ),
    response=(hexadecimal("mac", 16, "MAC of the last block, of others the IV for the next"),),
    execute=execute,
)
