"""PIN blocks in host commands: their fields, and PINs in and out of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from saklar.hsm_sim.command import Unit
from saklar.hsm_sim.crypto import pin_block, pin_block_aes, tdes
from saklar.hsm_sim.crypto.inputs import CryptoInputError
from saklar.hsm_sim.errors import ErrorCode, HsmError
from saklar.hsm_sim.keys import AES, TDES, ClearKey
from saklar.hsm_sim.layout import Field, Optional, Part, Reader, Values, digits

AES_FORMAT, PLUS_FORMAT = "48", "04"
"""Format codes of blocks under AES keys, which take the whole PAN, and of those that take 18 digits of it."""

_FORMATS = frozenset(pin_block.FORMATS) | frozenset(pin_block.PARTICULAR_FORMATS)

_ALGORITHM_AT = 8
"""Where in a key block, scheme letter first, the key's algorithm is."""


@dataclass(frozen=True, slots=True)
class PinBlock:
    """A PIN block under a key of the same request: 32 hex digits if that is one of AES, 16 if not."""

    name: str
    key: str
    about: str

    @property
    def quick(self) -> tuple[str | None, re.Pattern[str]]:
        """Usually it is under a triple DES key; where keys are no key blocks, always."""
        return self.name, _TDES_BLOCK

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        of_aes = values[self.key][:1] == "S" and values[self.key][_ALGORITHM_AT] == AES
        values[self.name] = reader.take(_AES_BLOCK if of_aes else _TDES_BLOCK, self.name)

    def write(self, values: Values) -> str:
        """See `Part`.

        Raises:
            ValueError: the value is missing, or no PIN block.
        """
        value = values.get(self.name, "")
        if _ANY_BLOCK.fullmatch(value) is None:
            raise ValueError(f"{self.name}: 16 or 32 hex digits are expected")
        return value

    def rows(self) -> list[tuple[str, str, str]]:
        """See `Part`."""
        return [(self.name, "16H or 32H", f"{self.about}; 32H under an AES key")]


_TDES_BLOCK = re.compile("[0-9A-Fa-f]{16}")
_AES_BLOCK = re.compile("[0-9A-Fa-f]{32}")
_ANY_BLOCK = re.compile("[0-9A-Fa-f]{16}|[0-9A-Fa-f]{32}")


class _FormatCode(Field):
    """The code of a PIN block format."""

    @property
    def quick(self) -> tuple[str | None, re.Pattern[str]]:
        """Usually that of a format that takes 12 digits of the account number."""
        return self.name, _USUAL_FORMAT


_FORMAT = re.compile("[0-9]{2}")
_USUAL_FORMAT = re.compile(f"(?!{AES_FORMAT}|{PLUS_FORMAT})[0-9]{{2}}")


def format_code(name: str, about: str) -> Field:
    """The field of a PIN block format's code; what follows in the request depends on it."""
    return _FormatCode(name, "2N", _FORMAT, about, shown=True)


@dataclass(frozen=True, slots=True)
class _AccountNumber:
    """The account number, in the form that the PIN block formats of the same request take.

    Whatever form it has, `account_number` is 12 digits of it; `pan` or `plus_number` is there as well where a format
    takes more.

    Attributes:
        or_pan: whether the whole PAN and a semicolon may stand in its place.
    """

    or_pan: bool = False

    @property
    def quick(self) -> tuple[str | None, re.Pattern[str]] | None:
        """Usually it is 12 digits; where no format takes more, always."""
        return None if self.or_pan else ("account_number", _TWELVE)

    def read(self, reader: Reader, values: dict[str, str]) -> None:
        """See `Part`."""
        formats = _formats_in(values)
        if AES_FORMAT in formats or (self.or_pan and _PAN.match(reader.rest)):
            values["pan"] = reader.take(_PAN, "pan")[:-1]
            values["account_number"] = pin_block.account_number(values["pan"])
        elif PLUS_FORMAT in formats:
            values["plus_number"] = reader.take(_PLUS_NUMBER, "plus_number")
            values["account_number"] = values["plus_number"][-12:]
        else:
            values["account_number"] = reader.take(_TWELVE, "account_number")

    def write(self, values: Values) -> str:
        """See `Part`.

        Raises:
            ValueError: the value is missing, or not of the form.
        """
        formats = _formats_in(values)
        name, pattern, end = (
            ("pan", _PAN, ";") if AES_FORMAT in formats or (self.or_pan and "pan" in values)
            else ("plus_number", _PLUS_NUMBER, "") if PLUS_FORMAT in formats
            else ("account_number", _TWELVE, "")
        )  # fmt: skip
        text = values.get(name, "") + end
        if pattern.fullmatch(text) is None:
            raise ValueError(f"{name}: missing or malformed")
        return text

    def rows(self) -> list[tuple[str, str, str]]:
        """See `Part`."""
        return [
            ("account_number", "12N", "12 right-most PAN digits without the check digit"),
            ("pan", "≤19N", "in its place the whole PAN and ';', where a format code is 48"),
            ("plus_number", "18N", "in its place 18 digits, where a format code is 04"),
        ]


_TWELVE, _PLUS_NUMBER, _PAN = re.compile("[0-9]{12}"), re.compile("[0-9]{18}"), re.compile("[0-9]{12,19};")

_FORMAT_FIELDS = ("pin_block_format", "source_format", "destination_format")


def _formats_in(values: Values) -> list[str | None]:
    return [values.get(name) for name in _FORMAT_FIELDS]


ACCOUNT_NUMBER = _AccountNumber()
ACCOUNT_NUMBER_OR_PAN = _AccountNumber(or_pan=True)

OTHER_ACCOUNT_NUMBER = Optional(
    ";", (digits("other_account_number", 12, "the account number from here on, if it is another"),)
)


def translation(key: str) -> tuple[Part, ...]:
    """The end of a request to translate a PIN that comes under the key of that name."""
    return (
        digits("maximum_pin_length", 2, "12", shown=True),
        PinBlock("source_pin_block", key, "PIN block under the source key"),
        format_code("source_format", "its format code"),
        format_code("destination_format", "format code of the new block"),
        ACCOUNT_NUMBER,
    )


def pin_block_under(key: str) -> tuple[Part, ...]:
    """A PIN block under the key of that name, and its format."""
    return (
        PinBlock("pin_block", key, "PIN block under the key"),
        format_code("pin_block_format", "its format code"),
    )


_MADE = re.compile("[0-9A-F]{16}(?:[0-9A-F]{16})?")

MADE_BLOCK = Field("pin_block", "16H or 32H", _MADE, "PIN block under the key; 32H under an AES key")

TRANSLATED: tuple[Field, ...] = (
    digits("pin_length", 2, "digits of the PIN", shown=True),
    Field(
        "destination_pin_block",
        "16H or 32H",
        _MADE,
        "PIN block under the destination key; 32H under an AES key",
    ),
    digits("destination_format", 2, "its format code", shown=True),
)


def decrypt_pin(key: ClearKey, block: str, format_code: str, request: Values) -> str:
    """The PIN in an encrypted block.

    Args:
        key: that it is under.
        block: 16 or 32 hex digits.
        format_code: of the block.
        request: has the account number.

    Raises:
        HsmError: the format code is unknown or the key not for it, or the block holds no PIN of 4 to 12 digits.
    """
    _check_format(key, format_code)
    data = bytes.fromhex(block)
    try:
        if format_code == AES_FORMAT:
            return pin_block_aes.decipher(key.data, data, _account_of(request, format_code))
        return pin_block.decode(format_code, tdes.decrypt(key.data, data), _account_of(request, format_code))
    except pin_block.PinBlockError as error:
        raise HsmError(ErrorCode.PIN_BLOCK, str(error)) from None
    except pin_block.PinLengthError as error:
        raise HsmError(ErrorCode.PIN_LENGTH, str(error)) from None
    except CryptoInputError as error:
        raise HsmError(ErrorCode.INVALID_INPUT, str(error)) from None


def encrypt_pin(unit: Unit, key: ClearKey, pin: str, format_code: str, request: Values) -> str:
    """The encrypted block of a PIN.

    Raises:
        HsmError: the format code is unknown or the key not for it, or the format does not take so long a PIN.
    """
    _check_format(key, format_code)
    account_number = _account_of(request, format_code)
    try:
        if format_code == AES_FORMAT:
            return pin_block_aes.encipher(key.data, pin, account_number, unit.random_digits).hex().upper()
        clear = pin_block.encode(format_code, pin, account_number, unit.random_digits)
    except pin_block.PinLengthError as error:
        raise HsmError(ErrorCode.PIN_LENGTH, str(error)) from None
    return tdes.encrypt(key.data, clear).hex().upper()


def translate(unit: Unit, source: ClearKey, destination: ClearKey, request: Values) -> Values:
    """A PIN block under another key, and in another format if asked.

    Raises:
        HsmError: a format code is unknown, the block holds no PIN, or one that is too long.
    """
    _check_format(destination, request["destination_format"])
    pin = decrypt_pin(source, request["source_pin_block"], request["source_format"], request)
    if len(pin) > int(request["maximum_pin_length"]):
        raise HsmError(ErrorCode.PIN_LENGTH, "the PIN is longer than allowed")
    other = request.get("other_account_number")
    account = request if other is None else {"account_number": other}
    return {
        "pin_length": f"{len(pin):02d}",
        "destination_pin_block": encrypt_pin(unit, destination, pin, request["destination_format"], account),
        "destination_format": request["destination_format"],
    }


_ACCOUNT_FIELDS = {AES_FORMAT: "pan", PLUS_FORMAT: "plus_number"}


def _account_of(request: Values, format_code: str) -> str:
    """As much of the account number as the format takes."""
    name = _ACCOUNT_FIELDS.get(format_code, "account_number")
    if name not in request:
        raise HsmError(ErrorCode.ACCOUNT_NUMBER, f"{name}: format {format_code} needs it")
    return request[name]


def _check_format(key: ClearKey, format_code: str) -> None:
    if format_code not in _FORMATS and format_code != AES_FORMAT:
        raise HsmError(ErrorCode.PIN_BLOCK_FORMAT, f"PIN block format {format_code} is not supported")
    if key.algorithm != (AES if format_code == AES_FORMAT else TDES):
        raise HsmError(ErrorCode.KEY_LENGTH_INCOMPATIBLE, f"PIN block format {format_code} is for keys of another kind")
