"""Key check values: what of a key may be shown to compare it."""

from saklar.hsm_sim.crypto import aes, mac, tdes

SHOWN = 3
"""Bytes that are usually shown: six hexadecimal digits."""


def tdes_zeros(key: bytes, length: int = SHOWN) -> bytes:
    """The check value of a DES key of 8, 16 or 24 bytes: zeros encrypted (ANSI X9.24-1:2009 annex A).

    Args:
        key: the key.
        length: bytes wanted, up to 8.

    Raises:
        KeyLengthError: the key has another length.
    """
    return tdes.check_value(key)[:length]


def aes_zeros(key: bytes, length: int = SHOWN) -> bytes:
    """The older check value of an AES key of 16, 24 or 32 bytes: zeros encrypted, as for DES keys.

    Args:
        key: the key.
        length: bytes wanted, up to 16.

    Raises:
        KeyLengthError: the key has another length.
    """
    return aes.encrypt(key, bytes(aes.BLOCK))[:length]


def aes_cmac(key: bytes, length: int = SHOWN) -> bytes:
    """The check value of an AES key of 16, 24 or 32 bytes: the CMAC of a block of zeros (ANSI X9.24-1:2017 annex A).

    Args:
        key: the key.
        length: bytes wanted, up to 16; the standard shows 5 at most.

    Raises:
        KeyLengthError: the key has another length.
    """
    return mac.aes_cmac(key, bytes(aes.BLOCK))[:length]
