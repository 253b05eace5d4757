"""The two-character error codes of host command responses."""

import enum


class ErrorCode(enum.StrEnum):
    """Codes and meanings as public payShield client libraries agree on them."""

    OK = "00"
    VERIFICATION_FAILED = "01"
    KEY_TYPE_CODE = "04"
    KEY_LENGTH_FLAG = "05"
    SOURCE_KEY_PARITY = "10"
    DESTINATION_KEY_PARITY = "11"
    LMK_IDENTIFIER = "13"
    INVALID_INPUT = "15"
    PIN_BLOCK = "20"
    PIN_BLOCK_FORMAT = "23"
    PIN_LENGTH = "24"
    KEY_SCHEME = "26"
    KEY_LENGTH_INCOMPATIBLE = "27"
    COMMAND_DISABLED = "68"
    DATA_LENGTH = "80"


MEANINGS: dict[str, str] = {
    "00": "no error",
    "01": "verification failed",
    "04": "invalid key type code",
    "05": "invalid key length flag",
    "10": "source key parity error",
    "11": "destination key parity error",
    "13": "invalid LMK identifier",
    "15": "invalid input data",
    "20": "PIN block does not contain valid values",
    "23": "invalid PIN block format code",
    "24": "PIN is fewer than 4 or more than 12 digits long",
    "26": "invalid key scheme",
    "27": "incompatible key length",
    "29": "function not permitted",
    "41": "internal error",
    "68": "command disabled or unknown",
    "80": "data length error",
}


class HsmError(Exception):
    """A command ends with this error code; the text, for people, holds no secret."""

    def __init__(self, code: ErrorCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def meaning(code: str) -> str:
    """An error code in words."""
    return MEANINGS.get(code, "unknown error")
