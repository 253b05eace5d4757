"""The message type identifier: version, class, function, origin (ISO 8583-1:1987 §4.1, ISO 8583:1993 §4.1).

Every function takes any string and raises nothing: what is no MTI is no request, no response, and of no class.
A network has some twenty of them and asks about each message's several times, so what is known of the last ones is
kept; no more of them, as a peer chooses what stands there.
"""

from functools import lru_cache

KEPT = 256

_RESPONSE_FUNCTION = {"0": "1", "2": "3"}
"""Function digit of the response: request 0 → 1, advice 2 → 3. Notifications (4) have none."""


@lru_cache(KEPT)
def is_mti(text: str) -> bool:
    """Whether it is four digits."""
    return len(text) == 4 and text.isascii() and text.isdigit()


@lru_cache(KEPT)
def message_class(mti: str) -> str:
    """The class digit: "1" authorisation, "2" financial, "4" reversal, "8" network management …; "" if no MTI."""
    return mti[1] if is_mti(mti) else ""


@lru_cache(KEPT)
def is_request(mti: str) -> bool:
    """Whether it wants a response: a request or an advice, first sent or repeated."""
    return is_mti(mti) and mti[2] in _RESPONSE_FUNCTION


@lru_cache(KEPT)
def is_response(mti: str) -> bool:
    """Whether it is the response to a request or an advice."""
    return is_mti(mti) and mti[2] in _RESPONSE_FUNCTION.values()


@lru_cache(KEPT)
def is_repeat(mti: str) -> bool:
    """Whether its sender says that it sent it before (origin digit 1, 3 or 5)."""
    return is_mti(mti) and mti[3] in "135"


@lru_cache(KEPT)
def response_mti(mti: str) -> str:
    """The MTI of the response: 0200 → 0210, 0420 → 0430; a repeat's is the plain one: 0201 → 0210, 0421 → 0430.

    Raises:
        ValueError: messages of this MTI have no response.
    """
    if not is_request(mti):
        raise ValueError(f"a message {mti!r} has no response")
    return f"{mti[:2]}{_RESPONSE_FUNCTION[mti[2]]}{int(mti[3]) & ~1}"
