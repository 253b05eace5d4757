"""The keys of a terminal's transaction, by either of the two DUKPTs: the length of the KSN says which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from saklar.cli.options import any_key_option, hex_option, note_parity, refusing
from saklar.cli.service import fail
from saklar.hsm_sim.crypto import aes, dukpt_aes, dukpt_tdes, pin_block_aes, tdes
from saklar.hsm_sim.crypto.dukpt_aes import KeyType, KeyUsage
from saklar.hsm_sim.crypto.dukpt_tdes import KeyUse


class Use(StrEnum):
    """What a transaction's key is for, seen from the terminal."""

    PIN = "pin"
    MAC_REQUEST = "mac-request"
    MAC_RESPONSE = "mac-response"
    DATA_REQUEST = "data-request"
    DATA_RESPONSE = "data-response"
    MAC_BOTH_WAYS = "mac-both-ways"
    DATA_BOTH_WAYS = "data-both-ways"
    KEY_ENCRYPTION = "key-encryption"


_TDES_USES = {
    Use.PIN: KeyUse.PIN,
    Use.MAC_REQUEST: KeyUse.MAC_REQUEST,
    Use.MAC_RESPONSE: KeyUse.MAC_RESPONSE,
    Use.DATA_REQUEST: KeyUse.DATA_REQUEST,
    Use.DATA_RESPONSE: KeyUse.DATA_RESPONSE,
}

_AES_USES = {
    Use.PIN: KeyUsage.PIN_ENCRYPTION,
    Use.MAC_REQUEST: KeyUsage.MAC_GENERATION,
    Use.MAC_RESPONSE: KeyUsage.MAC_VERIFICATION,
    Use.DATA_REQUEST: KeyUsage.DATA_ENCRYPT,
    Use.DATA_RESPONSE: KeyUsage.DATA_DECRYPT,
    Use.MAC_BOTH_WAYS: KeyUsage.MAC_BOTH_WAYS,
    Use.DATA_BOTH_WAYS: KeyUsage.DATA_BOTH_WAYS,
    Use.KEY_ENCRYPTION: KeyUsage.KEY_ENCRYPTION,
}

AES_TYPES = {type_.name.lower().replace("_", "-"): type_ for type_ in KeyType}
"""Of keys that AES DUKPT derives, by their names here."""

_USUAL_TYPES = {16: KeyType.AES_128, 24: KeyType.AES_192, 32: KeyType.AES_256}

BaseKeyOption = Annotated[bytes | None, any_key_option("--bdk", "Base derivation key.")]
InitialKeyOption = Annotated[bytes | None, any_key_option("--ik", "In its place the terminal's initial key.")]
KsnOption = Annotated[
    bytes, hex_option("--ksn", "Key serial number: 8 to 10 bytes for triple DES, 12 for AES.", (8, 9, 10, 12))
]
KeyTypeOption = Annotated[
    str | None,
    typer.Option(
        help=f"For AES, the derived key: {', '.join(AES_TYPES)}; else as long as the BDK.", show_default=False
    ),
]


@dataclass(frozen=True, slots=True)
class Transaction:
    """A terminal's transaction, with what its keys are derived of."""

    ksn: bytes
    initial_key: bytes
    key: bytes
    key_type: KeyType | None
    """Of the keys that are derived by AES; None for triple DES."""

    def uses(self) -> list[Use]:
        """Those that there are keys for."""
        return list(_TDES_USES if self.key_type is None else _AES_USES)

    def working_key(self, use: Use) -> bytes:
        """The key for a use, which is one of `uses`; raises ValueError."""
        if self.key_type is None:
            return dukpt_tdes.working_key(self.key, _TDES_USES[use])
        return dukpt_aes.working_key(self.key, self.ksn, _AES_USES[use], self.key_type)

    def encrypt(self, use: Use, data: bytes, pan: str) -> bytes:
        """Data in whole blocks, chained, or a PIN block; for AES that is the PIN field, and tied to the PAN."""
        key = self.working_key(use)
        if self.key_type is None:
            return tdes.encrypt_cbc(key, bytes(tdes.BLOCK), data)
        if use is Use.PIN:
            return pin_block_aes.encipher_field(key, data, pan)
        return aes.encrypt_cbc(key, bytes(aes.BLOCK), data)

    def decrypt(self, use: Use, data: bytes, pan: str) -> bytes:
        """The inverse of `encrypt`."""
        key = self.working_key(use)
        if self.key_type is None:
            return tdes.decrypt_cbc(key, bytes(tdes.BLOCK), data)
        if use is Use.PIN:
            return pin_block_aes.decipher_field(key, data, pan)
        return aes.decrypt_cbc(key, bytes(aes.BLOCK), data)


def transaction_of(bdk: bytes | None, ik: bytes | None, ksn: bytes, key_type: str | None) -> Transaction:
    """The transaction of a KSN, or the end of the program with the option that is wrong."""
    if (bdk is None) == (ik is None):
        raise fail("--bdk or --ik: one of them is expected")
    if key_type is not None and key_type not in AES_TYPES:
        raise fail(f"--key-type: {key_type!r} is none of {', '.join(AES_TYPES)}")
    name, given = ("--bdk", bdk) if bdk is not None else ("--ik", ik or b"")
    with refusing(name):
        if len(ksn) == dukpt_aes.KSN:
            return _of_aes(given, ksn, key_type, of_base=bdk is not None)
        return _of_tdes(name, given, ksn, key_type, of_base=bdk is not None)


def _of_aes(given: bytes, ksn: bytes, key_type: str | None, *, of_base: bool) -> Transaction:
    initial = dukpt_aes.initial_key(given, ksn[: dukpt_aes.INITIAL_KEY_ID]) if of_base else given
    key = dukpt_aes.transaction_key(initial, ksn)
    return Transaction(ksn, initial, key, AES_TYPES[key_type] if key_type else _USUAL_TYPES[len(initial)])


def _of_tdes(name: str, given: bytes, ksn: bytes, key_type: str | None, *, of_base: bool) -> Transaction:
    if key_type is not None:
        raise fail("--key-type: only for AES, whose KSN has 12 bytes")
    if of_base:
        note_parity(name, given)
    initial = dukpt_tdes.initial_key(given, ksn) if of_base else given
    return Transaction(ksn, initial, dukpt_tdes.transaction_key(initial, ksn), None)
