"""TR-31 key blocks: a key with a header, protected together (ASC X9 TR 31:2018, ANSI X9.143).

Versions A and C encrypt and authenticate under variants of the protection key, B and D under keys derived of it; the
cipher is triple DES in A, B and C, and AES in D. In B and D the code is also the IV, so that it depends on the key.

Versions 0 (triple DES) and 1 (AES) are payShield's own, for keys under its LMK: the same header, a code of 4 or 8
bytes. Their lengths here are those of real units; how real ones are protected is not public. Here the keys are derived
as in B and D, the header is the IV, and the code a CMAC of all that comes before it.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass

from saklar.hsm_sim.crypto import aes, mac, tdes, tr31_header
from saklar.hsm_sim.crypto.inputs import check_key
from saklar.hsm_sim.crypto.tr31_header import Header, Tr31Error

Filler = Callable[[int], bytes]
"""Makes that many random bytes."""

MAX_KEY = 0xFFFF // 8


class AuthenticationError(Tr31Error):
    """The code is not that of the block: another protection key, or a block that was changed."""


class KeyDataError(Tr31Error):
    """What the block protects is no key, or the key cannot be in a block."""


@dataclass(frozen=True, slots=True)
class _Keys:
    encryption: bytes
    authentication: bytes


_Protect = Callable[[_Keys, bytes, bytes], tuple[bytes, bytes]]
_Open = Callable[[_Keys, bytes, bytes, bytes], tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class _Version:
    key_lengths: tuple[int, ...]
    code: int
    """Bytes."""
    keys: Callable[[bytes], _Keys]
    protect: _Protect
    """Keys, header and key data to encrypted data and code."""
    open: _Open
    """Keys, header, encrypted data and the code found to key data and the code expected."""


def wrap(protection_key: bytes, header: Header, key: bytes, filler: Filler, hidden_in: int = 0) -> str:
    """A key block.

    Args:
        protection_key: 16 or 24 bytes; for versions D and 1 16, 24 or 32.
        header: what to say of the key.
        key: bytes.
        filler: makes the random bytes that fill the key data up.
        hidden_in: bytes of the longest key that this one shall not be told from by its length; 0 if that is no secret.

    Raises:
        KeyLengthError: the protection key has another length.
        KeyDataError: the key is empty, or too long for a block.
        HeaderError: the optional blocks, or all of it, are too long.

    Examples:
        >>> import secrets
        >>> header = Header("D", usage="P0", algorithm="A", mode="E")
        >>> block = wrap(bytes(range(16)), header, bytes(16), secrets.token_bytes)
        >>> block[:16]
        'D0112P0AE00N0000'
        >>> unwrap(bytes(range(16)), block)[1] == bytes(16)
        True
    """
    version = _VERSIONS[header.version]
    check_key(protection_key, version.key_lengths, "the protection key")
    if not 0 < len(key) <= MAX_KEY:
        raise KeyDataError(f"a block holds keys of 1 to {MAX_KEY} bytes")
    data = (8 * len(key)).to_bytes(2, "big") + key
    size = tr31_header.BLOCK_SIZES[header.version]
    length = max(len(data), 2 + hidden_in)
    length += -length % size
    data += filler(length - len(data))
    text = tr31_header.write(header, 2 * (len(data) + version.code))
    encrypted, code = version.protect(version.keys(protection_key), text.encode(), data)
    return text + (encrypted + code).hex().upper()


def unwrap(protection_key: bytes, block: str) -> tuple[Header, bytes]:
    """The header and the key of a key block. The code is compared in constant time.

    Args:
        protection_key: 16 or 24 bytes; for versions D and 1 16, 24 or 32.
        block: the whole key block.

    Raises:
        HeaderError: the header cannot be read.
        KeyLengthError: the protection key has another length.
        AuthenticationError: the block is not authentic under this protection key.
        KeyDataError: encrypted data or code are not hexadecimal or too short, or what they hold is no key.

    Examples:
        >>> protection_key = bytes.fromhex("DD7515F2BFC17F85CE48F3CA25CB21F6")
        >>> header, key = unwrap(
        ...     protection_key,
        ...     "B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E",
        ... )
        >>> header.usage, key.hex()
        ('P0', '3f419e1cb7079442aa37474c2efbf8b8')
    """
    header, end = tr31_header.read(block)
    version = _VERSIONS[header.version]
    check_key(protection_key, version.key_lengths, "the protection key")
    encrypted, found = _parts(block[end:], version, tr31_header.BLOCK_SIZES[header.version])
    data, expected = version.open(version.keys(protection_key), block[:end].encode(), encrypted, found)
    if not hmac.compare_digest(expected, found):
        raise AuthenticationError("the key block is not authentic under this protection key")
    return header, _key(data)


def _parts(text: str, version: _Version, size: int) -> tuple[bytes, bytes]:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        raise KeyDataError("the protected part is not hexadecimal") from None
    encrypted, code = data[: -version.code], data[-version.code :]
    if 2 * len(data) != len(text) or not encrypted or len(encrypted) % size:
        raise KeyDataError("the protected part is no whole number of blocks and a code")
    return encrypted, code


def _key(data: bytes) -> bytes:
    length, rest = divmod(int.from_bytes(data[:2], "big"), 8)
    if rest or not 0 < length <= len(data) - 2:
        raise KeyDataError("the key data has a length that cannot be")
    return data[2 : 2 + length]


def _variants(protection_key: bytes) -> _Keys:
    """E and M, for encryption and MAC, exclusive-ored into each byte."""
    return _Keys(*(bytes(byte ^ ord(letter) for byte in protection_key) for letter in "EM"))


_ENCRYPTION, _AUTHENTICATION = b"\x00\x00", b"\x00\x01"

_DERIVED_TDES = {16: b"\x00\x00", 24: b"\x00\x01"}
_DERIVED_AES = {16: b"\x00\x02", 24: b"\x00\x03", 32: b"\x00\x04"}


def _derived(cmac: Callable[[bytes, bytes], bytes], size: int, algorithm: bytes, protection_key: bytes) -> _Keys:
    """CMACs of a count, the use, a zero, the algorithm and the length in bits, as many as the keys need."""
    length = len(protection_key)
    end = b"\x00" + algorithm + (8 * length).to_bytes(2, "big")
    counts = range(1, -(-length // size) + 1)

    def derive(use: bytes) -> bytes:
        return b"".join(cmac(protection_key, bytes([count]) + use + end) for count in counts)[:length]

    return _Keys(derive(_ENCRYPTION), derive(_AUTHENTICATION))


def _derived_tdes(protection_key: bytes) -> _Keys:
    return _derived(mac.tdes_cmac, tdes.BLOCK, _DERIVED_TDES[len(protection_key)], protection_key)


def _derived_aes(protection_key: bytes) -> _Keys:
    return _derived(mac.aes_cmac, aes.BLOCK, _DERIVED_AES[len(protection_key)], protection_key)


_CODE_A = 4


def _protect_a(keys: _Keys, header: bytes, data: bytes) -> tuple[bytes, bytes]:
    encrypted = tdes.encrypt_cbc(keys.encryption, header[:8], data)
    return encrypted, mac.chain_1(keys.authentication, header + encrypted)[:_CODE_A]


def _open_a(keys: _Keys, header: bytes, encrypted: bytes, _found: bytes) -> tuple[bytes, bytes]:
    data = tdes.decrypt_cbc(keys.encryption, header[:8], encrypted)
    return data, mac.chain_1(keys.authentication, header + encrypted)[:_CODE_A]


def _protect_b(keys: _Keys, header: bytes, data: bytes) -> tuple[bytes, bytes]:
    code = mac.tdes_cmac(keys.authentication, header + data)
    return tdes.encrypt_cbc(keys.encryption, code, data), code


def _open_b(keys: _Keys, header: bytes, encrypted: bytes, found: bytes) -> tuple[bytes, bytes]:
    data = tdes.decrypt_cbc(keys.encryption, found, encrypted)
    return data, mac.tdes_cmac(keys.authentication, header + data)


def _protect_d(keys: _Keys, header: bytes, data: bytes) -> tuple[bytes, bytes]:
    code = mac.aes_cmac(keys.authentication, header + data)
    return aes.encrypt_cbc(keys.encryption, code, data), code


def _open_d(keys: _Keys, header: bytes, encrypted: bytes, found: bytes) -> tuple[bytes, bytes]:
    data = aes.decrypt_cbc(keys.encryption, found, encrypted)
    return data, mac.aes_cmac(keys.authentication, header + data)


def _chained(
    encrypt: Callable[[bytes, bytes, bytes], bytes],
    decrypt: Callable[[bytes, bytes, bytes], bytes],
    cmac: Callable[[bytes, bytes], bytes],
    size: int,
    length: int,
) -> tuple[_Protect, _Open]:
    """The functions of a version whose IV is the header's first block, and whose code of so many bytes comes last."""

    def protect(keys: _Keys, header: bytes, data: bytes) -> tuple[bytes, bytes]:
        encrypted = encrypt(keys.encryption, header[:size], data)
        return encrypted, cmac(keys.authentication, header + encrypted)[:length]

    def open_(keys: _Keys, header: bytes, encrypted: bytes, _found: bytes) -> tuple[bytes, bytes]:
        data = decrypt(keys.encryption, header[:size], encrypted)
        return data, cmac(keys.authentication, header + encrypted)[:length]

    return protect, open_


_CODE_0, _CODE_1 = 4, 8

_PROTECT_0 = _chained(tdes.encrypt_cbc, tdes.decrypt_cbc, mac.tdes_cmac, tdes.BLOCK, _CODE_0)
_PROTECT_1 = _chained(aes.encrypt_cbc, aes.decrypt_cbc, mac.aes_cmac, aes.BLOCK, _CODE_1)

_VERSION_A = _Version((16, 24), _CODE_A, _variants, _protect_a, _open_a)

_VERSIONS = {
    "A": _VERSION_A,
    "B": _Version((16, 24), tdes.BLOCK, _derived_tdes, _protect_b, _open_b),
    "C": _VERSION_A,
    "D": _Version(aes.KEY_LENGTHS, aes.BLOCK, _derived_aes, _protect_d, _open_d),
    "0": _Version((16, 24), _CODE_0, _derived_tdes, *_PROTECT_0),
    "1": _Version(aes.KEY_LENGTHS, _CODE_1, _derived_aes, *_PROTECT_1),
}
