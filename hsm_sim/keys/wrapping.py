"""How keys come from under the LMK or another key, and go there."""

from dataclasses import replace
from functools import lru_cache

from saklar.hsm_sim.crypto import tdes
from saklar.hsm_sim.crypto.tr31_header import Header
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.keys import key_blocks, key_types, schemes
from saklar.hsm_sim.keys.clear_key import AES, TDES, ClearKey, Use
from saklar.hsm_sim.keys.key_types import KeyType
from saklar.hsm_sim.keys.lmk import TDES_BLOCK, KeyBlockLmk, Lmk, VariantLmk
from saklar.hsm_sim.keys.schemes import scheme_of

SYMMETRIC = TDES + AES
"""Algorithms, for commands that take keys of each."""

_PAIR_OF_CODE = {"00": 2, "01": 3} | {f"{code:02X}": code + 5 for code in range(2, 15)}
"""Index of the LMK pair by pair code: 00 is 04-05, 01 is 06-07, 02 is 14-15 and so on to 0E, 38-39."""

_VARIANTS = (0x00, 0xA6, 0x5A, 0x6A, 0xDE, 0x2B, 0x50, 0x74, 0x9C, 0xFA)
"""XORed into the first byte of the LMK pair, by the variant digit of the key type."""


def checked(key: ClearKey, error: ErrorCode) -> ClearKey:
    """The key, if it is none of DES or its parity is odd; raises HsmError otherwise."""
    if key.algorithm == TDES and not tdes.has_odd_parity(key.data):
        raise HsmError(error, "even parity")
    return key


def corrected(key: ClearKey) -> ClearKey:
    """The key with odd parity, if it is one of DES."""
    return replace(key, data=tdes.with_odd_parity(key.data)) if key.algorithm == TDES else key


def decrypt_under_lmk(
    lmk: Lmk,
    key_type: str | KeyType,
    encrypted: str,
    *,
    parity_error: ErrorCode = ErrorCode.SOURCE_KEY_PARITY,
    use: Use = Use.ANY,
    algorithms: str = TDES,
) -> ClearKey:
    """The key that is under the LMK as one of this type.

    Args:
        lmk: the LMK.
        key_type: what the key must be: a kind, or a code that a request has.
        encrypted: a key block of scheme S under a key-block LMK; under a variant LMK hex digits after an optional
            scheme, of which 32 without a scheme are a pair of single keys.
        parity_error: what to answer when the result is no key.
        use: what is to be done with it.
        algorithms: what it may be of: `TDES`, `AES` or both joined.

    Raises:
        HsmError: the key type or the scheme is unknown, a byte of the result has even parity, or the key block is of
            another LMK, damaged, or for something else.
    """
    return _decrypted(lmk, key_type, encrypted, parity_error, use, algorithms)


# A host sends the same few keys again and again. Kept, they make a PIN translation half as long (docs/performance.md);
# the kept are as clear as everything that a command works with, and their number is bounded.
@lru_cache(maxsize=1024)
def _decrypted(
    lmk: Lmk, key_type: str | KeyType, encrypted: str, parity_error: ErrorCode, use: Use, algorithms: str
) -> ClearKey:
    if isinstance(lmk, KeyBlockLmk):
        return _of_lmk_block(lmk, key_type, encrypted, use, algorithms)
    if scheme_of(encrypted) in key_blocks.SCHEMES:
        raise HsmError(ErrorCode.LMK_SCHEME, "a key block, and the LMK is a variant one")
    if not schemes.is_wrapped(encrypted):
        raise HsmError(ErrorCode.KEY_SCHEME, "not a key of scheme Z, U, X, T or Y")
    return checked(ClearKey(schemes.unwrap(_wrapping_key(lmk, key_type), encrypted)), parity_error)


def encrypt_under_lmk(
    lmk: Lmk, key_type: str | KeyType, key: ClearKey, scheme: str, attributes: Header | None = None
) -> str:
    """The key under the LMK as one of this type, scheme letter (but Z) first.

    Args:
        lmk: the LMK.
        key_type: what the key is.
        key: the key.
        scheme: S for a key-block LMK; Z, U, X, T or Y for a variant one.
        attributes: what its key block shall say; if left out, what the one that it came in said, or else what is usual
            for the type.

    Raises:
        HsmError: the key type is unknown, or the scheme does not suit the LMK or the key's length.
    """
    if isinstance(lmk, KeyBlockLmk):
        if scheme != key_blocks.LMK_BLOCK:
            raise HsmError(ErrorCode.LMK_SCHEME, "under a key-block LMK keys are of scheme S")
        header = attributes or _header(key_type, key)
        return key_blocks.make_block(_of(lmk), scheme, key, header, context=lmk.identifier)
    if key.algorithm != TDES:
        raise HsmError(ErrorCode.KEY_LENGTH_INCOMPATIBLE, "an AES key cannot be under a variant LMK")
    return schemes.wrap(_wrapping_key(lmk, key_type), key.data, scheme)


def decrypt_under_key(under: ClearKey, key_type: str | KeyType, encrypted: str) -> ClearKey:
    """A key that comes under a ZMK or the like. Of an old scheme, its parity is not looked at.

    Raises:
        HsmError: the key block is damaged, under another key, or for something else than the type.
    """
    if scheme_of(encrypted) in key_blocks.SCHEMES:
        key = key_blocks.open_block(under, encrypted)
        key_blocks.check_allowed(key, key_type, Use.ANY, TDES + AES)
        return key
    if under.algorithm != TDES:
        raise HsmError(ErrorCode.KEY_SCHEME, "under an AES key only key blocks come")
    return ClearKey(schemes.unwrap(under.data, encrypted))


def encrypt_under_key(
    under: ClearKey,
    key_type: str | KeyType,
    key: ClearKey,
    scheme: str,
    attributes: Header | None = None,
    version: str | None = None,
) -> str:
    """A key under a ZMK or the like; arguments as of `encrypt_under_lmk`.

    Args:
        under: the key that it goes under.
        key_type: what the key is.
        key: the key.
        scheme: Z, U, X, T or Y; R for a TR-31 key block, S for payShield's own.
        attributes: what a key block shall say.
        version: of a TR-31 key block: A, B or C under triple DES, D under AES.

    Raises:
        HsmError: the scheme or version does not suit the keys, or the key may not leave so.
    """
    in_block = scheme in key_blocks.SCHEMES
    key_blocks.check_exportable(key, in_block=in_block)
    if in_block:
        return key_blocks.make_block(under, scheme, key, attributes or _header(key_type, key), version)
    if AES in (under.algorithm, key.algorithm):
        raise HsmError(ErrorCode.KEY_SCHEME, "an AES key goes in a key block, and only key blocks go under one")
    return schemes.wrap(under.data, key.data, scheme)


def usual_scheme(lmk: Lmk, key: ClearKey) -> str:
    """The scheme for a key under the LMK, where nobody asks for another: S, or by the key's length Z, U or T.

    Raises:
        HsmError: the key is too long for a variant LMK.
    """
    if isinstance(lmk, KeyBlockLmk):
        return key_blocks.LMK_BLOCK
    if len(key.data) not in schemes.BY_BYTES:
        raise HsmError(ErrorCode.KEY_LENGTH_INCOMPATIBLE, "an AES key cannot be under a variant LMK")
    return schemes.BY_BYTES[len(key.data)]


def scheme_under(lmk: Lmk, key: ClearKey, given: str) -> str:
    """The scheme for a key under the LMK, of one that came in as `given`: the same where it can be."""
    in_block = isinstance(lmk, KeyBlockLmk) or scheme_of(given) in key_blocks.SCHEMES
    return usual_scheme(lmk, key) if in_block else scheme_of(given)


def _header(key_type: str | KeyType, key: ClearKey) -> Header:
    """What the key block that it came in said, or else what is usual for the type."""
    return key.header or key_blocks.usual_header(key_types.kind_of(key_type), key)


def _of_lmk_block(lmk: KeyBlockLmk, key_type: str | KeyType, encrypted: str, use: Use, algorithms: str) -> ClearKey:
    if scheme_of(encrypted) != key_blocks.LMK_BLOCK:
        raise HsmError(ErrorCode.LMK_SCHEME, "under a key-block LMK keys are of scheme S")
    key = key_blocks.open_block(_of(lmk), encrypted)
    assert key.header is not None
    if key.header.reserved != lmk.identifier:
        raise HsmError(ErrorCode.LMK_MISMATCH, f"the key block is of LMK {key.header.reserved}")
    key_blocks.check_allowed(key, key_type, use, algorithms)
    return key


def _of(lmk: KeyBlockLmk) -> ClearKey:
    return ClearKey(lmk.key, TDES if lmk.version == TDES_BLOCK else AES)


def _wrapping_key(lmk: VariantLmk, key_type: str | KeyType) -> bytes:
    code = key_types.kind_of(key_type).code
    pair = lmk.pair(_PAIR_OF_CODE[code[1:]])
    return bytes([pair[0] ^ _VARIANTS[int(code[0])]]) + pair[1:]
