"""What the PIN commands have in common: blocks under keys."""

from saklar.hsm_sim.command import Unit
from saklar.hsm_sim.crypto import pin_block, tdes
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.keys import ClearKey
from saklar.hsm_sim.layout import Field, Values, digits, hexadecimal

ACCOUNT_NUMBER = digits("account_number", 12, "12 right-most PAN digits without the check digit")

TRANSLATION = (
    digits("maximum_pin_length", 2, "12", shown=True),
    hexadecimal("source_pin_block", 16, "PIN block under the source key"),
    digits("source_format", 2, "its format code", shown=True),
    digits("destination_format", 2, "format code of the new block", shown=True),
    ACCOUNT_NUMBER,
)
"""The end of a request to translate a PIN."""

TRANSLATED: tuple[Field, ...] = (
    digits("pin_length", 2, "digits of the PIN", shown=True),
    hexadecimal("destination_pin_block", 16, "PIN block under the destination key"),
    digits("destination_format", 2, "its format code", shown=True),
)


def decrypt_pin(key: ClearKey, block: str, format_code: str, account_number: str) -> str:
    """The PIN in an encrypted block.

    Raises:
        HsmError: the format code is unknown, or the block holds no PIN of 4 to 12 digits.
    """
    _known(format_code)
    try:
        return pin_block.decode(format_code, tdes.decrypt(key.data, bytes.fromhex(block)), account_number)
    except pin_block.PinBlockError as error:
        raise HsmError(ErrorCode.PIN_BLOCK, str(error)) from None
    except pin_block.PinLengthError as error:
        raise HsmError(ErrorCode.PIN_LENGTH, str(error)) from None


def translate(unit: Unit, source: ClearKey, destination: ClearKey, request: Values) -> Values:
    """A PIN block under another key, and in another format if asked.

    Raises:
        HsmError: a format code is unknown, the block holds no PIN, or one that is too long.
    """
    _known(request["destination_format"])
    account_number = request["account_number"]
    pin = decrypt_pin(source, request["source_pin_block"], request["source_format"], account_number)
    if len(pin) > int(request["maximum_pin_length"]):
        raise HsmError(ErrorCode.PIN_LENGTH, "the PIN is longer than allowed")
    return {
        "pin_length": f"{len(pin):02d}",
        "destination_pin_block": encrypt_pin(unit, destination, pin, request["destination_format"], account_number),
        "destination_format": request["destination_format"],
    }


def encrypt_pin(unit: Unit, key: ClearKey, pin: str, format_code: str, account_number: str) -> str:
    """The encrypted block of a PIN.

    Raises:
        HsmError: the format code is unknown.
    """
    _known(format_code)
    clear = pin_block.encode(format_code, pin, account_number, unit.random_digits)
    return tdes.encrypt(key.data, clear).hex().upper()


def _known(format_code: str) -> None:
    if format_code not in pin_block.FORMATS:
        raise HsmError(ErrorCode.PIN_BLOCK_FORMAT, f"PIN block format {format_code} is not supported")
