"""Keys under the LMK: their types, their schemes, and how they are wrapped."""

import enum
import re
import secrets
from dataclasses import dataclass, field

from saklar.hsm_sim.crypto import tdes
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.lmk import Lmk

KEY_TYPES: dict[str, str] = {
    "000": "ZMK", "001": "ZPK", "002": "TPK, TMK or PVK", "003": "TAK", "006": "WWK", "008": "ZAK", "009": "BDK-1",
    "109": "MK-AC", "209": "MK-SMI", "309": "MK-SMC", "409": "MK-DAC", "509": "MK-DN", "609": "BDK-2",
    "709": "MK-CVC3", "809": "BDK-3", "402": "CVK", "00A": "ZEK", "00B": "DEK", "30B": "TEK", "70D": "TPK",
    "80D": "TMK",
}  # fmt: skip
"""Key types by code: the first digit is the variant of the LMK pair, the other two name the pair."""

_PAIR_OF_CODE = {"00": 2, "01": 3} | {f"{code:02X}": code + 5 for code in range(2, 15)}
"""Index of the LMK pair by pair code: 00 is 04-05, 01 is 06-07, 02 is 14-15 and so on to 0E, 38-39."""

_VARIANTS = (0x00, 0xA6, 0x5A, 0x6A, 0xDE, 0x2B, 0x50, 0x74, 0x9C, 0xFA)
"""XORed into the first byte of the LMK pair, by the variant digit of the key type."""

_PART_VARIANTS = {"U": (0xA6, 0x5A), "T": (0x6A, 0xDE, 0x2B)}
"""XORed into the first byte of the wrapping key's second half, for each 8 bytes of a double or triple key."""

PAIR_BYTES = 16
"""Of a double-length key."""


class Use(enum.Enum):
    """What a command does with a key: the modes of use (TR-31, byte 8) of the key blocks that allow it.

    A key under a variant LMK says its type only, and may do all that the type may.
    """

    ENCRYPT = "ENB"
    DECRYPT = "DNB"
    GENERATE = "GNC"
    VERIFY = "VNC"
    DERIVE = "XN"
    SIGN = "SNT"
    ANY = ""


SCHEME_DIGITS = {"Z": 16, "U": 32, "X": 32, "T": 48, "Y": 48}
"""Hex digits of a key by its scheme. Z, single length, is usually left out before the digits."""

_KEY = re.compile(r"Z?[0-9A-Fa-f]{16}|[UX]?[0-9A-Fa-f]{32}|[TY][0-9A-Fa-f]{48}")


@dataclass(frozen=True, slots=True)
class ClearKey:
    """A key in the clear, inside the HSM. `repr` shows its check value only."""

    data: bytes = field(repr=False)

    @property
    def check_value(self) -> str:
        """16 hex digits; the first six are what people compare."""
        return tdes.check_value(self.data).hex().upper()

    def __repr__(self) -> str:
        return f"<ClearKey {self.check_value[:6]}>"


def scheme_of(encrypted: str) -> str:
    """The scheme letter of a key; Z for one without."""
    first = encrypted[0].upper()
    return first if first in SCHEME_DIGITS else "Z"


def checked(clear: bytes, error: ErrorCode) -> ClearKey:
    """The key, if its parity is odd; raises HsmError otherwise."""
    if not tdes.has_odd_parity(clear):
        raise HsmError(error, "even parity")
    return ClearKey(clear)


def generate(length: int) -> ClearKey:
    """A random key of 8, 16 or 24 bytes with odd parity and halves that differ."""
    while True:
        data = tdes.with_odd_parity(secrets.token_bytes(length))
        parts = {data[start : start + 8] for start in range(0, length, 8)}
        if len(parts) == length // 8:
            return ClearKey(data)


def decrypt_under_lmk(
    lmk: Lmk,
    key_type: str,
    encrypted: str,
    *,
    parity_error: ErrorCode = ErrorCode.SOURCE_KEY_PARITY,
    use: Use = Use.ANY,  # noqa: ARG001 (a key under a variant LMK does not say)
) -> ClearKey:
    """The key that is encrypted under the LMK as one of this type.

    Args:
        lmk: the LMK.
        key_type: a code of `KEY_TYPES`.
        encrypted: hex digits after an optional scheme; 32 without a scheme are a pair of single keys.
        parity_error: what to answer when the result is no key.
        use: what is to be done with it.

    Raises:
        HsmError: the key type or the scheme is unknown, or a byte of the result has even parity.
    """
    if _KEY.fullmatch(encrypted) is None:
        raise HsmError(ErrorCode.KEY_SCHEME, "not a key of scheme Z, U, X, T or Y")
    wrapping = _wrapping_key(lmk, key_type)
    clear = unwrap(wrapping, encrypted)
    if not tdes.has_odd_parity(clear):
        raise HsmError(parity_error, f"key of type {key_type}: even parity")
    return ClearKey(clear)


def encrypt_under_lmk(lmk: Lmk, key_type: str, key: ClearKey, scheme: str) -> str:
    """The key under the LMK as one of this type, scheme letter (but Z) first.

    Raises:
        HsmError: the key type is unknown, or the scheme does not suit the key's length.
    """
    return wrap(_wrapping_key(lmk, key_type), key.data, scheme)


def wrap(wrapping: bytes, clear: bytes, scheme: str) -> str:
    """A key encrypted under another, in a scheme: U and T with part variants, X and Y (ANSI X9.17) and Z plainly.

    Raises:
        HsmError: the scheme is unknown or for keys of another length.
    """
    # Old systems ask for scheme Z or 0 for a pair, too: two single keys, without a letter.
    scheme = "Z" if scheme == "0" else scheme
    if scheme not in SCHEME_DIGITS:
        raise HsmError(ErrorCode.KEY_SCHEME, f"key scheme {scheme} is unknown")
    if SCHEME_DIGITS[scheme] != len(clear) * 2 and (scheme, len(clear)) != ("Z", 16):
        raise HsmError(ErrorCode.KEY_LENGTH_INCOMPATIBLE, f"key scheme {scheme} is for another length")
    parts = [
        tdes.encrypt(part_key, clear[start : start + 8])
        for part_key, start in zip(_part_keys(wrapping, scheme, len(clear)), range(0, len(clear), 8), strict=True)
    ]
    return ("" if scheme == "Z" else scheme) + b"".join(parts).hex().upper()


def unwrap(wrapping: bytes, encrypted: str) -> bytes:
    """The clear bytes of what `wrap` made; parity is not looked at."""
    scheme = encrypted[0].upper() if encrypted[0].upper() in SCHEME_DIGITS else "Z"
    data = bytes.fromhex(encrypted.lstrip("ZUXTYzuxty"))
    part_keys = _part_keys(wrapping, scheme, len(data))
    return b"".join(
        tdes.decrypt(part_key, data[start : start + 8])
        for part_key, start in zip(part_keys, range(0, len(data), 8), strict=True)
    )


def _part_keys(wrapping: bytes, scheme: str, length: int) -> list[bytes]:
    if len(wrapping) == tdes.BLOCK:
        wrapping *= 2
    if scheme not in _PART_VARIANTS:
        return [wrapping] * (length // 8)
    return [wrapping[:8] + bytes([wrapping[8] ^ variant]) + wrapping[9:] for variant in _PART_VARIANTS[scheme]]


def _wrapping_key(lmk: Lmk, key_type: str) -> bytes:
    if key_type not in KEY_TYPES:
        raise HsmError(ErrorCode.KEY_TYPE_CODE, f"key type {key_type} is unknown")
    pair = lmk.pair(_PAIR_OF_CODE[key_type[1:]])
    return bytes([pair[0] ^ _VARIANTS[int(key_type[0])]]) + pair[1:]
