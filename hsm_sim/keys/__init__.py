"""Keys: what they are for, how they come from under an LMK or another key and go there, and the LMKs themselves."""

from saklar.hsm_sim.keys.clear_key import AES, PAIR_BYTES, TDES, ClearKey, Use, generate
from saklar.hsm_sim.keys.schemes import SCHEME_DIGITS, scheme_of
from saklar.hsm_sim.keys.wrapping import (
    SYMMETRIC,
    checked,
    corrected,
    decrypt_under_key,
    decrypt_under_lmk,
    encrypt_under_key,
    encrypt_under_lmk,
    scheme_under,
    usual_scheme,
)

__all__ = [
    "AES",
    "PAIR_BYTES",
    "SCHEME_DIGITS",
    "SYMMETRIC",
    "TDES",
    "ClearKey",
    "Use",
    "checked",
    "corrected",
    "decrypt_under_key",
    "decrypt_under_lmk",
    "encrypt_under_key",
    "encrypt_under_lmk",
    "generate",
    "scheme_of",
    "scheme_under",
    "usual_scheme",
]
