"""Hexadecimal results turned into decimal digits, in the two ways of card and PIN verification."""

from collections import Counter

from saklar.hsm_sim.crypto.inputs import CryptoInputError, check_digits

_LETTERS = str.maketrans("abcdef", "012345")

TABLE_DIGITS = 16
MIN_DIFFERENT = 8
MAX_TIMES = 4


class WeakTableError(CryptoInputError):
    """A decimalisation table that says too much about PINs."""


def select(data: bytes, length: int) -> str:
    """Decimal digits of data: those of its hexadecimal digits that are decimal, then the others less ten.

    The method of the Visa PVV and CVV and of EMV Book 2 annex A1.4.2.

    Args:
        data: bytes; all their hexadecimal digits are looked through.
        length: digits wanted, up to twice the bytes.

    Examples:
        >>> select(bytes.fromhex("A1B2C3D4"), 6)
        '123401'
    """
    text = data.hex()
    return ("".join(filter(str.isdigit, text)) + "".join(filter(str.isalpha, text)).translate(_LETTERS))[:length]


def by_table(data: bytes, table: str) -> str:
    """Each hexadecimal digit of data replaced by the digit at its place in a table (IBM 3624).

    Raises:
        NotDigitsError: the table is not 16 decimal digits.

    Examples:
        >>> by_table(bytes.fromhex("A1B2C3D4"), "0123456789012345")
        '01122334'
    """
    check_digits(table, (TABLE_DIGITS,), "the decimalisation table")
    return data.hex().translate(str.maketrans("0123456789abcdef", table))


def check_table(table: str) -> None:
    """Refuse a decimalisation table that is weak: payShield's rule against tables made to find PINs.

    Raises:
        NotDigitsError: the table is not 16 decimal digits.
        WeakTableError: it has fewer than 8 different digits, or one more than 4 times.

    Examples:
        >>> check_table("0123456789012345")
        >>> check_table("0000000000000000")
        Traceback (most recent call last):
        ...
        saklar.hsm_sim.crypto.decimalisation.WeakTableError: the decimalisation table has fewer than 8 different digits
    """
    check_digits(table, (TABLE_DIGITS,), "the decimalisation table")
    times = Counter(table)
    if len(times) < MIN_DIFFERENT:
        raise WeakTableError(f"the decimalisation table has fewer than {MIN_DIFFERENT} different digits")
    if max(times.values()) > MAX_TIMES:
        raise WeakTableError(f"the decimalisation table has a digit more than {MAX_TIMES} times")
