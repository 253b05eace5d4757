"""The Visa PIN verification value."""

from saklar.hsm_sim.crypto import tdes

PVV_DIGITS = 4


def visa_pvv(pvk: bytes, account_number: str, pvki: str, pin: str) -> str:
    """The PVV, four digits.

    Args:
        pvk: PIN verification key pair, 16 bytes.
        account_number: the 12 right-most PAN digits without the check digit; the last 11 count.
        pvki: PIN verification key index, one digit.
        pin: the PIN; its first four digits count.

    The transformed security parameter is encrypted under the pair; of the result the decimal digits come first,
    then the others less ten (the method is public, for instance in IBM's CCA documentation of the Visa PVV).
    """
    parameter = bytes.fromhex(f"{account_number[-11:]}{pvki}{pin[:PVV_DIGITS]}")
    encrypted = tdes.encrypt(pvk, parameter).hex()
    digits = [digit for digit in encrypted if digit.isdigit()]
    digits += [str(int(letter, 16) - 10) for letter in encrypted if not letter.isdigit()]
    return "".join(digits[:PVV_DIGITS])
