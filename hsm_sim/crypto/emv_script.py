"""Issuer scripts: codes, encrypted data and new PINs for a card (EMV 4.3 Book 2 §9, with the schemes' own forms)."""

import enum

from saklar.hsm_sim.crypto import mac, pin_block, tdes
from saklar.hsm_sim.crypto.blocks import xor
from saklar.hsm_sim.crypto.inputs import CryptoInputError, check_digits, check_key

MAX_VISA_DATA = 255

_ZERO_IV = bytes(tdes.BLOCK)


class Confidentiality(enum.Enum):
    """How command data is encrypted."""

    EMV = "emv"
    """Padded always (80, zeros), CBC (EMV Book 2 §9.3)."""
    VISA = "visa"
    """The length in one byte before it, padded (80, zeros), ECB (VIS)."""
    MASTERCARD = "mastercard"
    """Padded (80, zeros) if it is no whole number of blocks, CBC (M/Chip)."""


def script_mac(key: bytes, data: bytes, length: int = 8) -> bytes:
    """The code of a script command, 4 to 8 bytes (EMV Book 2 §9.2): a retail MAC.

    Args:
        key: session key for script integrity, 16 bytes.
        data: what the scheme has it made of: command header, then (Visa) transaction counter and cryptogram, then
            the command data, encrypted if it is.
        length: bytes of the code.

    Raises:
        KeyLengthError: the key has another length.
        CryptoInputError: the length is out of its range.

    Examples:
        >>> from saklar.hsm_sim import emv_keys
        >>> issuer_key = bytes.fromhex("FEDCBA98765432100123456789ABCDEF")
        >>> card = emv_keys.master_key_a(issuer_key, "1234567890123456")
        >>> key = emv_keys.visa_script_key(card, bytes.fromhex("001C"))
        >>> script_mac(key, bytes.fromhex("8418000008001C29CCA15AE665FA2E")).hex()
        'db56ba60087cefd3'
    """
    check_key(key, (16,))
    if length not in range(4, 9):
        raise CryptoInputError("the code of a script has 4 to 8 bytes")
    return mac.algorithm_3(key, data, 2)[:length]


def encrypt(key: bytes, data: bytes, form: Confidentiality) -> bytes:
    """Command data encrypted, whole blocks of 8 bytes.

    Args:
        key: session key for script confidentiality, 16 bytes.
        data: bytes; no more than 255 in Visa's form.
        form: the scheme's.

    Raises:
        KeyLengthError: the key has another length.
        CryptoInputError: there is too much data for its length to fit.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> encrypt(key, bytes.fromhex("241234FFFFFFFFFF"), Confidentiality.VISA).hex()
        '41355ba9b7939d773a8ae1947d2ad964'
    """
    check_key(key, (16,))
    if form is Confidentiality.VISA:
        if len(data) > MAX_VISA_DATA:
            raise CryptoInputError(f"there are more than {MAX_VISA_DATA} bytes of command data")
        return tdes.encrypt(key, mac.pad(bytes([len(data)]) + data, 2))
    if form is Confidentiality.EMV or len(data) % tdes.BLOCK:
        data = mac.pad(data, 2)
    return tdes.encrypt_cbc(key, _ZERO_IV, data)


def visa_pin_block(master_key: bytes, new_pin: str, current_pin: str | None = None) -> bytes:
    """The block of 8 bytes that changes the PIN of a Visa card, in the clear (VIS; payShield codes 41, 42 with a PIN).

    Length and new PIN filled with F, exclusive-ored with the right half of the left cryptogram key of the card, and
    with the current PIN if the card is to check it. Cards of other schemes take a block of ISO 9564 format 2
    (`pin_block`, code 34). Both are then encrypted as command data.

    Args:
        master_key: master key of the card for application cryptograms, 16 bytes.
        new_pin: 4 to 12 digits.
        current_pin: 4 to 12 digits.

    Raises:
        KeyLengthError: the key has another length.
        NotDigitsError: a PIN is not made of that many digits.

    Examples:
        >>> card = bytes.fromhex("154F349D8585CB7F6B0798E9839B10C1")
        >>> visa_pin_block(card, "1234").hex()
        '041234ff7a7a3480'
    """
    check_key(master_key, (16,))
    check_digits(new_pin, range(pin_block.MIN_PIN, pin_block.MAX_PIN + 1), "the new PIN")
    block = xor(bytes.fromhex(f"{len(new_pin):02X}{new_pin}".ljust(16, "F")), bytes(4) + master_key[4:8])
    if current_pin is None:
        return block
    check_digits(current_pin, range(pin_block.MIN_PIN, pin_block.MAX_PIN + 1), "the current PIN")
    return xor(block, bytes.fromhex(current_pin.ljust(16, "0")))
