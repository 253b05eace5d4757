"""What the MAC commands have in common."""

from __future__ import annotations

import re

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Unit
from saklar.hsm_sim.counted import Counted
from saklar.hsm_sim.crypto import mac
from saklar.hsm_sim.crypto.inputs import CryptoInputError
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.keys.key_types import ANY, TAK, ZAK
from saklar.hsm_sim.layout import Choice, Field, Part, Values, When, hexadecimal, key

BINARY, HEX, TEXT = "0", "1", "2"
WHOLE, FIRST, MIDDLE, LAST = "0", "1", "2", "3"
STARTED, UNFINISHED, FINISHED = (MIDDLE, LAST), (FIRST, MIDDLE), (WHOLE, LAST)
"""Parts of a message by what came before them and comes after them."""

PARTS = {WHOLE: "the message is whole", FIRST: "first part", MIDDLE: "middle part", LAST: "last part"}

_SIZES = {"0": 8, "1": 16}
_ALGORITHMS = {"1": mac.algorithm_1, "3": mac.algorithm_3}
_CHAINS = {"1": mac.chain_1, "3": mac.chain_3}
_LENGTH_BEFORE = "3"
"""The padding that begins with the length of the whole message."""

_PADDINGS = {"0": "none", "1": "ISO 9797-1 padding 1", "2": "padding 2", _LENGTH_BEFORE: "padding 3"}

MAC = Field("mac", "8H or 16H", re.compile("[0-9A-Fa-f]{16}|[0-9A-Fa-f]{8}"), "MAC")
SHORT_MAC = hexadecimal("mac", 8, "MAC")
IV = hexadecimal("iv", 16, "what the part before gave")
REST = Field("data", "nB", re.compile(".+", re.DOTALL), "the message: all that is left, so nothing can follow it")

REQUEST: tuple[Part, ...] = (
    Choice("mode", PARTS, ErrorCode.MODE),
    Choice("input_format", {BINARY: "binary", HEX: "hex", TEXT: "text"}, ErrorCode.INPUT_FORMAT),
    Choice("mac_size", {"0": "8 hex digits", "1": "16 hex digits"}, ErrorCode.KEY_TYPE_CODE),
    Choice("algorithm", {"1": "ISO 9797-1 algorithm 1", "3": "algorithm 3"}, ErrorCode.KEY_TYPE_CODE),
    Choice("padding", _PADDINGS, ErrorCode.MAC_PADDING),
    Choice("key_type", {TAK.code: "TAK", ZAK.code: "ZAK", ANY: "what its block says"}, ErrorCode.KEY_LENGTH_FLAG),
    key("key", "the key under the LMK"),
    When("mode", STARTED, (IV,)),
    Counted("data", "the message or its part, in the form that was said"),
)


def mac_of(unit: Unit, request: Values, use: keys.Use) -> str:
    """The MAC, in hex digits of the size that was asked for, or of an unfinished message the IV for its next part.

    Raises:
        HsmError: the padding or the length of a part does not suit, or the key or the data is malformed.
    """
    if request["padding"] == _LENGTH_BEFORE and request["mode"] != WHOLE:
        raise HsmError(ErrorCode.MAC_PADDING, "padding 3 begins with the length of the whole message")
    clear = keys.decrypt_under_lmk(unit.lmk, request["key_type"], request["key"], use=use).data
    data, iv = _message(request), bytes.fromhex(request["iv"]) if request["mode"] in STARTED else mac.ZERO_IV
    try:
        if request["mode"] in UNFINISHED:
            return _CHAINS[request["algorithm"]](clear, data, iv).hex().upper()
        code = _ALGORITHMS[request["algorithm"]](clear, data, int(request["padding"]), iv)
    except CryptoInputError as error:
        raise HsmError(ErrorCode.MAC_LENGTH, str(error)) from None
    return code.hex().upper()[: _SIZES[request["mac_size"]]]


def mac_under_tak(unit: Unit, tak: str, data: str, use: keys.Use) -> str:
    """The MAC of the old commands, 8 hex digits: ISO 9797-1 algorithm 1 with padding 1 (single key: ANSI X9.9)."""
    clear = keys.decrypt_under_lmk(unit.lmk, TAK, tak, use=use)
    return mac.algorithm_1(clear.data, data.encode("latin-1"), 1).hex().upper()[:8]


def _message(request: Values) -> bytes:
    data = request["data"]
    if request["input_format"] != HEX:
        return data.encode("latin-1")
    try:
        return bytes.fromhex(data)
    except ValueError:
        raise HsmError(ErrorCode.INVALID_INPUT, "data: whole bytes in hex are expected") from None
