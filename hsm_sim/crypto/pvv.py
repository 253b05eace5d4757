"""The Visa PIN verification value."""

from saklar.hsm_sim.crypto import decimalisation, tdes
from saklar.hsm_sim.crypto.inputs import check_digits, check_key

PVV_DIGITS = 4


def visa_pvv(pvk: bytes, account_number: str, pvki: str, pin: str) -> str:
    """The PVV, four digits.

    Args:
        pvk: PIN verification key pair, 16 bytes.
        account_number: the 12 right-most PAN digits without the check digit; the last 11 count.
        pvki: PIN verification key index, one digit.
        pin: the PIN, 4 to 12 digits; its first four digits count.

    The transformed security parameter is encrypted under the pair; of the result the decimal digits come first,
    then the others less ten (the method is public, for instance in IBM's CCA documentation of the Visa PVV).

    Raises:
        KeyLengthError: the key is no pair.
        NotDigitsError: another argument is not made of that many digits.

    Examples:
        >>> pvk = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        >>> visa_pvv(pvk, "233445566778", "1", "4524")
        '8523'
    """
    check_key(pvk, (16,))
    parameter = security_parameter(account_number, pvki, pin)
    return decimalisation.select(tdes.encrypt(pvk, parameter), PVV_DIGITS)


def security_parameter(account_number: str, pvki: str, pin: str) -> bytes:
    """The transformed security parameter that is encrypted, 8 bytes: 11 digits of the account, PVKI, 4 of the PIN.

    Raises:
        NotDigitsError: an argument is not made of its digits.

    Examples:
        >>> security_parameter("233445566778", "1", "4524").hex()
        '3344556677814524'
    """
    check_digits(account_number, (11, 12), "the account number")
    check_digits(pvki, (1,), "the PIN verification key index")
    check_digits(pin, range(4, 13), "the PIN")
    return bytes.fromhex(f"{account_number[-11:]}{pvki}{pin[:PVV_DIGITS]}")
