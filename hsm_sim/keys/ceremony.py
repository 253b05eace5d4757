"""How an LMK is made by several people, none of whom knows it: each brings a component, their sum is the secret."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import reduce

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from saklar.hsm_sim.crypto import kcv, tdes
from saklar.hsm_sim.keys.lmk import (
    AES_BLOCK,
    KEY_BYTES,
    PAIR_BYTES,
    PAIRS,
    TDES_BLOCK,
    KeyBlockLmk,
    Lmk,
    LmkError,
    VariantLmk,
)

COMPONENT_BYTES = 32
COMPONENT_DIGITS = 2 * COMPONENT_BYTES
CHECK_DIGITS = 6

KINDS = ("variant", "tdes-block", "aes-block")
"""Of LMKs that can be made."""


def new_component() -> bytes:
    """32 bytes of the system's random source."""
    return secrets.token_bytes(COMPONENT_BYTES)


def check_value(component: bytes) -> str:
    """Six hex digits by which a component is told from a mistyped one: its check value as an AES-256 key."""
    return kcv.aes_cmac(component).hex().upper()


def read_component(text: str) -> bytes:
    """A component as people type it: 64 hex digits, spaces and hyphens anywhere.

    Raises:
        LmkError: it is something else; its digits are not repeated.
    """
    digits = text.replace(" ", "").replace("-", "").strip()
    if len(digits) != COMPONENT_DIGITS:
        raise LmkError(f"a component has {COMPONENT_DIGITS} hex digits, not {len(digits)}")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise LmkError("a component is made of hex digits") from None


def form_lmk(kind: str, components: Sequence[bytes], source: str) -> Lmk:
    """The LMK of these components: their exclusive-or as it is, shortened, or expanded to pairs (HKDF, RFC 5869).

    Args:
        kind: one of `KINDS`.
        components: 32 bytes each, in any order.
        source: where the LMK will be, for people.

    Raises:
        LmkError: two components are the same, so that they cancel each other out.
    """
    if len(set(components)) != len(components):
        raise LmkError("two components are the same: they would cancel each other out")
    secret = reduce(lambda left, right: bytes(a ^ b for a, b in zip(left, right, strict=True)), components)
    if kind == "variant":
        return VariantLmk(tuple(_pair(secret, index) for index in range(PAIRS)), source)
    if kind == "tdes-block":
        return KeyBlockLmk(TDES_BLOCK, tdes.with_odd_parity(secret[: KEY_BYTES[TDES_BLOCK]]), source)
    return KeyBlockLmk(AES_BLOCK, secret, source)


def _pair(secret: bytes, index: int) -> bytes:
    info = f"saklar LMK pair {2 * index:02d}-{2 * index + 1:02d}".encode()
    return tdes.with_odd_parity(HKDFExpand(hashes.SHA256(), PAIR_BYTES, info).derive(secret))
