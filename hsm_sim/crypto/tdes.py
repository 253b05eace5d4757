"""Triple DES (NIST SP 800-67): electronic codebook, chaining modes, parity, check value."""

from functools import lru_cache

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, modes

from saklar.hsm_sim.crypto import blocks
from saklar.hsm_sim.crypto.inputs import check_key, check_length, check_whole_blocks

BLOCK = 8
KEY_LENGTHS = (8, 16, 24)

# An encryptor that is kept makes several times as many blocks a second as a fresh one for each call. ECB has
# no state between whole blocks, so one may be kept. Clear keys live on in what is kept: its size bounds how many.
_KEPT = 256


def encrypt(key: bytes, data: bytes) -> bytes:
    """ECB encryption of whole 8-byte blocks under a key of 8, 16 or 24 bytes (8: single DES).

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the data is no whole number of blocks.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> encrypt(key, bytes(8)).hex()
        '08d7b4fb629d0885'
    """
    check_whole_blocks(data, BLOCK)
    return _kept(key, True).update(data)


def decrypt(key: bytes, data: bytes) -> bytes:
    """ECB decryption of whole 8-byte blocks under a key of 8, 16 or 24 bytes.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the data is no whole number of blocks.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> decrypt(key, bytes.fromhex("08D7B4FB629D0885")).hex()
        '0000000000000000'
    """
    check_whole_blocks(data, BLOCK)
    return _kept(key, False).update(data)


def encrypt_once(key: bytes, data: bytes) -> bytes:
    """As `encrypt`, for a derived key that does not come back: nothing of it is kept.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> encrypt_once(key, bytes(8)).hex()
        '08d7b4fb629d0885'
    """
    check_whole_blocks(data, BLOCK)
    return _context(key, True).update(data)


def encrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """CBC encryption of whole 8-byte blocks with an IV of 8 bytes (NIST SP 800-38A §6.2).

    Raises:
        KeyLengthError: the key has none of 8, 16 or 24 bytes.
        DataLengthError: the IV is no block, or the data no whole number of blocks.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> encrypt_cbc(key, bytes(8), bytes(16)).hex()
        '08d7b4fb629d08850a121dc33dfb5947'
    """
    _check_chain(iv, data)
    return blocks.cbc_encrypt(encrypt, key, iv, data)


def decrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """CBC decryption of whole 8-byte blocks with an IV of 8 bytes.

    Raises:
        KeyLengthError: the key has none of 8, 16 or 24 bytes.
        DataLengthError: the IV is no block, or the data no whole number of blocks.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> decrypt_cbc(key, bytes(8), encrypt_cbc(key, bytes(8), b"two whole blocks"))
        b'two whole blocks'
    """
    _check_chain(iv, data)
    return blocks.cbc_decrypt(decrypt, key, iv, data)


def encrypt_cfb(key: bytes, iv: bytes, data: bytes, segment: int) -> bytes:
    """CFB encryption of any bytes with an IV of 8 bytes (NIST SP 800-38A §6.3).

    Args:
        key: 8, 16 or 24 bytes.
        iv: 8 bytes.
        data: bytes; the last segment may be shorter.
        segment: bytes that are encrypted at a time, 1 (CFB8) to 8 (CFB64).

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the IV is no block.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> encrypt_cfb(key, bytes(8), b"any bytes", 1).hex()
        '699c6b99a3cf03150f'
    """
    check_length(iv, (BLOCK,), "the IV")
    return blocks.cfb_encrypt(encrypt, key, iv, data, segment)


def decrypt_cfb(key: bytes, iv: bytes, data: bytes, segment: int) -> bytes:
    """The inverse of `encrypt_cfb`.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> decrypt_cfb(key, bytes(8), encrypt_cfb(key, bytes(8), b"any bytes", 8), 8)
        b'any bytes'
    """
    check_length(iv, (BLOCK,), "the IV")
    return blocks.cfb_decrypt(encrypt, key, iv, data, segment)


def _check_chain(iv: bytes, data: bytes) -> None:
    check_length(iv, (BLOCK,), "the IV")
    check_whole_blocks(data, BLOCK)


@lru_cache(maxsize=_KEPT)
def _kept(key: bytes, encrypting: bool) -> CipherContext:  # noqa: FBT001 (private)
    return _context(key, encrypting)


def _context(key: bytes, encrypting: bool) -> CipherContext:  # noqa: FBT001 (private)
    cipher = Cipher(TripleDES(expanded(key)), modes.ECB())  # noqa: S305 (the standards are written on ECB)
    return cipher.encryptor() if encrypting else cipher.decryptor()


def expanded(key: bytes) -> bytes:
    """24 bytes: K K K of a single key, K1 K2 K1 of a double one (NIST SP 800-67, keying options 3 and 2).

    Raises:
        KeyLengthError: the key has none of 8, 16 or 24 bytes.

    Examples:
        >>> expanded(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")).hex()
        '0123456789abcdeffedcba98765432100123456789abcdef'
    """
    check_key(key, KEY_LENGTHS)
    return (key * 3)[:24] if len(key) == BLOCK else (key + key)[:24]


def has_odd_parity(key: bytes) -> bool:
    """Whether every byte has an odd number of ones (FIPS 46-3).

    Examples:
        >>> has_odd_parity(bytes.fromhex("0123456789ABCDEF")), has_odd_parity(bytes(8))
        (True, False)
    """
    return all(byte.bit_count() % 2 for byte in key)


def with_odd_parity(key: bytes) -> bytes:
    """The key with its parity bits (the lowest of each byte) set right.

    Examples:
        >>> with_odd_parity(bytes(8)).hex()
        '0101010101010101'
    """
    return bytes(byte ^ (byte.bit_count() + 1) % 2 for byte in key)


def check_value(key: bytes) -> bytes:
    """The key check value, all 8 bytes: zeros encrypted under the key (ANSI X9.24-1:2009 annex A); 3 are shown.

    Examples:
        >>> check_value(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")).hex()
        '08d7b4fb629d0885'
    """
    return encrypt(key, bytes(BLOCK))
