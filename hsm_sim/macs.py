"""What the MAC commands have in common."""

from __future__ import annotations

import re

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Unit
from saklar.hsm_sim.crypto import mac
from saklar.hsm_sim.crypto.inputs import CryptoInputError
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.key_types import ANY
from saklar.hsm_sim.layout import Field, Part, Values, digits, hexadecimal, key

ONLY, BINARY, HEX, TEXT = "0", "0", "1", "2"
_SIZES = {"0": 8, "1": 16}
_ALGORITHMS = {"1": mac.algorithm_1, "3": mac.algorithm_3}
_PADDINGS = {"0": 0, "1": 1, "2": 2, "3": 3}
_KEY_TYPES = ("003", "008", ANY)

MAC = Field("mac", "8H or 16H", re.compile("[0-9A-Fa-f]{16}|[0-9A-Fa-f]{8}"), "MAC")

REQUEST: tuple[Part, ...] = (
    digits("mode", 1, "0: the message is whole", shown=True),
    digits("input_format", 1, "0 binary, 1 hex, 2 text", shown=True),
    digits("mac_size", 1, "0 for 8 hex digits, 1 for 16", shown=True),
    digits("algorithm", 1, "ISO 9797-1 algorithm 1 or 3", shown=True),
    digits("padding", 1, "0 none, or ISO 9797-1 padding 1, 2, 3", shown=True),
    hexadecimal("key_type", 3, "003 TAK, 008 ZAK", shown=True),
    key("key", "the key under the LMK"),
)


def mac_of(unit: Unit, request: Values) -> str:
    """The MAC, in hex digits of the size that was asked for; raises HsmError."""
    if request["mode"] != ONLY:
        raise HsmError(ErrorCode.MODE, "messages in parts are not supported")
    if request["key_type"] not in _KEY_TYPES:
        raise HsmError(ErrorCode.KEY_LENGTH_FLAG, "the key is a TAK or ZAK")
    algorithm, size = _ALGORITHMS.get(request["algorithm"]), _SIZES.get(request["mac_size"])
    if algorithm is None or size is None:
        raise HsmError(ErrorCode.KEY_TYPE_CODE, "the algorithm is 1 or 3, the size 0 or 1")
    if request["padding"] not in _PADDINGS:
        raise HsmError(ErrorCode.MAC_PADDING, "the padding is 0 to 3")
    clear = keys.decrypt_under_lmk(unit.lmk, request["key_type"], request["key"])
    try:
        return algorithm(clear.data, _message(request), _PADDINGS[request["padding"]]).hex().upper()[:size]
    except CryptoInputError as error:
        raise HsmError(ErrorCode.MAC_LENGTH, str(error)) from None


def _message(request: Values) -> bytes:
    data, form = request["data"], request["input_format"]
    if form == HEX:
        try:
            return bytes.fromhex(data)
        except ValueError:
            raise HsmError(ErrorCode.INVALID_INPUT, "data: whole bytes in hex are expected") from None
    if form not in (BINARY, TEXT):
        raise HsmError(ErrorCode.INPUT_FORMAT, "the input format is 0, 1 or 2")
    return data.encode("latin-1")
