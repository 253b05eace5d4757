"""What BU and BW have in common: a key whose type and length the request tells."""

from __future__ import annotations

from saklar.hsm_sim import keys
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.layout import Optional, Part, Values, When, hexadecimal, key_pair

_BY_TYPE = "FF"
_OF_BLOCK = "F"
_LENGTHS = {"0": 8, "1": 16, "2": 24}

TYPED_KEY: tuple[Part, ...] = (
    hexadecimal("key_type_code", 2, "00 ZMK, 01 ZPK, 02 TPK TMK PVK, 03 TAK, 08 ZAK, 09 BDK, FF any other", shown=True),
    hexadecimal("length_flag", 1, "0 single, 1 double, 2 triple, F for a key block", shown=True),
    key_pair("key", "the key under the LMK"),
    When(
        "key_type_code",
        _BY_TYPE,
        (Optional(";", (hexadecimal("key_type", 3, "key type; FFF for a key block", shown=True),)),),
    ),
)


def type_of(request: Values) -> str:
    """The code of the key's type."""
    code = request["key_type_code"]
    return request.get("key_type", "") if code == _BY_TYPE else f"0{code}"


def check_length(clear: keys.ClearKey, request: Values) -> None:
    """Whether the key is as long as the request says.

    Raises:
        HsmError: it is not, or the request says what cannot be.
    """
    flag = request["length_flag"]
    if flag not in (*_LENGTHS, _OF_BLOCK):
        raise HsmError(ErrorCode.KEY_LENGTH_FLAG, "the key length flag is 0, 1, 2 or F")
    if flag != _OF_BLOCK and len(clear.data) != _LENGTHS[flag]:
        raise HsmError(ErrorCode.KEY_LENGTH_FLAG, "the key has another length than its flag says")
