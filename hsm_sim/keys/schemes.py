"""Keys under keys in the old schemes: Z, U, T with part variants, X and Y as ANSI X9.17 has them."""

import re

from saklar.hsm_sim.crypto import tdes
from saklar.hsm_sim.errors import ErrorCode, HsmError

SCHEME_DIGITS = {"Z": 16, "U": 32, "X": 32, "T": 48, "Y": 48}
"""Hex digits of a key by its scheme. Z, single length, is usually left out before the digits."""

BY_BYTES = {8: "Z", 16: "U", 24: "T"}
"""The scheme for a key of that many bytes, where nobody asks for another."""

_PART_VARIANTS = {"U": (0xA6, 0x5A), "T": (0x6A, 0xDE, 0x2B)}
"""XORed into the first byte of the wrapping key's second half, for each 8 bytes of a double or triple key."""


_WRAPPED = re.compile(r"Z?[0-9A-Fa-f]{16}|[UX]?[0-9A-Fa-f]{32}|[TY][0-9A-Fa-f]{48}")


def is_wrapped(text: str) -> bool:
    """Whether that is a key in one of these schemes, by its looks."""
    return _WRAPPED.fullmatch(text) is not None


def scheme_of(encrypted: str) -> str:
    """The scheme letter of a key; Z for one without, S or R for a key block."""
    first = encrypted[:1].upper()
    return first if first in SCHEME_DIGITS or first in ("S", "R") else "Z"


def wrap(wrapping: bytes, clear: bytes, scheme: str) -> str:
    """A key encrypted under another, in a scheme.

    Raises:
        HsmError: the scheme is unknown or for keys of another length.
    """
    # Old systems ask for scheme Z or 0 for a pair, too: two single keys, without a letter.
    scheme = "Z" if scheme == "0" else scheme
    if scheme not in SCHEME_DIGITS:
        raise HsmError(ErrorCode.KEY_SCHEME, f"key scheme {scheme} is unknown, or for another key here")
    if SCHEME_DIGITS[scheme] != len(clear) * 2 and (scheme, len(clear)) != ("Z", 16):
        raise HsmError(ErrorCode.KEY_LENGTH_INCOMPATIBLE, f"key scheme {scheme} is for another length")
    parts = [
        tdes.encrypt(part_key, clear[start : start + 8])
        for part_key, start in zip(_part_keys(wrapping, scheme, len(clear)), range(0, len(clear), 8), strict=True)
    ]
    return ("" if scheme == "Z" else scheme) + b"".join(parts).hex().upper()


def unwrap(wrapping: bytes, encrypted: str) -> bytes:
    """The clear bytes of what `wrap` made; parity is not looked at."""
    scheme = scheme_of(encrypted)
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
