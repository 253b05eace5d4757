"""Key blocks under the LMK or a ZMK: payShield's own (scheme S) and TR-31's (scheme R), and what they allow."""

import dataclasses
import secrets

from saklar.hsm_sim.crypto import aes, tdes, tr31
from saklar.hsm_sim.crypto.inputs import CryptoInputError
from saklar.hsm_sim.crypto.tr31_header import Header, HeaderError, Tr31Error
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.keys import key_types
from saklar.hsm_sim.keys.clear_key import AES, TDES, ClearKey, Use
from saklar.hsm_sim.keys.key_types import KeyType
from saklar.hsm_sim.keys.lmk import AES_BLOCK, TDES_BLOCK

LMK_BLOCK, TR31_BLOCK = "S", "R"
"""Schemes of key blocks: payShield's own, TR-31."""

SCHEMES = (LMK_BLOCK, TR31_BLOCK)

_VERSIONS = {
    (LMK_BLOCK, TDES): TDES_BLOCK,
    (LMK_BLOCK, AES): AES_BLOCK,
    (TR31_BLOCK, TDES): "BAC",
    (TR31_BLOCK, AES): "D",
}
"""By the scheme and the algorithm of the key that protects; the first is for new ones."""

_NO_CONTEXT = "00"

_DES_LETTERS = ("D", TDES)


HEADER_ERRORS = {
    "length": ErrorCode.KEY_BLOCK_LENGTH,
    "usage": ErrorCode.KEY_BLOCK_USAGE,
    "algorithm": ErrorCode.KEY_BLOCK_ALGORITHM,
    "mode": ErrorCode.KEY_BLOCK_MODE,
    "version": ErrorCode.KEY_BLOCK_VERSION,
    "key_version": ErrorCode.KEY_BLOCK_VERSION,
    "exportability": ErrorCode.KEY_BLOCK_EXPORT,
    "optional": ErrorCode.KEY_BLOCK_OPTIONAL,
    "reserved": ErrorCode.KEY_BLOCK_FORMAT,
}
"""Error codes by the part of a header that is not what it may be."""


def open_block(under: ClearKey, text: str) -> ClearKey:
    """The key in a key block, scheme letter first.

    Raises:
        HsmError: the block is of another scheme or version, damaged, under another key, or its key is no symmetric one.
    """
    scheme, block = text[:1].upper(), text[1:]
    if scheme not in SCHEMES:
        raise HsmError(ErrorCode.LMK_SCHEME, "a key block is expected")
    _checked_version(under, scheme, block[:1])
    try:
        header, clear = tr31.unwrap(under.data, block)
    except HeaderError as error:
        raise HsmError(HEADER_ERRORS[error.part], str(error)) from None
    except tr31.AuthenticationError as error:
        raise HsmError(ErrorCode.KEY_BLOCK_AUTHENTICATION, str(error)) from None
    except (Tr31Error, CryptoInputError) as error:
        raise HsmError(ErrorCode.KEY_BLOCK_FORMAT, str(error)) from None
    return _symmetric(header, clear)


def make_block(
    under: ClearKey, scheme: str, key: ClearKey, header: Header, version: str | None = None, context: str = _NO_CONTEXT
) -> str:
    """A key block, scheme letter first.

    Args:
        under: the key that protects it.
        scheme: S or R.
        key: the key.
        header: what to say of it; its version and its reserved field are not looked at.
        version: of the block; the usual one if left out.
        context: for the reserved field: the identifier of the LMK.

    Raises:
        HsmError: the version does not suit the protecting key, or the block would be too long.
    """
    chosen = _checked_version(under, scheme, version)
    try:
        usage = header.usage if scheme == LMK_BLOCK else key_types.TR31_USAGES.get(header.usage, header.usage)
        found = dataclasses.replace(header, version=chosen, usage=usage, reserved=context)
        return scheme + tr31.wrap(under.data, found, key.data, secrets.token_bytes)
    except (Tr31Error, CryptoInputError) as error:
        raise HsmError(ErrorCode.KEY_BLOCK_FORMAT, str(error)) from None


def usual_header(kind: KeyType, key: ClearKey) -> Header:
    """What a key block says of a new key of this kind, if nobody says otherwise."""
    algorithm = "D" if (key.algorithm, len(key.data)) == (TDES, tdes.BLOCK) else key.algorithm
    return Header(TDES_BLOCK, kind.usages[0], algorithm, kind.mode, exportability="E")


def check_allowed(key: ClearKey, key_type: str | KeyType, use: Use, algorithms: str) -> None:
    """Whether the key block that the key came in says that it may be used so.

    Raises:
        HsmError: it says otherwise.
    """
    assert key.header is not None
    usages = key_type.usages if isinstance(key_type, KeyType) else key_types.USAGES.get(key_type)
    if usages is None and key_type != key_types.ANY:
        raise HsmError(ErrorCode.KEY_TYPE_CODE, f"key type {key_type} is unknown")
    if usages is not None and key.header.usage not in usages:
        name = key_types.name_of(key_type)
        raise HsmError(ErrorCode.KEY_BLOCK_USAGE, f"a key of usage {key.header.usage} is no {name}")
    if key.algorithm not in algorithms:
        raise HsmError(ErrorCode.KEY_BLOCK_ALGORITHM, f"a key of algorithm {key.algorithm} cannot be used here")
    if use.value and key.header.mode not in use.value:
        raise HsmError(ErrorCode.KEY_BLOCK_MODE, f"a key of mode {key.header.mode} may not {use.name.lower()}")


def check_exportable(key: ClearKey, *, in_block: bool) -> None:
    """Whether the key may leave from under the LMK.

    Raises:
        HsmError: the key block that it came in says otherwise.
    """
    allowed = "ES" if in_block else "S"
    if key.header is not None and key.header.exportability not in allowed:
        raise HsmError(
            ErrorCode.KEY_BLOCK_EXPORT, f"a key of exportability {key.header.exportability} may not leave so"
        )


def _checked_version(under: ClearKey, scheme: str, version: str | None) -> str:
    versions = _VERSIONS[scheme, under.algorithm]
    if version is None:
        return versions[0]
    if version not in tuple(versions):
        raise HsmError(ErrorCode.KEY_BLOCK_VERSION, f"the version of the key block is one of {', '.join(versions)}")
    return version


def _symmetric(header: Header, clear: bytes) -> ClearKey:
    algorithm = TDES if header.algorithm in _DES_LETTERS else header.algorithm
    lengths = {TDES: tdes.KEY_LENGTHS, AES: aes.KEY_LENGTHS}.get(algorithm)
    if lengths is None:
        raise HsmError(ErrorCode.KEY_BLOCK_ALGORITHM, f"algorithm {header.algorithm} is not of a symmetric key")
    if len(clear) not in lengths:
        raise HsmError(ErrorCode.KEY_BLOCK_FORMAT, "the key has a length that its algorithm does not have")
    return ClearKey(clear, algorithm, header)
