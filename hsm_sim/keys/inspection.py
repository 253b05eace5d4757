"""What a key says of itself, for people: its scheme and length, or what its key block's header says in words."""

from __future__ import annotations

from saklar.hsm_sim import keys
from saklar.hsm_sim.crypto import tr31_header
from saklar.hsm_sim.crypto.tr31_header import Header, HeaderError, OptionalBlock
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.keys import key_blocks, key_types, schemes
from saklar.hsm_sim.keys.clear_key import AES, TDES
from saklar.hsm_sim.keys.key_types import KeyType
from saklar.hsm_sim.keys.lmk import KeyBlockLmk, Lmk

_SCHEMES = {
    "Z": "single length, or pairs of single keys",
    "U": "double length, with variants",
    "T": "triple length, with variants",
    "X": "double length, ANSI X9.17",
    "Y": "triple length, ANSI X9.17",
}

_VERSIONS = {
    "0": "payShield's own, under triple DES",
    "1": "payShield's own, under AES",
    "A": "TR-31, triple DES variants",
    "B": "TR-31, triple DES derivation",
    "C": "TR-31, triple DES variants",
    "D": "TR-31, AES derivation",
}


def describe_key(text: str) -> dict[str, str]:
    """What a key that is under some other key says of itself.

    Args:
        text: the key with its scheme letter, or a key block with S or R before it.

    Raises:
        HsmError: it is none.
    """
    if keys.scheme_of(text) in key_blocks.SCHEMES:
        return _described_block(text)
    if not schemes.is_wrapped(text):
        raise HsmError(ErrorCode.KEY_SCHEME, "not a key: a scheme letter and 16, 32 or 48 hex digits, or a key block")
    scheme = keys.scheme_of(text)
    return {"scheme": f"{scheme}: {_SCHEMES[scheme]}", "bytes": str(len(text.lstrip("ZUXTYzuxty")) // 2)}


def candidates(lmk: Lmk, text: str) -> dict[str, str]:
    """What the key may be under this LMK, with its check value: under a variant LMK any type of good parity.

    Raises:
        HsmError: a key block is of another LMK, or damaged.
    """
    if isinstance(lmk, KeyBlockLmk):
        key = keys.decrypt_under_lmk(lmk, key_types.ANY, text, algorithms=TDES + AES)
        assert key.header is not None
        return {_meaning(key.header.usage): key.check_value[:6]}
    tried = {f"{code} {name}": _tried(lmk, code, text) for code, name in key_types.NAMES.items()}
    return {name: found.check_value[:6] for name, found in tried.items() if found is not None}


def _tried(lmk: Lmk, code: str, text: str) -> keys.ClearKey | None:
    try:
        return keys.decrypt_under_lmk(lmk, code, text)
    except HsmError:
        return None


def _described_block(text: str) -> dict[str, str]:
    try:
        header, _ = tr31_header.read(text[1:])
    except HeaderError as error:
        raise HsmError(key_blocks.HEADER_ERRORS[error.part], str(error)) from None
    return {"scheme": f"{text[0]}: key block", **describe_header(header)}


def describe_header(header: Header) -> dict[str, str]:
    """What the header of a key block says, in words."""
    described = {
        "version": f"{header.version}: {_VERSIONS[header.version]}",
        "usage": f"{header.usage}: {_meaning(header.usage)}",
        "algorithm": f"{header.algorithm}: {tr31_header.ALGORITHMS.get(header.algorithm, 'not known')}",
        "mode": f"{header.mode}: {tr31_header.MODES.get(header.mode, 'not known')}",
        "key version": header.key_version,
        "exportability": f"{header.exportability}: {tr31_header.EXPORTABILITIES[header.exportability]}",
        "LMK" if header.version in ("0", "1") else "reserved": header.reserved,
    }
    return described | _optional(header)


def _optional(header: Header) -> dict[str, str]:
    return {f"block {block.kind}": _words(block) for block in header.optional}


def _words(block: OptionalBlock) -> str:
    words = tr31_header.OPTIONAL_BLOCKS.get(block.kind)
    return f"{block.data} ({words})" if words else block.data


def _meaning(usage: str) -> str:
    own: list[KeyType] = [kind for kind in key_types.KEY_TYPES if usage in kind.usages]
    if usage in tr31_header.USAGES:
        return tr31_header.USAGES[usage]
    return ", ".join(dict.fromkeys(kind.name for kind in own)) or "not known"
