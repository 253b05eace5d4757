"""Keys of an EMV card and of its sessions (EMV 4.3 Book 2 annex A1, with the schemes' own derivations)."""

from hashlib import sha1

from saklar.hsm_sim.crypto import decimalisation, tdes
from saklar.hsm_sim.crypto.blocks import xor
from saklar.hsm_sim.crypto.inputs import CryptoInputError, check_digits, check_key, check_length

PAN_LENGTHS = range(8, 20)
OPTION_A_DIGITS = 16

_INVERTED = b"\xff" * tdes.BLOCK


def master_key_a(issuer_key: bytes, pan: str, sequence: str = "00") -> bytes:
    """The master key of a card by option A, 16 bytes of odd parity (EMV Book 2 annex A1.4.1).

    The right-most 16 digits of PAN and sequence number, and their inverse, are encrypted under the issuer's key.

    Args:
        issuer_key: issuer master key, 16 bytes.
        pan: the whole PAN, 8 to 19 digits.
        sequence: PAN sequence number, 2 digits.

    Raises:
        KeyLengthError: the key has another length.
        NotDigitsError: another argument is not made of that many digits.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> master_key_a(key, "9901234567890123", "45").hex()
        'f84315c7b95bd3b0c74694922c3808b0'
    """
    _check(issuer_key, pan, sequence)
    return _halves(issuer_key, (pan + sequence)[-OPTION_A_DIGITS:].rjust(OPTION_A_DIGITS, "0"))


def master_key_b(issuer_key: bytes, pan: str, sequence: str = "00") -> bytes:
    """The master key of a card by option B, 16 bytes of odd parity (EMV Book 2 annex A1.4.2).

    For PANs of up to 16 digits it is option A. For longer ones 16 digits are taken of a SHA-1 hash.

    Args:
        issuer_key: issuer master key, 16 bytes.
        pan: the whole PAN, 8 to 19 digits.
        sequence: PAN sequence number, 2 digits.

    Raises:
        KeyLengthError: the key has another length.
        NotDigitsError: another argument is not made of that many digits.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> master_key_b(key, "12345678901234567", "45").hex()
        'f767ecc2263b2c543775cb62ab6b57d6'
    """
    _check(issuer_key, pan, sequence)
    if len(pan) <= OPTION_A_DIGITS:
        return master_key_a(issuer_key, pan, sequence)
    text = pan + sequence
    hashed = sha1(bytes.fromhex(text.rjust(len(text) + len(text) % 2, "0")), usedforsecurity=False).digest()
    return _halves(issuer_key, decimalisation.select(hashed, OPTION_A_DIGITS))


def common_session_key(master_key: bytes, diversification: bytes) -> bytes:
    """A session key by the common derivation, 16 bytes of odd parity (EMV Book 2 annex A1.3.1).

    For application cryptograms the value is the transaction counter and zeros, for scripts the application cryptogram.

    Args:
        master_key: master key of the card, 16 bytes.
        diversification: 8 bytes, of which the third is replaced by F0 and 0F.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the value has another length.

    Examples:
        >>> card = bytes.fromhex("F84315C7B95BD3B0C74694922C3808B0")
        >>> common_session_key(card, bytes.fromhex("1234567890123456")).hex()
        '3e736bf8d37664348a04e3abe00defc1'
    """
    check_key(master_key, (16,))
    check_length(diversification, (8,), "the diversification value")
    parts = (diversification[:2] + mark + diversification[3:] for mark in (b"\xf0", b"\x0f"))
    return tdes.with_odd_parity(tdes.encrypt(master_key, b"".join(parts)))


def common_cryptogram_key(master_key: bytes, atc: bytes) -> bytes:
    """The session key of an application cryptogram by the common derivation (EMV; Visa CVN 18): 16 bytes.

    Args:
        master_key: master key of the card, 16 bytes.
        atc: application transaction counter, 2 bytes.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the counter has another length.

    Examples:
        >>> card = bytes.fromhex("154F349D8585CB7F6B0798E9839B10C1")
        >>> common_cryptogram_key(card, bytes.fromhex("001C")).hex()
        '436b942ad637e08564b532b0ec97cb26'
    """
    check_length(atc, (2,), "the transaction counter")
    return common_session_key(master_key, atc + bytes(6))


def mastercard_cryptogram_key(master_key: bytes, atc: bytes, unpredictable_number: bytes) -> bytes:
    """The session key of an application cryptogram by Mastercard's own derivation (M/Chip; CVN 16 and 17): 16 bytes.

    Args:
        master_key: master key of the card, 16 bytes.
        atc: application transaction counter, 2 bytes.
        unpredictable_number: 4 bytes, the terminal's.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: another argument has another length.

    Examples:
        >>> card = bytes.fromhex("154F349D8585CB7F6B0798E9839B10C1")
        >>> mastercard_cryptogram_key(card, bytes.fromhex("001C"), bytes.fromhex("ABCDEF12")).hex()
        '5d8f37bcd9e5da68048cdfa2ea255d9e'
    """
    check_length(atc, (2,), "the transaction counter")
    check_length(unpredictable_number, (4,), "the unpredictable number")
    return common_session_key(master_key, atc + bytes(2) + unpredictable_number)


def visa_script_key(master_key: bytes, atc: bytes) -> bytes:
    """The session key of an issuer script by Visa's own derivation (VIS; CVN 10), 16 bytes of odd parity.

    The counter is exclusive-ored into the end of the left half, its inverse into that of the right half.

    Args:
        master_key: master key of the card for secure messaging, 16 bytes.
        atc: application transaction counter, 2 bytes.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the counter has another length.

    Examples:
        >>> issuer_key = bytes.fromhex("FEDCBA98765432100123456789ABCDEF")
        >>> card = master_key_a(issuer_key, "1234567890123456")
        >>> tdes.check_value(visa_script_key(card, bytes.fromhex("001C"))).hex()[:4]
        'db10'
    """
    check_key(master_key, (16,))
    check_length(atc, (2,), "the transaction counter")
    return tdes.with_odd_parity(xor(master_key, bytes(6) + atc + bytes(6) + xor(atc, b"\xff\xff")))


def tree_session_key(master_key: bytes, atc: bytes, height: int = 8, branch: int = 4, iv: bytes = bytes(16)) -> bytes:
    """A session key by the EMV 2000 tree, 16 bytes of odd parity (EMV 4.1 Book 2 annex A1.3).

    Each level of the tree encrypts the key of two levels up, marked with a digit of the counter in base `branch`,
    under the key of one level up. The leaf is exclusive-ored with the key of two levels up.

    Args:
        master_key: master key of the card, 16 bytes.
        atc: application transaction counter, 2 bytes.
        height: levels of the tree; with `branch` enough for all counters.
        branch: keys below each key, 2 to 255.
        iv: 16 bytes, what stands above the master key.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: counter or IV has another length.
        CryptoInputError: the tree has too few leaves, or a branch factor out of its range.

    Examples:
        >>> card = bytes.fromhex("0123456789ABCDEF0123456789ABCDEF")
        >>> tree_session_key(card, bytes(2)).hex()
        '80bf3145aecb948a5201dab9ef469875'
    """
    check_key(master_key, (16,))
    check_length(atc, (2,), "the transaction counter")
    check_length(iv, (16,), "the IV")
    if branch not in range(2, 256) or height not in range(1, 17) or branch**height <= 0xFFFF:
        raise CryptoInputError("the tree has no leaf for each transaction counter")
    counter = int.from_bytes(atc, "big")
    parent, grandparent = master_key, iv
    for level in range(1, height):
        digit = counter // branch ** (height - level) % branch
        parent, grandparent = _branch(parent, grandparent, digit), parent
    leaf = _branch(parent, grandparent, counter % branch)
    return tdes.with_odd_parity(xor(leaf, grandparent))


def _branch(parent: bytes, grandparent: bytes, digit: int) -> bytes:
    left = xor(grandparent[:8], digit.to_bytes(8, "big"))
    right = xor(grandparent[8:], (digit ^ 0xF0).to_bytes(8, "big"))
    return tdes.encrypt_once(parent, left + right)


def _halves(issuer_key: bytes, digits: str) -> bytes:
    left = bytes.fromhex(digits)
    return tdes.with_odd_parity(tdes.encrypt(issuer_key, left + xor(left, _INVERTED)))


def _check(issuer_key: bytes, pan: str, sequence: str) -> None:
    check_key(issuer_key, (16,))
    check_digits(pan, PAN_LENGTHS, "the PAN")
    check_digits(sequence, (2,), "the PAN sequence number")
