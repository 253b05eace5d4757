"""Decimalisation tables in requests: in the clear, or under the LMK, as the security settings say.

Under the LMK they are encrypted under pair 24-25, with triple DES in one block: saklar's own way, as that of real units
is not public.
"""

from __future__ import annotations

from saklar.hsm_sim.command import Unit
from saklar.hsm_sim.crypto import decimalisation, tdes
from saklar.hsm_sim.crypto.inputs import CryptoInputError
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.keys.lmk import Lmk
from saklar.hsm_sim.layout import hexadecimal

TABLE = hexadecimal("decimalisation_table", 16, "decimalisation table, in the clear or under the LMK")

_PAIR = 12
"""Index of LMK pair 24-25."""


def table_of(unit: Unit, text: str) -> str:
    """The table of a request, 16 decimal digits.

    Raises:
        HsmError: it is none, or one that gives PINs away.
    """
    table = decrypt_table(unit.lmk, text) if unit.security.encrypted_decimalisation_tables else text
    if unit.security.weak_decimalisation_tables and table.isdecimal():
        return table
    try:
        decimalisation.check_table(table)
    except CryptoInputError as error:
        raise HsmError(ErrorCode.DECIMALISATION_TABLE, str(error)) from None
    return table


def encrypt_table(lmk: Lmk, table: str) -> str:
    """A table of 16 digits under the LMK, 16 hex digits."""
    return tdes.encrypt(lmk.pair(_PAIR), bytes.fromhex(table)).hex().upper()


def decrypt_table(lmk: Lmk, text: str) -> str:
    """The table; of what is none under this LMK, something that is no table either."""
    return tdes.decrypt(lmk.pair(_PAIR), bytes.fromhex(text)).hex().upper()
