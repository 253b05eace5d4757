"""Message authentication codes: ISO/IEC 9797-1 (with ANSI X9.9 and X9.19), CMAC and HMAC.

Codes are given whole; where 4 bytes are used, they are the left-most ones. Compare with `hmac.compare_digest`.
"""

import hmac as _hmac
from collections.abc import Callable

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from saklar.hsm_sim.crypto import aes, tdes
from saklar.hsm_sim.crypto.inputs import CryptoInputError, check_key, check_whole_blocks

ZERO_IV = bytes(tdes.BLOCK)

HASHES = ("sha1", "sha224", "sha256", "sha384", "sha512")


def _pad_not(data: bytes, block: int) -> bytes:
    check_whole_blocks(data, block)
    return data


def _pad_zeros(data: bytes, block: int) -> bytes:
    return data + bytes(-len(data) % block) if data else bytes(block)


def _pad_one_zeros(data: bytes, block: int) -> bytes:
    return data + b"\x80" + bytes(-(len(data) + 1) % block)


def _pad_length(data: bytes, block: int) -> bytes:
    return (8 * len(data)).to_bytes(block, "big") + _pad_zeros(data, block)


_PADDINGS: tuple[Callable[[bytes, int], bytes], ...] = (_pad_not, _pad_zeros, _pad_one_zeros, _pad_length)


def pad(data: bytes, method: int, block: int = tdes.BLOCK) -> bytes:
    """Data made whole blocks by a padding method of ISO/IEC 9797-1:2011 §6.3.

    Args:
        data: bytes, of any number.
        method: 0 adds nothing; 1 zeros, none if the data is whole blocks and not empty; 2 hexadecimal 80, then
            zeros; 3 zeros as 1, and a first block that holds the length of the data in bits.
        block: bytes of a block.

    Raises:
        CryptoInputError: there is no such method.
        DataLengthError: the method is 0 and the data is no whole number of blocks.

    Examples:
        >>> pad(b"hello", 1).hex(), pad(b"hello", 2).hex()
        ('68656c6c6f000000', '68656c6c6f800000')
        >>> pad(b"hello", 3).hex()
        '000000000000002868656c6c6f000000'
    """
    if method not in range(len(_PADDINGS)):
        raise CryptoInputError(f"padding method {method} is none of 0 to {len(_PADDINGS) - 1}")
    return _PADDINGS[method](data, block)


def algorithm_1(key: bytes, data: bytes, padding: int, iv: bytes = ZERO_IV) -> bytes:
    """MAC algorithm 1 of ISO/IEC 9797-1:2011 §7.2: the last block of a CBC encryption. 8 bytes.

    With a single key and padding 1 it is the MAC of ANSI X9.9.

    Args:
        key: 8, 16 or 24 bytes.
        data: bytes to authenticate.
        padding: as in `pad`.
        iv: 8 bytes, where earlier blocks of the message were chained.

    Raises:
        KeyLengthError: the key has another length.
        CryptoInputError: there is no such padding, or padding 0 of data that is no whole number of blocks.

    Examples:
        >>> key = bytes.fromhex("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBB")
        >>> algorithm_1(key, b"hello world", 2).hex()
        '32dc341271accd00'
    """
    return chain_1(key, pad(data, padding), iv)


def algorithm_3(key: bytes, data: bytes, padding: int, iv: bytes = ZERO_IV) -> bytes:
    """MAC algorithm 3 of ISO/IEC 9797-1:2011 §7.4, known as the retail MAC. 8 bytes.

    Single DES chains the blocks under the left key; the last result is decrypted under the second and encrypted
    under the left one again, or under the third key where there is one. With padding 1 it is ANSI X9.19.

    Args:
        key: 16 or 24 bytes.
        data: bytes to authenticate.
        padding: as in `pad`.
        iv: 8 bytes, where earlier blocks of the message were chained.

    Raises:
        KeyLengthError: the key has another length.
        CryptoInputError: there is no such padding, or padding 0 of data that is no whole number of blocks.

    Examples:
        >>> key = bytes.fromhex("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBB")
        >>> algorithm_3(key, b"hello world", 2).hex()
        '2bc2d9ede0cf31f6'
    """
    last = chain_3(key, pad(data, padding), iv)
    third = key[16:] or key[:8]
    return tdes.encrypt(third, tdes.decrypt(key[8:16], last))


def ansi_x9_19(key: bytes, data: bytes, iv: bytes = ZERO_IV) -> bytes:
    """The MAC of ANSI X9.19 under a key of 16 bytes: `algorithm_3` with padding 1. 8 bytes, of which 4 are used.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the IV is no block.

    Examples:
        >>> key = bytes.fromhex("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBB")
        >>> ansi_x9_19(key, b"hello world").hex()
        '78da3d3deb48fd4d'
    """
    check_key(key, (16,))
    return algorithm_3(key, data, 1, iv)


def chain_1(key: bytes, data: bytes, iv: bytes = ZERO_IV) -> bytes:
    """The IV, 8 bytes, for what follows these whole blocks in `algorithm_1`.

    Raises:
        KeyLengthError: the key has none of 8, 16 or 24 bytes.
        DataLengthError: the data is no whole number of blocks, or the IV none.

    Examples:
        >>> key = bytes.fromhex("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBB")
        >>> first = chain_1(key, b"hello wo")
        >>> algorithm_1(key, b"rld", 2, first).hex()
        '32dc341271accd00'
    """
    return (iv + tdes.encrypt_cbc(key, iv, data))[-tdes.BLOCK :]


def chain_3(key: bytes, data: bytes, iv: bytes = ZERO_IV) -> bytes:
    """The IV, 8 bytes, for what follows these whole blocks in `algorithm_3`: only the left key is used.

    Raises:
        KeyLengthError: the key has neither 16 nor 24 bytes.
        DataLengthError: the data is no whole number of blocks, or the IV none.

    Examples:
        >>> key = bytes.fromhex("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBB")
        >>> first = chain_3(key, b"hello wo")
        >>> algorithm_3(key, b"rld", 2, first).hex()
        '2bc2d9ede0cf31f6'
    """
    check_key(key, (16, 24))
    return chain_1(key[:8], data, iv)


def tdes_cmac(key: bytes, data: bytes) -> bytes:
    """CMAC with triple DES (NIST SP 800-38B, ISO/IEC 9797-1 algorithm 5) under 8, 16 or 24 bytes of key. 8 bytes.

    Raises:
        KeyLengthError: the key has another length.

    Examples:
        >>> key = bytes.fromhex("8AA83BF8CBDA10620BC1BF19FBB6CD58BC313D4A371CA8B5")
        >>> tdes_cmac(key, bytes.fromhex("6BC1BEE22E409F96")).hex()
        '8e8f293136283797'
    """
    code = CMAC(TripleDES(tdes.expanded(key)))
    code.update(data)
    return code.finalize()


def aes_cmac(key: bytes, data: bytes) -> bytes:
    """CMAC with AES (NIST SP 800-38B, RFC 4493) under a key of 16, 24 or 32 bytes. 16 bytes.

    Raises:
        KeyLengthError: the key has another length.

    Examples:
        >>> key = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
        >>> aes_cmac(key, bytes.fromhex("6BC1BEE22E409F96E93D7E117393172A")).hex()
        '070a16b46b4d4144f79bdd9dd04a287c'
    """
    check_key(key, aes.KEY_LENGTHS)
    code = CMAC(AES(key))
    code.update(data)
    return code.finalize()


def hmac(key: bytes, data: bytes, hash_name: str = "sha256") -> bytes:
    """HMAC (FIPS 198-1, RFC 2104), as long as the hash.

    Args:
        key: bytes, at least one.
        data: bytes to authenticate.
        hash_name: one of `HASHES`.

    Raises:
        KeyLengthError: the key is empty.
        CryptoInputError: the hash is none of them.

    Examples:
        >>> hmac(b"Jefe", b"what do ya want for nothing?").hex()
        '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
    """
    if hash_name not in HASHES:
        raise CryptoInputError(f"the hash is none of {', '.join(HASHES)}")
    check_key(key, range(1, 1 << 16))
    return _hmac.digest(key, data, hash_name)
