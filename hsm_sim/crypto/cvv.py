"""Card verification values: Visa CVV, CVV2, iCVV and dCVV (Mastercard CVC, CVC2, chip CVC), and Mastercard CVC3."""

from saklar.hsm_sim.crypto import decimalisation, mac, tdes
from saklar.hsm_sim.crypto.blocks import xor
from saklar.hsm_sim.crypto.inputs import check_digits, check_key, check_length

CVV_DIGITS = 3
CVC3_DIGITS = 5

PAN_LENGTHS = range(12, 20)
SERVICE_CODE_CVV2 = "000"
SERVICE_CODE_ICVV = "999"
ATC_DIGITS = 4


def cvv(cvk: bytes, pan: str, expiry: str, service_code: str) -> str:
    """The CVV or CVC of the magnetic stripe, three digits.

    PAN, expiry date and service code, filled with zeros to two blocks, are authenticated: the first block is encrypted
    under the left key, the second under the pair. Decimal digits of the result come first, then the others less ten
    (the method is public, for instance in IBM's CCA documentation of CVV and CVC).

    Args:
        cvk: card verification key pair, 16 bytes.
        pan: the whole PAN, 12 to 19 digits.
        expiry: 4 digits, in the order that the issuer chose: YYMM as on the track, mostly.
        service_code: 3 digits.

    Raises:
        KeyLengthError: the key is no pair.
        NotDigitsError: another argument is not made of that many digits.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> cvv(key, "4123456789012345", "8701", "101")
        '561'
    """
    data = card_data(pan, expiry, service_code)
    return decimalisation.select(authenticated(cvk, data), CVV_DIGITS)


def card_data(pan: str, expiry: str, service_code: str) -> bytes:
    """What a `cvv` is made of, 16 bytes: PAN, expiry date and service code, filled with zeros.

    Raises:
        NotDigitsError: an argument is not made of its digits.

    Examples:
        >>> card_data("4123456789012345", "8701", "101").hex()
        '41234567890123458701101000000000'
    """
    check_digits(pan, PAN_LENGTHS, "the PAN")
    check_digits(expiry, (4,), "the expiry date")
    check_digits(service_code, (3,), "the service code")
    return bytes.fromhex(f"{pan}{expiry}{service_code}".ljust(32, "0"))


def authenticated(cvk: bytes, data: bytes) -> bytes:
    """The 8 bytes that a `cvv` is selected of: two blocks, the first under the left key, both under the pair.

    Raises:
        KeyLengthError: the key is no pair.
        DataLengthError: the data has not 16 bytes.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> authenticated(key, card_data("4123456789012345", "8701", "101")).hex()
        '5b614982e03c97dd'
    """
    check_key(cvk, (16,))
    check_length(data, (16,), "the data")
    return tdes.encrypt(cvk, xor(tdes.encrypt(cvk[:8], data[:8]), data[8:]))


def cvv2(cvk: bytes, pan: str, expiry: str) -> str:
    """The CVV2 or CVC2 printed on the card: the `cvv` of service code 000; issuers mostly give the expiry as MMYY.

    Raises:
        KeyLengthError: the key is no pair.
        NotDigitsError: PAN or expiry date is not made of its digits.

    Examples:
        >>> cvv2(bytes.fromhex("13345779133457791334577913345779"), "123456789012", "1108")
        '204'
    """
    return cvv(cvk, pan, expiry, SERVICE_CODE_CVV2)


def icvv(cvk: bytes, pan: str, expiry: str) -> str:
    """The iCVV or chip CVC in a chip's track 2 equivalent data: the `cvv` of service code 999.

    Raises:
        KeyLengthError: the key is no pair.
        NotDigitsError: PAN or expiry date is not made of its digits.

    Examples:
        >>> key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> icvv(key, "4123456789012345", "8701")
        '651'
    """
    return cvv(cvk, pan, expiry, SERVICE_CODE_ICVV)


def dcvv(icc_key: bytes, pan: str, expiry: str, service_code: str, atc: str) -> str:
    """The dynamic CVV of a Visa contactless magnetic stripe transaction, three digits.

    The `cvv` under the card's own key, of a PAN whose first four digits are replaced by the transaction counter
    (as jPOS, which states values for it, has it).

    Args:
        icc_key: the key of the card, derived from the issuer's; 16 bytes.
        pan: the whole PAN, 12 to 19 digits.
        expiry: 4 digits, YYMM.
        service_code: 3 digits.
        atc: the application transaction counter as the track has it, 4 digits.

    Raises:
        KeyLengthError: the key has another length.
        NotDigitsError: another argument is not made of that many digits.

    Examples:
        >>> from saklar.hsm_sim import emv_keys
        >>> issuer_key = bytes.fromhex("13345779133457791334577913345779")
        >>> icc_key = emv_keys.master_key_a(issuer_key, "1234567890123456")
        >>> dcvv(icc_key, "1234567890123456", "1310", "226", "3210")
        '422'
    """
    return cvv(icc_key, counted_pan(pan, atc), expiry, service_code)


def counted_pan(pan: str, atc: str) -> str:
    """The PAN of a `dcvv`, whose first four digits the transaction counter replaces.

    Raises:
        NotDigitsError: an argument is not made of its digits.

    Examples:
        >>> counted_pan("1234567890123456", "3210")
        '3210567890123456'
    """
    check_digits(pan, PAN_LENGTHS, "the PAN")
    check_digits(atc, (ATC_DIGITS,), "the transaction counter")
    return atc + pan[ATC_DIGITS:]


def ivcvc3(icc_key: bytes, track: bytes) -> bytes:
    """The IVCVC3 of a Mastercard contactless card, 2 bytes: the end of a MAC of its static track data.

    Args:
        icc_key: the key of the card, derived from the issuer's; 16 bytes.
        track: the static part of track 1 (characters) or track 2 (two digits a byte), as the issuer laid it down.

    Raises:
        KeyLengthError: the key has another length.

    Examples:
        >>> from saklar.hsm_sim import emv_keys
        >>> issuer_key = bytes.fromhex("01234567899876543210012345678998")
        >>> icc_key = emv_keys.master_key_a(issuer_key, "5123456789012345")
        >>> ivcvc3(icc_key, bytes.fromhex("5123456789012345D35121010000000000000F")).hex()
        '11ba'
    """
    check_key(icc_key, (16,))
    return mac.algorithm_3(icc_key, track, 2)[-2:]


def cvc3(icc_key: bytes, iv: bytes, unpredictable_number: bytes, atc: bytes) -> str:
    """The CVC3 of a Mastercard contactless magnetic stripe transaction: five digits, of which the last ones are used.

    Args:
        icc_key: the key of the card, derived from the issuer's; 16 bytes.
        iv: the `ivcvc3` of its track.
        unpredictable_number: 4 bytes, the terminal's.
        atc: application transaction counter, 2 bytes.

    Raises:
        KeyLengthError: the key has another length.
        DataLengthError: another argument has another length.

    Examples:
        >>> from saklar.hsm_sim import emv_keys
        >>> issuer_key = bytes.fromhex("01234567899876543210012345678998")
        >>> icc_key = emv_keys.master_key_a(issuer_key, "5123456789012345")
        >>> iv = ivcvc3(icc_key, bytes.fromhex("5123456789012345D35121010000000000000F"))
        >>> cvc3(icc_key, iv, bytes.fromhex("00000899"), bytes.fromhex("005E"))[-3:]
        '488'
    """
    check_key(icc_key, (16,))
    check_length(iv, (2,), "the IVCVC3")
    check_length(unpredictable_number, (4,), "the unpredictable number")
    check_length(atc, (2,), "the transaction counter")
    encrypted = tdes.encrypt_once(icc_key, iv + unpredictable_number + atc)
    return f"{int.from_bytes(encrypted[-2:], 'big'):0{CVC3_DIGITS}d}"
