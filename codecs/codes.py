"""Response codes and network codes, the same thing said in two editions of the standard.

1987: DE 39 has two characters, network management says what it wants in DE 70. 1993: DE 39 (action code) has
three digits, DE 24 (function code) says what is wanted. The 1987 terms are the canonical ones here.
"""

from saklar.codecs.dialect import Dialect
from saklar.codecs.message import Message
from saklar.codecs.mti import message_class

_TO_ACTION = {
    "00": "000", "01": "107", "02": "108", "03": "109", "04": "200", "05": "100", "06": "909", "08": "001",
    "10": "002", "11": "003", "12": "902", "13": "110", "14": "111", "15": "908", "16": "004", "19": "903",
    "25": "914", "30": "904", "31": "905", "33": "201", "34": "202", "35": "203", "36": "204", "37": "205",
    "38": "206", "40": "115", "41": "208", "43": "209", "51": "116", "52": "114", "53": "114", "54": "101",
    "55": "117", "56": "118", "57": "119", "58": "120", "59": "102", "60": "103", "61": "121", "62": "104",
    "63": "122", "64": "110", "65": "123", "66": "105", "67": "207", "68": "911", "75": "106", "81": "126", "90": "906",
    "91": "907", "92": "908", "94": "913", "96": "909",
}  # fmt: skip
"""ISO 8583-1:1987 annex A to ISO 8583:1993 annex A, by meaning."""

_FROM_ACTION = {action: code for code, action in reversed(_TO_ACTION.items())} | {
    "107": "01", "114": "52", "112": "55", "400": "00", "600": "00", "800": "00", "900": "00", "908": "92", "909": "96",
    "910": "91", "911": "91", "912": "91", "916": "96", "921": "96", "922": "94", "923": "91",
}  # fmt: skip

_APPROVED_BY_CLASS = {"4": "400", "6": "600", "8": "800"}
"""Action codes that say yes where it is not to a payment: reversal accepted, administrative, network management."""

_DECLINED = {"1": "05", "2": "04", "9": "96"}
"""What an action code without a counterpart means, by its first digit; any other is a decline too."""

_TO_FUNCTION = {"001": "801", "002": "802", "101": "811", "161": "811", "201": "821", "202": "822", "301": "831"}
_FROM_FUNCTION = {"801": "001", "802": "002", "811": "161", "821": "201", "822": "202", "831": "301"}


def response_code(message: Message) -> str | None:
    """DE 39 in two-character 1987 terms, or None if the message has none.

    An action code of 1993 that has no counterpart is a decline, whatever it is.
    """
    code = message.get(39)
    if code is None or message.dialect.version == "1987":
        return code
    return _FROM_ACTION.get(code) or _DECLINED.get(code[:1], "05")


def native_response_code(dialect: Dialect, code: str, mti: str = "") -> str:
    """A 1987 response code as `dialect` says it; in 1993 an approval depends on the class of the message, its `mti`."""
    if dialect.version == "1987":
        return code
    if code == "00":
        return _APPROVED_BY_CLASS.get(message_class(mti), "000")
    return _TO_ACTION.get(code, "100")


def network_code(message: Message) -> str | None:
    """What a network management message wants, in 1987 terms: "001" sign-on, "002" sign-off, "301" echo test."""
    if message.dialect.version == "1987":
        return message.get(70)
    function = message.get(24)
    return _FROM_FUNCTION.get(function, function) if function is not None else None


def native_network_code(code: str) -> str:
    """A network management information code of 1987 as a function code of 1993."""
    return _TO_FUNCTION.get(code, "800")
