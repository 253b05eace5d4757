"""What a request may say of a key block that is to be made, behind the LMK's identifier: `#`, `&` and `!`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from saklar.hsm_sim.crypto import tdes
from saklar.hsm_sim.crypto.tr31_header import Header, HeaderError
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.keys.clear_key import AES, TDES, ClearKey
from saklar.hsm_sim.keys.key_blocks import HEADER_ERRORS
from saklar.hsm_sim.keys.lmk import TDES_BLOCK
from saklar.hsm_sim.layout import Field, Optional, Values, characters, digits

ALGORITHMS = {
    "D1": ("D", 8), "T1": (TDES, 8), "T2": (TDES, 16), "T3": (TDES, 24),
    "A1": (AES, 16), "A2": (AES, 24), "A3": (AES, 32),
}  # fmt: skip
"""Algorithm and length of a key to be made, by the two characters that requests have for them."""

ATTRIBUTES = Optional(
    "#",
    (
        characters("usage", 2, "key usage", shown=True),
        Field("algorithm", "2A", re.compile("|".join(ALGORITHMS)), "D1, T2, T3 triple DES; A1, A2, A3 AES", shown=True),
        characters("mode_of_use", 1, "mode of use", shown=True),
        characters("key_version", 2, "key version number", shown=True),
        characters("exportability", 1, "E, N or S", shown=True),
        digits("optional_blocks", 2, "00", shown=True),
    ),
)
"""Of a new key under a key-block LMK."""

EXPORT_ATTRIBUTES = Optional(
    "&",
    (
        characters("export_usage", 2, "key usage", shown=True),
        characters("export_mode_of_use", 1, "mode of use", shown=True),
        characters("export_key_version", 2, "key version number", shown=True),
        characters("export_exportability", 1, "E, N or S", shown=True),
        digits("export_optional_blocks", 2, "00", shown=True),
    ),
)
"""Of the key block that a key leaves in."""

BLOCK_VERSION = Optional("!", (characters("block_version", 1, "A, B, C or D", shown=True),))
"""Of a TR-31 key block to be made."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a request asks a new key to be: algorithm, length in bytes, and what its key block says."""

    algorithm: str
    length: int
    header: Header


def new_key(request: Values) -> NewKey:
    """What the request's `#` says.

    Raises:
        HsmError: it is missing, or says what cannot be.
    """
    if "usage" not in request:
        raise HsmError(ErrorCode.INVALID_INPUT, "usage: missing; a key-block LMK needs the attributes behind #")
    letter, length = ALGORITHMS[request["algorithm"]]
    return NewKey(AES if letter == AES else TDES, length, _header(request, "", letter))


def header_for_export(request: Values, key: ClearKey) -> Header | None:
    """What the request's `&` says of a key; None if it says nothing.

    Raises:
        HsmError: it says what cannot be.
    """
    if "export_usage" not in request:
        return None
    letter = "D" if (key.algorithm, len(key.data)) == (TDES, tdes.BLOCK) else key.algorithm
    return _header(request, "export_", letter)


def _header(request: Values, prefix: str, algorithm: str) -> Header:
    usage, mode, version, exportability, blocks = (
        request[prefix + name] for name in ("usage", "mode_of_use", "key_version", "exportability", "optional_blocks")
    )
    if blocks != "00":
        raise HsmError(ErrorCode.KEY_BLOCK_OPTIONAL, "optional blocks are not taken")
    try:
        return Header(TDES_BLOCK, usage, algorithm, mode, version, exportability)
    except HeaderError as error:
        raise HsmError(HEADER_ERRORS[error.part], str(error)) from None
