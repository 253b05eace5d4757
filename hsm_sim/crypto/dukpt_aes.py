"""DUKPT with AES: a key for each transaction of a terminal (ANSI X9.24-3:2017).

A key serial number (KSN) has 12 bytes: 8 that name the initial key of the terminal, 4 that count its transactions.
"""

import enum
from dataclasses import dataclass

from saklar.hsm_sim.crypto import aes
from saklar.hsm_sim.crypto.inputs import KeyLengthError, check_key, check_length

INITIAL_KEY_ID = 8
KSN = 12
COUNTER_BITS = 32
MAX_ONES = 16
"""Ones in a counter: terminals leave out counters with more."""

_VERSION = b"\x01"


class KeyUsage(enum.IntEnum):
    """What a derived key is for: the key usage indicator."""

    KEY_ENCRYPTION = 0x0002
    PIN_ENCRYPTION = 0x1000
    MAC_GENERATION = 0x2000
    MAC_VERIFICATION = 0x2001
    MAC_BOTH_WAYS = 0x2002
    DATA_ENCRYPT = 0x3000
    DATA_DECRYPT = 0x3001
    DATA_BOTH_WAYS = 0x3002
    KEY_DERIVATION = 0x8000
    KEY_DERIVATION_INITIAL = 0x8001


@dataclass(frozen=True, slots=True)
class _Type:
    indicator: int
    """Algorithm indicator of the derivation data."""
    length: int
    """Bytes."""
    strength: int
    """Bits of an attack's work that the standard counts; a key derives none that is stronger."""


class KeyType(enum.Enum):
    """The algorithm and length of a derived key."""

    TDEA_2 = _Type(0x0000, 16, 80)
    TDEA_3 = _Type(0x0001, 24, 112)
    AES_128 = _Type(0x0002, 16, 128)
    AES_192 = _Type(0x0003, 24, 192)
    AES_256 = _Type(0x0004, 32, 256)
    HMAC_128 = _Type(0x0005, 16, 128)
    HMAC_192 = _Type(0x0005, 24, 192)
    HMAC_256 = _Type(0x0005, 32, 256)


_AES_TYPES = {16: KeyType.AES_128, 24: KeyType.AES_192, 32: KeyType.AES_256}


def initial_key(bdk: bytes, initial_key_id: bytes) -> bytes:
    """The key that a terminal is loaded with, as long as the base derivation key.

    Args:
        bdk: base derivation key, 16, 24 or 32 bytes.
        initial_key_id: the left 8 bytes of the terminal's serial numbers.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the name has another length.

    Examples:
        >>> bdk = bytes.fromhex("FEDCBA9876543210F1F1F1F1F1F1F1F1" * 2)
        >>> initial_key(bdk, bytes.fromhex("1234567890123456")).hex()
        'ce9ce0c101d1138f97fb6cad4df045a7083d4eae2d35a31789d01ccf0949550f'
    """
    check_length(initial_key_id, (INITIAL_KEY_ID,), "the initial key identifier")
    return _derive(bdk, KeyUsage.KEY_DERIVATION_INITIAL, _own_type(bdk), initial_key_id)


def transaction_key(initial: bytes, ksn: bytes) -> bytes:
    """The derivation key of a transaction, as long as the initial key, as the host gets it.

    Args:
        initial: initial key of the terminal, 16, 24 or 32 bytes.
        ksn: key serial number, 12 bytes; the counter is taken as it is.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the serial number has another length.

    Examples:
        >>> initial = initial_key(bytes.fromhex("FEDCBA9876543210F1F1F1F1F1F1F1F1"), bytes.fromhex("1234567890123456"))
        >>> transaction_key(initial, bytes.fromhex("123456789012345600000001")).hex()
        '4f21b565bad9835e112b6465635eae44'
    """
    terminal, counter = _parts(ksn)
    own = _own_type(initial)
    key = initial
    reached = 0
    for place in reversed(range(COUNTER_BITS)):
        bit = counter & 1 << place
        if bit:
            reached |= bit
            key = _derive(key, KeyUsage.KEY_DERIVATION, own, terminal[4:] + reached.to_bytes(4, "big"))
    return key


def working_key(transaction: bytes, ksn: bytes, usage: KeyUsage, key_type: KeyType) -> bytes:
    """The key for a use in a transaction, as long as its type has it.

    Args:
        transaction: derivation key of the transaction, 16, 24 or 32 bytes.
        ksn: key serial number, 12 bytes.
        usage: what for.
        key_type: algorithm and length of the key.

    Raises:
        KeyLengthError: the derivation key has another length, or is weaker than the key to derive.
        DataLengthError: the serial number has another length.

    Examples:
        >>> transaction = bytes.fromhex("4F21B565BAD9835E112B6465635EAE44")
        >>> ksn = bytes.fromhex("123456789012345600000001")
        >>> working_key(transaction, ksn, KeyUsage.PIN_ENCRYPTION, KeyType.AES_128).hex()
        'af8cb133a78f8dc2d1359f18527593fb'
    """
    _parts(ksn)
    if _own_type(transaction).value.strength < key_type.value.strength:
        raise KeyLengthError(f"a derivation key of {len(transaction)} bytes derives no {key_type.name} key")
    return _derive(transaction, usage, key_type, ksn[4:])


def derive(bdk: bytes, ksn: bytes, usage: KeyUsage, key_type: KeyType) -> bytes:
    """The key for a use in the transaction of a serial number, as the host gets it.

    Args:
        bdk: base derivation key, 16, 24 or 32 bytes.
        ksn: key serial number, 12 bytes.
        usage: what for.
        key_type: algorithm and length of the key.

    Raises:
        KeyLengthError: the base key has another length, or is weaker than the key to derive.
        DataLengthError: the serial number has another length.

    Examples:
        >>> bdk = bytes.fromhex("FEDCBA9876543210F1F1F1F1F1F1F1F1")
        >>> ksn = bytes.fromhex("123456789012345600000001")
        >>> derive(bdk, ksn, KeyUsage.PIN_ENCRYPTION, KeyType.AES_128).hex()
        'af8cb133a78f8dc2d1359f18527593fb'
    """
    terminal, _ = _parts(ksn)
    return working_key(transaction_key(initial_key(bdk, terminal), ksn), ksn, usage, key_type)


def is_used_counter(ksn: bytes) -> bool:
    """Whether a terminal uses the counter of a serial number: it is not 0 and has at most 16 ones.

    Raises:
        DataLengthError: the serial number has not 12 bytes.

    Examples:
        >>> is_used_counter(bytes.fromhex("123456789012345600000001"))
        True
        >>> is_used_counter(bytes.fromhex("1234567890123456FFFFFFFF"))
        False
    """
    _, counter = _parts(ksn)
    return 0 < counter.bit_count() <= MAX_ONES


def _own_type(key: bytes) -> KeyType:
    check_key(key, aes.KEY_LENGTHS)
    return _AES_TYPES[len(key)]


def _parts(ksn: bytes) -> tuple[bytes, int]:
    check_length(ksn, (KSN,), "the key serial number")
    return ksn[:INITIAL_KEY_ID], int.from_bytes(ksn[INITIAL_KEY_ID:], "big")


def _derive(key: bytes, usage: KeyUsage, key_type: KeyType, context: bytes) -> bytes:
    """Derivation data, of which the second byte counts the blocks, encrypted under the key."""
    made = key_type.value
    end = b"".join(number.to_bytes(2, "big") for number in (usage, made.indicator, 8 * made.length)) + context
    counted = (_VERSION + bytes([block]) + end for block in range(1, -(-made.length // aes.BLOCK) + 1))
    return aes.encrypt_once(key, b"".join(counted))[: made.length]
