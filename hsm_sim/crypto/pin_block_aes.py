"""PIN blocks of 16 bytes under AES keys: format 4 of ISO 9564-1:2017 §9.4.2 (payShield format code 48).

A PIN field is encrypted, exclusive-ored with a PAN field, and encrypted again under the same key. The whole PAN
counts, with its check digit.
"""

from saklar.hsm_sim.crypto import aes
from saklar.hsm_sim.crypto.blocks import xor
from saklar.hsm_sim.crypto.inputs import check_digits, check_length
from saklar.hsm_sim.crypto.pin_block import MAX_PIN, MIN_PIN, Filler, PinBlockError, PinLengthError

CONTROL = "4"
PIN_FILL = "A"
PIN_FIELD_END = 16
RANDOM_DIGITS = 16
MIN_PAN = 12
PAN_LENGTHS = range(1, 20)


def pin_field(pin: str, filler: Filler) -> bytes:
    """The PIN field in the clear, 16 bytes: control digit, length, PIN, A up to the half, and 16 random digits.

    Args:
        pin: 4 to 12 digits.
        filler: makes random hexadecimal digits.

    Raises:
        PinLengthError: the PIN is too short or too long.
        NotDigitsError: it has something else than digits.

    Examples:
        >>> pin_field("1234", lambda count: "F" * count).hex()
        '441234aaaaaaaaaaffffffffffffffff'
    """
    if not MIN_PIN <= len(pin) <= MAX_PIN:
        raise PinLengthError(f"a PIN has {MIN_PIN} to {MAX_PIN} digits")
    check_digits(pin, (len(pin),), "the PIN")
    text = f"{CONTROL}{len(pin):X}{pin}".ljust(PIN_FIELD_END, PIN_FILL)
    return bytes.fromhex(text + filler(RANDOM_DIGITS))


def pan_field(pan: str) -> bytes:
    """The PAN field, 16 bytes: how many digits the PAN has over 12, the PAN, and zeros.

    Args:
        pan: the whole PAN, up to 19 digits; a shorter one than 12 gets zeros on the left.

    Raises:
        NotDigitsError: the PAN is not made of that many digits.

    Examples:
        >>> pan_field("4111111111111111").hex()
        '44111111111111111000000000000000'
    """
    check_digits(pan, PAN_LENGTHS, "the PAN")
    digits = pan.rjust(MIN_PAN, "0")
    return bytes.fromhex(f"{len(digits) - MIN_PAN}{digits}".ljust(2 * aes.BLOCK, "0"))


def encipher_field(key: bytes, field: bytes, pan: str) -> bytes:
    """The block, 16 bytes, of a PIN field.

    Args:
        key: AES key of 16, 24 or 32 bytes.
        field: the PIN field, 16 bytes.
        pan: the whole PAN, up to 19 digits.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the PIN field has another length.
        NotDigitsError: the PAN is not made of that many digits.

    Examples:
        >>> key = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
        >>> field = bytes.fromhex("441234AAAAAAAAAAFFFFFFFFFFFFFFFF")
        >>> encipher_field(key, field, "1234567890123456789").hex()
        '28b41fddd29b743e93124bd8e32d921e'
    """
    check_length(field, (aes.BLOCK,), "the PIN field")
    return aes.encrypt(key, xor(aes.encrypt(key, field), pan_field(pan)))


def encipher(key: bytes, pin: str, pan: str, filler: Filler) -> bytes:
    """The block, 16 bytes, of a PIN.

    Args:
        key: AES key of 16, 24 or 32 bytes.
        pin: 4 to 12 digits.
        pan: the whole PAN, up to 19 digits.
        filler: makes random hexadecimal digits.

    Raises:
        PinLengthError: the PIN is too short or too long.
        KeyLengthError: the key has another length.
        NotDigitsError: PIN or PAN is not made of that many digits.

    Examples:
        >>> key = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
        >>> encipher(key, "1234", "1234567890123456789", lambda count: "F" * count).hex()
        '28b41fddd29b743e93124bd8e32d921e'
    """
    return encipher_field(key, pin_field(pin, filler), pan)


def decipher_field(key: bytes, block: bytes, pan: str) -> bytes:
    """The PIN field, 16 bytes, of a block; whether it holds a PIN is not looked at.

    Args:
        key: AES key of 16, 24 or 32 bytes.
        block: 16 bytes.
        pan: the whole PAN, up to 19 digits.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: the block has another length.
        NotDigitsError: the PAN is not made of that many digits.

    Examples:
        >>> key = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
        >>> block = bytes.fromhex("28B41FDDD29B743E93124BD8E32D921E")
        >>> decipher_field(key, block, "1234567890123456789").hex()
        '441234aaaaaaaaaaffffffffffffffff'
    """
    check_length(block, (aes.BLOCK,), "the PIN block")
    return aes.decrypt(key, xor(aes.decrypt(key, block), pan_field(pan)))


def decipher(key: bytes, block: bytes, pan: str) -> str:
    """The PIN in a block.

    Args:
        key: AES key of 16, 24 or 32 bytes.
        block: 16 bytes.
        pan: the whole PAN, up to 19 digits.

    Raises:
        PinBlockError: the block holds no PIN for this key and PAN.
        PinLengthError: it holds one of fewer than 4 or more than 12 digits.
        KeyLengthError: the key has another length.
        DataLengthError: the block has another length.
        NotDigitsError: the PAN is not made of that many digits.

    Examples:
        >>> key = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
        >>> block = bytes.fromhex("28B41FDDD29B743E93124BD8E32D921E")
        >>> decipher(key, block, "1234567890123456789")
        '1234'
    """
    text = decipher_field(key, block, pan).hex().upper()[:PIN_FIELD_END]
    length = int(text[1], 16)
    pin, fill = text[2 : 2 + length], text[2 + length :]
    if text[0] != CONTROL or len(pin) != length or not (pin or "0").isdecimal() or fill.strip(PIN_FILL):
        raise PinBlockError("not a block of ISO 9564 format 4 for this key and account")
    if not MIN_PIN <= length <= MAX_PIN:
        raise PinLengthError(f"a PIN has {MIN_PIN} to {MAX_PIN} digits")
    return pin
