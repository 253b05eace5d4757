"""What the commands have in common that encrypt and decrypt blocks of data (M0, M2, M4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import TRAILER, Unit
from saklar.hsm_sim.counted import Counted
from saklar.hsm_sim.crypto import dukpt_tdes, tdes
from saklar.hsm_sim.crypto.inputs import CryptoInputError
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.families.dukpt import Ksn, ksn_bytes
from saklar.hsm_sim.keys.key_types import ANY, BDK, DEK, TEK, ZEK
from saklar.hsm_sim.layout import Choice, Part, Reader, Values, When, hexadecimal, key

Cipher = Callable[[bytes, bytes, bytes], bytes]
"""Key, IV and data to the data encrypted or decrypted."""

_BDK = BDK.code
BINARY, HEX, TEXT = "0", "1", "2"

_MODES = {"00": "ECB", "01": "CBC", "02": "CFB8", "03": "CFB64"}
_CHAINING = ("01", "02", "03")
_KEY_TYPES = {
    ZEK.code: "ZEK",
    DEK.code: "DEK",
    TEK.code: "TEK",
    _BDK: "BDK, of which the key is derived by DUKPT",
    ANY: "what its block says",
}
_ENCRYPTED_FORMS = {BINARY: "binary", HEX: "hex"}
_CLEAR_FORMS = _ENCRYPTED_FORMS | {TEXT: "text"}

_OUTPUT_FORMAT, _KEY_TYPE, _LENGTH = ErrorCode.KEY_TYPE_CODE, ErrorCode.KEY_LENGTH_FLAG, ErrorCode.MAC_LENGTH
"""Codes 04, 05 and 06 as these commands use them."""

ENCRYPT: dict[str, Cipher] = {
    "00": lambda clear_key, _, data: tdes.encrypt(clear_key, data),
    "01": tdes.encrypt_cbc,
    "02": partial(tdes.encrypt_cfb, segment=1),
    "03": partial(tdes.encrypt_cfb, segment=tdes.BLOCK),
}
DECRYPT: dict[str, Cipher] = {
    "00": lambda clear_key, _, data: tdes.decrypt(clear_key, data),
    "01": tdes.decrypt_cbc,
    "02": partial(tdes.decrypt_cfb, segment=1),
    "03": partial(tdes.decrypt_cfb, segment=tdes.BLOCK),
}
"""By mode."""

DATA = Counted("data", "in the form that was said; characters are counted, hex digits too")
CLEAR_INPUT = Choice("input_format", _CLEAR_FORMS, ErrorCode.INPUT_FORMAT)
CLEAR_OUTPUT = Choice("output_format", _CLEAR_FORMS, _OUTPUT_FORMAT)
ENCRYPTED_INPUT = Choice("input_format", _ENCRYPTED_FORMS, ErrorCode.INPUT_FORMAT)
ENCRYPTED_OUTPUT = Choice("output_format", _ENCRYPTED_FORMS, _OUTPUT_FORMAT)


def mode(prefix: str = "", error: ErrorCode = ErrorCode.MODE) -> Part:
    """The field that says the mode of operation."""
    return Choice(f"{prefix}mode", _MODES, error)


def data_key(about: str, prefix: str = "", error: ErrorCode = _KEY_TYPE) -> tuple[Part, ...]:
    """The fields of a key for data: its type, the key, and the KSN where it is a BDK."""
    key_type = f"{prefix}key_type"
    return (
        Choice(key_type, _KEY_TYPES, error),
        key(f"{prefix}key", f"{about} under the LMK"),
        When(key_type, _BDK, (Ksn(prefix),)),
    )


def iv(prefix: str = "") -> Part:
    """The IV, which the modes have that chain."""
    return When(f"{prefix}mode", _CHAINING, (hexadecimal(f"{prefix}iv", 2 * tdes.BLOCK, "IV"),))


@dataclass(frozen=True, slots=True)
class NextIv:
    """IVs of a response, up to so many, before its data.

    A response does not say how many there are: the first four digits that are the length of all that follows them are
    the data's length.
    """

    name: str
    most: int

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        for count in range(self.most + 1):
            digits = 2 * tdes.BLOCK * count
            if _is_counted(reader.rest[digits:]):
                values[self.name] = reader.take_count(digits, self.name)
                return

    def write(self, values: Values) -> str:
        """See `Part`."""
        return values.get(self.name, "")

    def rows(self) -> list[tuple[str, str, str]]:
        """See `Part`."""
        each = "source, then destination; " if self.most > 1 else ""
        return [(self.name, "16H", f"IV for what follows this data: {each}of a mode that chains")]


def _is_counted(text: str) -> bool:
    """Whether a text is data behind its length, and at most a trailer."""
    count = re.match("[0-9A-F]{4}", text)
    after = text[4:][int(count[0], 16) :] if count else ""
    return count is not None and len(text) - 4 >= int(count[0], 16) and after[:1] in ("", TRAILER)


def clear_key(
    unit: Unit,
    request: Values,
    use: keys.Use,
    prefix: str = "",
    parity_error: ErrorCode = ErrorCode.SOURCE_KEY_PARITY,
) -> bytes:
    """The key that data is encrypted under; raises HsmError.

    Of a BDK it is the transaction's key for data in a request, or in both directions (ANSI X9.24-1:2009 annex A).
    """
    key_type = request[f"{prefix}key_type"]
    use = keys.Use.DERIVE if key_type == _BDK else use
    clear = keys.decrypt_under_lmk(unit.lmk, key_type, request[f"{prefix}key"], parity_error=parity_error, use=use).data
    if key_type != _BDK:
        return clear
    if len(clear) != keys.PAIR_BYTES:
        raise HsmError(ErrorCode.KEY_LENGTH_INCOMPATIBLE, "a BDK is a pair")
    return dukpt_tdes.derive(clear, ksn_bytes(request, prefix), dukpt_tdes.KeyUse.DATA_REQUEST)


def apply(cipher: Cipher, clear: bytes, request: Values, data: bytes, prefix: str = "") -> bytes:
    """Data encrypted or decrypted under a key; raises HsmError with 06 where its length does not suit the mode."""
    if not data:
        raise HsmError(_LENGTH, "data: empty")
    try:
        return cipher(clear, bytes.fromhex(request.get(f"{prefix}iv", "")), data)
    except CryptoInputError as error:
        raise HsmError(_LENGTH, f"data: {error}") from None


def input_bytes(request: Values) -> bytes:
    """The bytes that a request's data stands for; raises HsmError with 35."""
    if request["input_format"] != HEX:
        return request["data"].encode("latin-1")
    try:
        return bytes.fromhex(request["data"])
    except ValueError:
        raise HsmError(ErrorCode.MESSAGE_FORMAT, "data: whole bytes in hex are expected") from None


def output(request: Values, data: bytes) -> str:
    """Bytes in the form that was asked for."""
    return data.hex().upper() if request["output_format"] == HEX else data.decode("latin-1")


def next_iv(request: Values, encrypted: bytes, prefix: str = "") -> str:
    """The IV for what follows this data, in hex digits; empty for a mode that does not chain."""
    if request[f"{prefix}mode"] not in _CHAINING:
        return ""
    return (bytes.fromhex(request[f"{prefix}iv"]) + encrypted)[-tdes.BLOCK :].hex().upper()
