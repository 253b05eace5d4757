"""What the algorithms refuse. No message repeats a value: it may be a key or a PIN."""

import re
from collections.abc import Collection


class CryptoInputError(ValueError):
    """An argument is not what the algorithm takes."""


class KeyLengthError(CryptoInputError):
    """A key has a length that the algorithm has no use for."""


class DataLengthError(CryptoInputError):
    """Data has a length that the algorithm has no use for."""


class NotDigitsError(CryptoInputError):
    """A text is not made of the digits that the algorithm takes, or of too many or too few."""


_DECIMAL = re.compile("[0-9]*")
_HEXADECIMAL = re.compile("[0-9A-Fa-f]*")


def check_key(key: bytes, lengths: Collection[int], name: str = "the key") -> None:
    """Refuse a key whose length in bytes is none of these.

    Raises:
        KeyLengthError: it is none of them.
    """
    if len(key) not in lengths:
        raise KeyLengthError(f"{name} has {len(key)} bytes, not {one_of(lengths)}")


def check_length(data: bytes, lengths: Collection[int], name: str) -> None:
    """Refuse data whose length in bytes is none of these.

    Raises:
        DataLengthError: it is none of them.
    """
    if len(data) not in lengths:
        raise DataLengthError(f"{name} has {len(data)} bytes, not {one_of(lengths)}")


def check_whole_blocks(data: bytes, block: int) -> None:
    """Refuse data that is no whole number of blocks of that many bytes.

    Raises:
        DataLengthError: a part of a block is left over.
    """
    if len(data) % block:
        raise DataLengthError(f"{len(data)} bytes are no whole number of {block}-byte blocks")


def check_digits(text: str, lengths: Collection[int], name: str) -> None:
    """Refuse a text that is not made of one of these numbers of decimal digits.

    Raises:
        NotDigitsError: it is not.
    """
    if len(text) not in lengths or not _DECIMAL.fullmatch(text):
        raise NotDigitsError(f"{name} is not made of {one_of(lengths)} decimal digits")


def check_hexadecimal(text: str, lengths: Collection[int], name: str) -> None:
    """Refuse a text that is not made of one of these numbers of hexadecimal digits.

    Raises:
        NotDigitsError: it is not.
    """
    if len(text) not in lengths or not _HEXADECIMAL.fullmatch(text):
        raise NotDigitsError(f"{name} is not made of {one_of(lengths)} hexadecimal digits")


def one_of(numbers: Collection[int]) -> str:
    """Numbers as messages have them: `4 to 12` of a range, `8 or 16` of others."""
    if isinstance(numbers, range):
        return f"{numbers[0]} to {numbers[-1]}"
    return " or ".join(str(number) for number in numbers)
