"""PINs and offsets of the IBM 3624 (public in IBM's CCA documentation of the 3624 PIN calculation)."""

import hmac
from collections.abc import Callable

from saklar.hsm_sim.crypto import decimalisation, tdes
from saklar.hsm_sim.crypto.inputs import CryptoInputError, check_digits, check_hexadecimal, check_key

CHECK_LENGTHS = range(4, 13)
"""Digits that may be checked."""

PIN_LENGTHS = range(4, 13)

TEMPLATE_DIGITS = 12
ACCOUNT_MARK = "N"
ACCOUNT_DIGITS = 5


def validation_block(template: str, account_number: str) -> str:
    """Validation data, 16 hexadecimal digits, of the 12 characters that payShield commands carry.

    Args:
        template: 12 characters, hexadecimal digits and one N or none, which the last 5 digits of the account
            number replace; then F to the end, and what goes over 16 is cut off.
        account_number: the 12 right-most PAN digits without the check digit.

    Raises:
        NotDigitsError: an argument is not made of those characters.
        CryptoInputError: there is more than one N.

    Examples:
        >>> validation_block("123456N12345", "555555123456")
        '1234562345612345'
    """
    if template.count(ACCOUNT_MARK) > 1:
        raise CryptoInputError("the validation data has more than one mark for the account number")
    check_digits(account_number, (12,), "the account number")
    check_hexadecimal(template.replace(ACCOUNT_MARK, "0"), (TEMPLATE_DIGITS,), "the validation data")
    return template.replace(ACCOUNT_MARK, account_number[-ACCOUNT_DIGITS:]).ljust(16, "F")[:16]


def natural_pin(pvk: bytes, validation: str, table: str, length: int) -> str:
    """The PIN of a card whose offset is all zeros: its encrypted validation data, decimalised.

    Args:
        pvk: PIN verification key, 8, 16 or 24 bytes.
        validation: validation data, 16 hexadecimal digits.
        table: decimalisation table, 16 decimal digits; whether it is weak, `decimalisation.check_table` says.
        length: digits wanted, 4 to 12.

    Raises:
        KeyLengthError: the key has another length.
        NotDigitsError: the validation data or the table is not made of its digits.
        CryptoInputError: the length is out of its range.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> natural_pin(key, "1122334455667788", "1234567890123456", 4)
        '4524'
    """
    check_key(pvk, tdes.KEY_LENGTHS)
    check_hexadecimal(validation, (16,), "the validation data")
    if length not in CHECK_LENGTHS:
        raise CryptoInputError(f"{length} is no length of a PIN to check")
    return decimalisation.by_table(tdes.encrypt(pvk, bytes.fromhex(validation)), table)[:length]


def offset(pvk: bytes, validation: str, table: str, pin: str, check_length: int) -> str:
    """What has to be added to the natural PIN, digit by digit without carry, to get the left-most digits of the PIN.

    Args:
        pvk: PIN verification key, 8, 16 or 24 bytes.
        validation: validation data, 16 hexadecimal digits.
        table: decimalisation table, 16 decimal digits.
        pin: the PIN, 4 to 12 digits.
        check_length: digits of the offset, no more than the PIN has.

    Raises:
        KeyLengthError: the key has another length.
        NotDigitsError: validation data, table or PIN is not made of its digits.
        CryptoInputError: the PIN is shorter than the check length, or that is out of its range.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> offset(key, "1122334455667788", "1234567890123456", "1111", 4)
        '7697'
    """
    check_digits(pin, PIN_LENGTHS, "the PIN")
    if len(pin) < check_length:
        raise CryptoInputError("the PIN is shorter than the digits to check")
    natural = natural_pin(pvk, validation, table, check_length)
    return _by_digit(int.__sub__, pin, natural)


def pin_of_offset(pvk: bytes, validation: str, table: str, pin_offset: str) -> str:
    """The PIN, as many digits as the offset has: 4 to 12.

    Args:
        pvk: PIN verification key, 8, 16 or 24 bytes.
        validation: validation data, 16 hexadecimal digits.
        table: decimalisation table, 16 decimal digits.
        pin_offset: 4 to 12 digits.

    Raises:
        KeyLengthError: the key has another length.
        NotDigitsError: validation data, table or offset is not made of its digits.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> pin_of_offset(key, "1122334455667788", "1234567890123456", "7697")
        '1111'
    """
    check_digits(pin_offset, CHECK_LENGTHS, "the offset")
    return _by_digit(int.__add__, natural_pin(pvk, validation, table, len(pin_offset)), pin_offset)


def verify(pvk: bytes, validation: str, table: str, pin: str, pin_offset: str) -> bool:
    """Whether the left-most digits of a PIN, as many as the offset has, are those of the card.

    Raises:
        KeyLengthError: the key has another length.
        NotDigitsError: validation data, table, PIN or offset is not made of its digits.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> verify(key, "1122334455667788", "1234567890123456", "1111", "7697")
        True
    """
    check_digits(pin, PIN_LENGTHS, "the PIN")
    expected = pin_of_offset(pvk, validation, table, pin_offset)
    return hmac.compare_digest(pin[: len(expected)], expected)


def _by_digit(operation: Callable[[int, int], int], left: str, right: str) -> str:
    return "".join(str(operation(int(a), int(b)) % 10) for a, b in zip(left, right, strict=False))
