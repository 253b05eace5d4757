"""AES (FIPS 197): electronic codebook, cipher block chaining, check value."""

from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

from saklar.hsm_sim.crypto import blocks
from saklar.hsm_sim.crypto.inputs import check_key, check_length, check_whole_blocks

BLOCK = 16
KEY_LENGTHS = (16, 24, 32)

# Kept for the reason that `tdes` gives, and bounded for the same.
_KEPT = 256


def encrypt(key: bytes, data: bytes) -> bytes:
    """ECB encryption of whole 16-byte blocks under a key of 16, 24 or 32 bytes (FIPS 197, NIST SP 800-38A §6.1).

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the data is no whole number of blocks.

    Examples:
        >>> encrypt(bytes(range(16)), bytes.fromhex("00112233445566778899AABBCCDDEEFF")).hex()
        '69c4e0d86a7b0430d8cdb78070b4c55a'
    """
    check_whole_blocks(data, BLOCK)
    return _kept(key, True).update(data)


def decrypt(key: bytes, data: bytes) -> bytes:
    """ECB decryption of whole 16-byte blocks under a key of 16, 24 or 32 bytes.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the data is no whole number of blocks.

    Examples:
        >>> decrypt(bytes(range(16)), bytes.fromhex("69C4E0D86A7B0430D8CDB78070B4C55A")).hex()
        '00112233445566778899aabbccddeeff'
    """
    check_whole_blocks(data, BLOCK)
    return _kept(key, False).update(data)


def encrypt_once(key: bytes, data: bytes) -> bytes:
    """As `encrypt`, for a derived key that does not come back: nothing of it is kept.

    Examples:
        >>> encrypt_once(bytes(range(16)), bytes.fromhex("00112233445566778899AABBCCDDEEFF")).hex()
        '69c4e0d86a7b0430d8cdb78070b4c55a'
    """
    check_whole_blocks(data, BLOCK)
    return _context(key, True).update(data)


def encrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """CBC encryption of whole 16-byte blocks with an IV of 16 bytes (NIST SP 800-38A §6.2).

    Raises:
        KeyLengthError: the key has none of 16, 24 or 32 bytes.
        DataLengthError: the IV is no block, or the data no whole number of blocks.

    Examples:
        >>> key = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
        >>> encrypt_cbc(key, bytes(range(16)), bytes.fromhex("6BC1BEE22E409F96E93D7E117393172A")).hex()
        '7649abac8119b246cee98e9b12e9197d'
    """
    _check_chain(iv, data)
    return blocks.cbc_encrypt(encrypt, key, iv, data)


def decrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """CBC decryption of whole 16-byte blocks with an IV of 16 bytes.

    Raises:
        KeyLengthError: the key has none of 16, 24 or 32 bytes.
        DataLengthError: the IV is no block, or the data no whole number of blocks.

    Examples:
        >>> key = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
        >>> decrypt_cbc(key, bytes(range(16)), bytes.fromhex("7649ABAC8119B246CEE98E9B12E9197D")).hex()
        '6bc1bee22e409f96e93d7e117393172a'
    """
    _check_chain(iv, data)
    return blocks.cbc_decrypt(decrypt, key, iv, data)


def _check_chain(iv: bytes, data: bytes) -> None:
    check_length(iv, (BLOCK,), "the IV")
    check_whole_blocks(data, BLOCK)


@lru_cache(maxsize=_KEPT)
def _kept(key: bytes, encrypting: bool) -> CipherContext:  # noqa: FBT001 (private)
    return _context(key, encrypting)


def _context(key: bytes, encrypting: bool) -> CipherContext:  # noqa: FBT001 (private)
    check_key(key, KEY_LENGTHS)
    cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 (the standards are written on ECB)
    return cipher.encryptor() if encrypting else cipher.decryptor()
