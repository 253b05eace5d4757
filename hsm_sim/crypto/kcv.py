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

    Examples:
        >>> tdes_zeros(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")).hex()
        '08d7b4'
    """
    return tdes.check_value(key)[:length]


def aes_zeros(key: bytes, length: int = SHOWN) -> bytes:
    """The older check value of an AES key of 16, 24 or 32 bytes: zeros encrypted, as for DES keys.

    Args:
        key: the key.
        length: bytes wanted, up to 16.

    Raises:
        KeyLengthError: the key has another length.

    Examples:
        >>> aes_zeros(bytes(16)).hex()
        '66e94b'
    """
    return aes.encrypt(key, bytes(aes.BLOCK))[:length]


def aes_cmac(key: bytes, length: int = SHOWN) -> bytes:
    """The check value of an AES key of 16, 24 or 32 bytes: the CMAC of a block of zeros (ANSI X9.24-1:2017 annex A).

    Args:
        key: the key.
        length: bytes wanted, up to 16; the standard shows 5 at most.

    Raises:
        KeyLengthError: the key has another length.

    Examples:
        >>> key = bytes.fromhex("88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6")
        >>> aes_cmac(key, 5).hex()
        '2331550bc9'
    """
    return mac.aes_cmac(key, bytes(aes.BLOCK))[:length]
