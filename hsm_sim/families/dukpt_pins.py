"""What the commands have in common that verify PINs from under DUKPT keys (triple DES)."""

from __future__ import annotations

import re

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Unit
from saklar.hsm_sim.crypto import dukpt_tdes
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.families import pins
from saklar.hsm_sim.families.dukpt import ksn_bytes
from saklar.hsm_sim.keys.clear_key import Use
from saklar.hsm_sim.keys.key_types import BDK, BDK_2
from saklar.hsm_sim.layout import Field, Maybe, Values, digits

ONLY_PIN = "0"

BDK_1 = "*"
BDKS = {BDK_1: BDK, "~": BDK_2}
"""Kinds of BDKs by the character that may stand before them."""

FLAG_PATTERN = re.compile("[*~]")
FLAG = Maybe(Field("bdk_flag", "1A", FLAG_PATTERN, "* for a BDK-1, as if left out; ~ for a BDK-2", shown=True))

MODE = digits("mode", 1, "0: verify the PIN alone", shown=True)
"""Other modes add a MAC; what they are called by is not public enough."""


def pin_key(unit: Unit, request: Values) -> keys.ClearKey:
    """The key of the transaction that the KSN tells, for PINs; raises HsmError."""
    kind = BDKS[request.get("bdk_flag", BDK_1)]
    return derived_pin_key(keys.decrypt_under_lmk(unit.lmk, kind, request["bdk"], use=Use.DERIVE), request)


def derived_pin_key(bdk: keys.ClearKey, request: Values, prefix: str = "") -> keys.ClearKey:
    """The key of the transaction that a KSN tells, for PINs.

    Raises:
        HsmError: the BDK is no pair.
    """
    if len(bdk.data) != keys.PAIR_BYTES:
        raise HsmError(ErrorCode.KEY_LENGTH_INCOMPATIBLE, "a BDK is a pair")
    return keys.ClearKey(dukpt_tdes.derive(bdk.data, ksn_bytes(request, prefix), dukpt_tdes.KeyUse.PIN))


def dukpt_pin(unit: Unit, request: Values, format_code: str) -> str:
    """The PIN of a request's block; raises HsmError."""
    return pins.decrypt_pin(pin_key(unit, request), request["pin_block"], format_code, request)


def check_mode(request: Values) -> None:
    """Raises HsmError for a mode with a MAC."""
    if request["mode"] != ONLY_PIN:
        raise HsmError(ErrorCode.MODE, "modes with a MAC are not supported")
