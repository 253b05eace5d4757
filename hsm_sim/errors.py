"""The two-character error codes of host command responses."""

import enum
from collections.abc import Mapping


class ErrorCode(enum.StrEnum):
    """Codes and meanings as public payShield client libraries agree on them."""

    OK = "00"
    VERIFICATION_FAILED = "01"
    MODE = "02"
    INPUT_FORMAT = "03"
    KEY_TYPE_CODE = "04"
    KEY_LENGTH_FLAG = "05"
    MAC_LENGTH = "06"
    DESTINATION_MODE = "07"
    DESTINATION_KEY_TYPE = "08"
    MAC_PADDING = "09"
    SOURCE_KEY_PARITY = "10"
    DESTINATION_KEY_PARITY = "11"
    NO_KEYS_LOADED = "12"
    LMK_IDENTIFIER = "13"
    PIN_UNDER_LMK = "14"
    INVALID_INPUT = "15"
    NOT_AUTHORISED = "17"
    PIN_BLOCK = "20"
    ACCOUNT_NUMBER = "22"
    PIN_BLOCK_FORMAT = "23"
    PIN_LENGTH = "24"
    DECIMALISATION_TABLE = "25"
    KEY_SCHEME = "26"
    KEY_LENGTH_INCOMPATIBLE = "27"
    NOT_PERMITTED = "29"
    NO_OLD_LMK = "33"
    MESSAGE_FORMAT = "35"
    FRAUD_DETECTED = "39"
    COUNT = "52"
    COMMAND_DISABLED = "68"
    PIN_BLOCK_FORMAT_DISABLED = "69"
    DATA_LENGTH = "80"
    NO_DATA = "81"
    DISCRETIONARY_DATA_LENGTH = "82"
    KEY_BLOCK_FORMAT = "83"
    LMK_SCHEME = "A1"
    LMK_MISMATCH = "A3"
    KEY_BLOCK_AUTHENTICATION = "A4"
    KEY_BLOCK_LENGTH = "A5"
    KEY_BLOCK_USAGE = "A6"
    KEY_BLOCK_ALGORITHM = "A7"
    KEY_BLOCK_MODE = "A8"
    KEY_BLOCK_VERSION = "A9"
    KEY_BLOCK_EXPORT = "AA"
    KEY_BLOCK_OPTIONAL = "AB"
    CURVE = "D2"
    PUBLIC_KEY_ENCODING = "D3"


MEANINGS: dict[str, str] = {
    "00": "no error",
    "01": "verification failed",
    "02": "invalid mode, or key length wrong for the algorithm",
    "03": "invalid number of components, or input format",
    "04": "invalid key type code",
    "05": "invalid key length flag",
    "06": "message length error",
    "07": "invalid destination mode",
    "08": "invalid destination key type",
    "09": "invalid padding",
    "10": "source key parity error",
    "11": "destination key parity error",
    "12": "no keys loaded in user storage",
    "13": "invalid LMK identifier",
    "14": "PIN encrypted under the LMK is invalid",
    "15": "invalid input data",
    "17": "not in the authorised state",
    "20": "PIN block does not contain valid values",
    "22": "invalid account number",
    "23": "invalid PIN block format code",
    "24": "PIN is fewer than 4 or more than 12 digits long",
    "25": "decimalisation table error",
    "26": "invalid key scheme",
    "27": "incompatible key length",
    "29": "function not permitted",
    "33": "no LMK in key change storage",
    "35": "illegal message format",
    "39": "fraud detected",
    "41": "internal error",
    "52": "invalid number of commands, or branch and height",
    "68": "command disabled or unknown",
    "69": "PIN block format disabled",
    "80": "data length error",
    "81": "no data",
    "82": "invalid length of check value or discretionary data",
    "83": "key block format error",
    "A1": "incompatible LMK scheme",
    "A3": "key of another LMK",
    "A4": "key block authentication failed",
    "A5": "invalid key block length",
    "A6": "invalid key usage",
    "A7": "invalid algorithm",
    "A8": "invalid mode of use",
    "A9": "invalid key block version",
    "AA": "invalid exportability",
    "AB": "invalid optional block",
    "D2": "invalid curve",
    "D3": "invalid encoding of the public key",
}


class HsmError(Exception):
    """A command ends with this error code; the text, for people, holds no secret."""

    def __init__(self, code: ErrorCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class HsmWarning(HsmError):
    """A command ends with this code, and gives its data all the same."""

    def __init__(self, code: ErrorCode, reason: str, values: Mapping[str, str]) -> None:
        super().__init__(code, reason)
        self.values = values


def meaning(code: str) -> str:
    """An error code in words."""
    return MEANINGS.get(code, "unknown error")
