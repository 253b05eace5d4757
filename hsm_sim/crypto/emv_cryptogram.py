"""Application cryptograms and the issuer's answers to them (EMV 4.3 Book 2 §8)."""

import enum
import hmac

from saklar.hsm_sim.crypto import mac, tdes
from saklar.hsm_sim.crypto.blocks import xor
from saklar.hsm_sim.crypto.inputs import CryptoInputError, check_key, check_length

CRYPTOGRAM = 8
ARPC_2 = 4
PROPRIETARY = range(9)


class Padding(enum.IntEnum):
    """How the data of a cryptogram is made whole blocks: a padding method of ISO/IEC 9797-1."""

    NONE = 0
    """Not: the data is padded already, as host commands have it."""
    ZEROS = 1
    """Visa CVN 10 and 17."""
    ONE_ZEROS = 2
    """EMV, Visa CVN 18, Mastercard."""


def application_cryptogram(key: bytes, data: bytes, padding: Padding) -> bytes:
    """An ARQC, TC or AAC, 8 bytes (EMV Book 2 §8.1.2): a retail MAC of the data that the card and the scheme name.

    Args:
        key: session key, or the master key of the card (Visa CVN 10): 16 bytes.
        data: bytes, at least one.
        padding: the scheme's.

    Raises:
        KeyLengthError: the key has another length.
        CryptoInputError: there is no data.
        DataLengthError: the data is not to be padded, and no whole number of blocks.

    Examples:
        >>> key = bytes.fromhex("3E736BF8D37664348A04E3ABE00DEFC1")
        >>> data = bytes.fromhex("0123456789ABCDEF0123456789ABCDEF01")
        >>> application_cryptogram(key, data, Padding.ZEROS).hex()
        '2e141c6bc4a20da8'
    """
    check_key(key, (16,))
    if not data:
        raise CryptoInputError("there is no data to make a cryptogram of")
    return mac.algorithm_3(key, data, padding)


def verify(key: bytes, data: bytes, padding: Padding, cryptogram: bytes) -> bool:
    """Whether a cryptogram of 8 bytes is that of this data under this key; the comparison takes constant time.

    Raises:
        KeyLengthError: the key has another length.
        CryptoInputError: there is no data.
        DataLengthError: the cryptogram has another length, or the data that is not to be padded.

    Examples:
        >>> key = bytes.fromhex("3E736BF8D37664348A04E3ABE00DEFC1")
        >>> data = bytes.fromhex("0123456789ABCDEF0123456789ABCDEF01")
        >>> verify(key, data, Padding.ZEROS, bytes.fromhex("2E141C6BC4A20DA8"))
        True
    """
    check_length(cryptogram, (CRYPTOGRAM,), "the cryptogram")
    return hmac.compare_digest(application_cryptogram(key, data, padding), cryptogram)


def arpc_1(key: bytes, cryptogram: bytes, response_code: bytes) -> bytes:
    """The ARPC by method 1, 8 bytes (EMV Book 2 §8.2.1).

    The response code is exclusive-ored into the start of the cryptogram, and the result encrypted.

    Args:
        key: session key, or the master key of the card (Visa CVN 10, Mastercard CVN 16 and 17): 16 bytes.
        cryptogram: the ARQC, 8 bytes.
        response_code: authorisation response code, 2 bytes.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: another argument has another length.

    Examples:
        >>> key = bytes.fromhex("946DC1A8C78A624519BC4645CB073737")
        >>> arpc_1(key, bytes.fromhex("19C1FBC83EBDC0D5"), bytes(2)).hex()
        '78a372523fa35a03'
    """
    check_key(key, (16,))
    check_length(cryptogram, (CRYPTOGRAM,), "the cryptogram")
    check_length(response_code, (2,), "the response code")
    return tdes.encrypt_once(key, xor(cryptogram, response_code + bytes(6)))


def arpc_2(key: bytes, cryptogram: bytes, status_update: bytes, proprietary: bytes = b"") -> bytes:
    """The ARPC by method 2, 4 bytes (EMV Book 2 §8.2.2): the start of a retail MAC.

    Args:
        key: session key, 16 bytes.
        cryptogram: the ARQC, 8 bytes.
        status_update: card status update, 4 bytes.
        proprietary: proprietary authentication data, up to 8 bytes.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: another argument has another length.

    Examples:
        >>> key = bytes.fromhex("E062B0B5B573A743E38552C4C4FBCD5E")
        >>> arpc_2(key, bytes.fromhex("DC95BCE3EBBE0296"), bytes(4)).hex()
        'ecca0c4b'
    """
    check_key(key, (16,))
    check_length(cryptogram, (CRYPTOGRAM,), "the cryptogram")
    check_length(status_update, (4,), "the card status update")
    check_length(proprietary, PROPRIETARY, "the proprietary authentication data")
    return mac.algorithm_3(key, cryptogram + status_update + proprietary, 2)[:ARPC_2]
