"""DUKPT with triple DES: a key for each transaction of a terminal (ANSI X9.24-1:2009 annex A).

A key serial number (KSN) has 80 bits: 59 that name the terminal, 21 that count its transactions.
"""

import enum

from saklar.hsm_sim.crypto import tdes
from saklar.hsm_sim.crypto.blocks import xor
from saklar.hsm_sim.crypto.inputs import check_key, check_length

KEY = 16
KSN = 10
KSN_LENGTHS = range(8, KSN + 1)
COUNTER_BITS = 21
MAX_ONES = 10
"""Ones in a counter: terminals leave out counters with more."""

_COUNTER = (1 << COUNTER_BITS) - 1
_RIGHT_HALF = bytes.fromhex("C0C0C0C000000000C0C0C0C000000000")


class KeyUse(enum.Enum):
    """What a key of a transaction is for; the value is its variant, the same for each half."""

    PIN = "00000000000000FF"
    MAC_REQUEST = "000000000000FF00"
    MAC_RESPONSE = "00000000FF000000"
    DATA_REQUEST = "0000000000FF0000"
    DATA_RESPONSE = "000000FF00000000"


_ONE_WAY = (KeyUse.DATA_REQUEST, KeyUse.DATA_RESPONSE)


def initial_key(bdk: bytes, ksn: bytes) -> bytes:
    """The key that a terminal is loaded with, 16 bytes.

    Args:
        bdk: base derivation key, 16 bytes.
        ksn: any key serial number of the terminal, 10 bytes, or fewer down to 8 that are filled with F on the left.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the serial number has another length.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> initial_key(key, bytes.fromhex("FFFF9876543210E00000")).hex()
        '6ac292faa1315b4d858ab3a3d7d5933a'
    """
    check_key(bdk, (KEY,))
    terminal = (_number(ksn) & ~_COUNTER).to_bytes(KSN, "big")[:8]
    return tdes.encrypt(bdk, terminal) + tdes.encrypt(xor(bdk, _RIGHT_HALF), terminal)


def transaction_key(initial: bytes, ksn: bytes) -> bytes:
    """The key of a transaction, 16 bytes, of which those in use are variants.

    Args:
        initial: initial key of the terminal, 16 bytes.
        ksn: key serial number, as in `initial_key`; the terminal is not looked at, the counter is taken as it is.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the serial number has another length.

    Examples:
        >>> initial = bytes.fromhex("6AC292FAA1315B4D858AB3A3D7D5933A")
        >>> transaction_key(initial, bytes.fromhex("FFFF9876543210E00002")).hex()
        'c46551cef9fd24b0aa9ad834130d3bc7'
    """
    check_key(initial, (KEY,))
    number = _number(ksn)
    key = initial
    reached = number & ~_COUNTER
    for place in reversed(range(COUNTER_BITS)):
        bit = number & 1 << place
        if bit:
            reached |= bit
            key = _next_key(key, reached.to_bytes(KSN, "big")[2:])
    return key


def working_key(transaction: bytes, use: KeyUse) -> bytes:
    """The key for a use in a transaction, 16 bytes: a variant, and for data that encrypted under itself.

    Args:
        transaction: key of the transaction, 16 bytes.
        use: what for.

    Raises:
        KeyLengthError: the key has another length.

    Examples:
        >>> transaction = bytes.fromhex("C46551CEF9FD24B0AA9AD834130D3BC7")
        >>> working_key(transaction, KeyUse.PIN).hex()
        'c46551cef9fd244faa9ad834130d3b38'
    """
    check_key(transaction, (KEY,))
    variant = xor(transaction, bytes.fromhex(use.value * 2))
    return tdes.encrypt_once(variant, variant) if use in _ONE_WAY else variant


def derive(bdk: bytes, ksn: bytes, use: KeyUse) -> bytes:
    """The key for a use in the transaction of a serial number, 16 bytes, as the host gets it.

    Args:
        bdk: base derivation key, 16 bytes.
        ksn: key serial number, as in `initial_key`.
        use: what for.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the serial number has another length.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> pin_key = derive(key, bytes.fromhex("FFFF9876543210E00002"), KeyUse.PIN)
        >>> tdes.encrypt(pin_key, bytes.fromhex("041274EDCBA9876F")).hex()
        '10a01c8d02c69107'
    """
    return working_key(transaction_key(initial_key(bdk, ksn), ksn), use)


def is_used_counter(ksn: bytes) -> bool:
    """Whether a terminal uses the counter of a serial number: it is not 0 and has at most 10 ones.

    Raises:
        DataLengthError: the serial number has none of 8 to 10 bytes.

    Examples:
        >>> is_used_counter(bytes.fromhex("FFFF9876543210E00002"))
        True
        >>> is_used_counter(bytes.fromhex("FFFF9876543210FFFFFF"))
        False
    """
    return 0 < (_number(ksn) & _COUNTER).bit_count() <= MAX_ONES


def _number(ksn: bytes) -> int:
    check_length(ksn, KSN_LENGTHS, "the key serial number")
    return int.from_bytes(ksn.rjust(KSN, b"\xff"), "big")


def _next_key(key: bytes, register: bytes) -> bytes:
    """The non-reversible key generation process: the right half as it is, the left under the mask."""
    return _generate(xor(key, _RIGHT_HALF), register) + _generate(key, register)


def _generate(key: bytes, register: bytes) -> bytes:
    left, right = key[:8], key[8:]
    return xor(tdes.encrypt_once(left, xor(register, right)), right)
