"""Reversals and advices as they go to the issuer: always as advices (0420, 0120, 0220), as they must be answered."""

from datetime import datetime

from saklar.codecs import CodecError, Dialect, Message, convert
from saklar.codecs.convert import PARTIAL_REVERSAL
from saklar.codecs.mti import message_class
from saklar.switch.engine.messages import HOP_BY_HOP, without_authentication_data

KEPT = (2, 3, 4, 5, 6, 9, 10, 12, 13, 14, 18, 19, 22, 23, 25, 26, 32, 33, 37, 38, 41, 42, 43, 49, 50, 51)
"""What a reversal says as its original did (ISO 8583-1:1987, table of message formats, column 0420)."""

LATE, UNDELIVERED = "late", "undelivered"
"""Why the switch reverses: the issuer did not answer in time; the acquirer could not be told."""

_REASON_1987 = {LATE: "68", UNDELIVERED: "06"}
"""DE 39: response received too late; error (ISO 8583-1:1987, annex A)."""

_REASON_1993 = {LATE: "4021", UNDELIVERED: "4013"}
"""DE 25: time-out waiting for response; unable to deliver message to point of service (ISO 8583:1993, annex A)."""

_FULL_REVERSAL_1993 = "400"
"""DE 24, function code."""


def reversal_of(kept: bytes, dialect: Dialect, stan: str, moment: datetime, why: str) -> Message:
    """The switch's own reversal of a request that the issuer may have approved.

    Args:
        kept: the request as the issuer got it.
        dialect: the issuer's.
        stan: a new STAN.
        moment: now, UTC: DE 7.
        why: `LATE` or `UNDELIVERED`.

    Raises:
        CodecError: the dialect has no form for it.
    """
    original = dialect.decode(kept)
    elements = {number: original[number] for number in KEPT if number in original and number in dialect.elements}
    reversal = dialect.message({"mti": f"{original.mti[0]}420", **elements})
    reversal[7] = f"{moment:%m%d%H%M%S}"
    reversal[11] = stan
    if dialect.version == "1987":
        reversal[39] = _REASON_1987[why]
    else:
        reversal[24], reversal[25] = _FULL_REVERSAL_1993, _REASON_1993[why]
    name_original(reversal, original)
    if dialect.has_header:
        reversal.header = original.header
    return reversal


def forwarded_reversal(request: Message, dialect: Dialect, stan: str, original: bytes | None) -> Message:
    """The acquirer's reversal as the issuer gets it, which names the original as the issuer knows it."""
    reversal = _forwarded(request, dialect, stan)
    if original is not None:
        name_original(reversal, dialect.decode(original))
    return reversal


def forwarded_advice(request: Message, dialect: Dialect, stan: str, original: bytes | None) -> Message:
    """The acquirer's advice as the issuer gets it; of what it completes it speaks as the issuer knows it."""
    advice = _forwarded(request, dialect, stan)
    if original is not None and original_element(dialect.version) in advice:
        name_original(advice, dialect.decode(original))
    return advice


def _forwarded(request: Message, dialect: Dialect, stan: str) -> Message:
    forwarded = convert(without_authentication_data(request), dialect)
    forwarded.mti = f"{forwarded.mti[:2]}20"
    forwarded[11] = stan
    for element in HOP_BY_HOP:
        if element in forwarded:
            del forwarded[element]
    return forwarded


def name_original(message: Message, original: Message) -> None:
    """Put original data elements into a message for the issuer: DE 90 in 1987, DE 56 in 1993."""
    version = message.dialect.version
    when = original.get(7 if version == "1987" else 12) or ""
    acquirer, forwarder = original.get(32) or "", original.get(33) or ""
    named = write_original_data(version, original.mti, original[11], when, acquirer, forwarder)
    message[original_element(version)] = named


def original_element(version: str) -> int:
    """Where a reversal names its original, in that edition (ISO 8583-1:1987, DE 90; ISO 8583:1993, DE 56)."""
    return 90 if version == "1987" else 56


def write_original_data(version: str, mti: str, stan: str, when: str, acquirer: str, forwarder: str = "") -> str:
    """Original data elements, as `remembered.original_data` reads them.

    In 1987 MTI n4, STAN n6, DE 7 n10, acquirer n11, forwarder n11; in 1993 MTI n4, STAN n6, DE 12 n12, acquirer LLVAR.
    """
    if version == "1987":
        return f"{mti}{stan}{when:0>10}{acquirer:0>11}{forwarder:0>11}"
    return f"{mti}{stan}{when:0>12}{len(acquirer):02d}{acquirer}"


def as_repeat(message: bytes, dialect: Dialect) -> bytes:
    """The same once more: 0420 becomes 0421 (ISO 8583-1:1987 §4.1, origin digit 1)."""
    repeat = dialect.decode(message)
    repeat.mti = f"{repeat.mti[:3]}{int(repeat.mti[3]) | 1}"
    return bytes(repeat)


def standing_amount(reversal: Message) -> int | None:
    """Of a partial reversal, what stands: DE 95 in 1987, DE 4 in 1993; None of a full one.

    Raises:
        CodecError: it has one that is no amount.
    """
    if message_class(reversal.mti) != "4":
        return None
    if reversal.dialect.version == "1987":
        stands = (reversal.get(95) or "")[:12]
    else:
        stands = reversal.get(4) or "" if reversal.get(24) == PARTIAL_REVERSAL else ""
    if not stands.strip("0 "):
        return None
    if not (stands.isascii() and stands.isdigit()):
        element = "95" if reversal.dialect.version == "1987" else "4"
        raise CodecError(element, None, "an amount of 12 digits is expected")
    return int(stands)
