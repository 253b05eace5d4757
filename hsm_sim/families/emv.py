"""What the commands have in common that verify cryptograms of EMV cards and answer them."""

import hmac

from saklar.hsm_sim import keys
from saklar.hsm_sim.command import Unit
from saklar.hsm_sim.counted import Counted
from saklar.hsm_sim.crypto import emv_cryptogram, emv_keys, tdes
from saklar.hsm_sim.crypto.emv_cryptogram import Padding
from saklar.hsm_sim.errors import ErrorCode, HsmError, HsmWarning
from saklar.hsm_sim.keys import key_types
from saklar.hsm_sim.keys.key_types import KeyType
from saklar.hsm_sim.layout import Literal, Maybe, Part, Values, key, raw

MODE, SCHEME = ErrorCode.KEY_TYPE_CODE, ErrorCode.KEY_LENGTH_FLAG
"""Codes 04 and 05 as these commands use them."""

_SEQUENCE_DIGITS = 2

MK_AC = key("mk_ac", "MK-AC of the issuer")
CARD_16 = raw("pan_and_sequence", 8, "right-most 16 digits of PAN and sequence number, packed")
ATC = raw("atc", 2, "application transaction counter")
UNPREDICTABLE_NUMBER = raw("unpredictable_number", 4)
DATA: tuple[Part, ...] = (Counted("data", "what the cryptogram is of", 2), Literal(";"))
ARQC = raw("arqc", 8, "the cryptogram")
RESPONSE_CODE = raw("response_code", 2, "authorisation response code")
ARPC = Maybe(raw("arpc", 8, "the response"))
DIAGNOSTIC = Maybe(raw("diagnostic", 8, "with error 01 in the authorised state, the right cryptogram"))


def bytes_of(request: Values, name: str) -> bytes:
    """The bytes of a field."""
    return request[name].encode("latin-1")


def issuer_key(
    unit: Unit,
    encrypted: str,
    key_type: KeyType = key_types.MK_AC,
    parity_error: ErrorCode = ErrorCode.SOURCE_KEY_PARITY,
) -> bytes:
    """An issuer's master key, a pair; raises HsmError."""
    clear = keys.decrypt_under_lmk(unit.lmk, key_type, encrypted, parity_error=parity_error, use=keys.Use.DERIVE)
    if len(clear.data) != keys.PAIR_BYTES:
        raise HsmError(ErrorCode.KEY_LENGTH_INCOMPATIBLE, "a master key is a pair")
    return clear.data


def master_key_a(issuer: bytes, request: Values) -> bytes:
    """The key of the card by option A; raises CryptoInputError."""
    return emv_keys.master_key_a(issuer, *_card(request))


def master_key_b(issuer: bytes, request: Values) -> bytes:
    """The key of the card by option B; raises CryptoInputError."""
    return emv_keys.master_key_b(issuer, *_card(request))


def _card(request: Values) -> tuple[str, str]:
    """PAN and sequence number; a PAN of 19 digits has a zero before it that fills the first byte."""
    packed = bytes_of(request, "pan_and_sequence").hex()
    pan, sequence = packed[:-_SEQUENCE_DIGITS], packed[-_SEQUENCE_DIGITS:]
    return (pan.removeprefix("0") if len(pan) > emv_keys.PAN_LENGTHS[-1] else pan), sequence


def check_cryptogram(unit: Unit, session: bytes, request: Values) -> None:
    """Whether the cryptogram is that of the data, which the host has padded; where it has not, zeros do.

    Raises:
        HsmError: it is not, or there is no data.
        CryptoInputError: the key is no pair.
    """
    data = bytes_of(request, "data")
    if not data:
        raise HsmError(ErrorCode.NO_DATA, "data: empty")
    padding = Padding.ZEROS if len(data) % tdes.BLOCK else Padding.NONE
    compare(unit, emv_cryptogram.application_cryptogram(session, data, padding), bytes_of(request, "arqc"))


def compare(unit: Unit, computed: bytes, given: bytes) -> None:
    """Whether the cryptograms are the same; in the authorised state the response says what would have been right.

    Raises:
        HsmError: they are not.
    """
    if hmac.compare_digest(computed, given):
        return
    reason = "the cryptogram is not that of the data"
    if unit.state.authorised:
        raise HsmWarning(ErrorCode.VERIFICATION_FAILED, reason, {"diagnostic": computed.decode("latin-1")})
    raise HsmError(ErrorCode.VERIFICATION_FAILED, reason)


def arpc_1(clear: bytes, request: Values) -> str:
    """The response by method 1; raises CryptoInputError."""
    made = emv_cryptogram.arpc_1(clear, bytes_of(request, "arqc"), bytes_of(request, "response_code"))
    return made.decode("latin-1")
