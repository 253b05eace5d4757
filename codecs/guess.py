"""Which dialect bytes are in, when nobody says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from saklar.codecs.dialect import Dialect
from saklar.codecs.divided import Divided
from saklar.codecs.errors import DecodeError, FrameError, PartError
from saklar.codecs.framing import FRAMING_NAMES, Framing, framing
from saklar.codecs.library import dialect_names, load_dialect
from saklar.codecs.message import Message
from saklar.codecs.mti import is_mti

_VERSION_DIGITS = {"1987": "0", "1993": "1", "2003": "2"}
_CLASSES = "12345678"

_BAD_MTI, _OTHER_VERSION, _WRONG_CONTENT = 0.1, 0.3, 0.7
"""What is left of the likelihood: MTI of no known class, of another edition, each element with the wrong content."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A dialect that the bytes may be in.

    Attributes:
        dialect: which.
        message: what they are then.
        framing: the frame that was taken off, or None.
        likelihood: from 0 to 1: how well the content fits what the dialect says of its elements.
    """

    dialect: Dialect
    message: Message
    framing: Framing | None
    likelihood: float


def guess(data: bytes, dialects: Iterable[Dialect] | None = None) -> list[Guess]:
    """The dialects (of those given, or all that are shipped) that can read the bytes, the likeliest first.

    The bytes may be a message, or one whole frame with its length before it.
    """
    known = list(dialects) if dialects is not None else [load_dialect(name) for name in dialect_names()]
    found = [
        Guess(dialect, message, frame, _likelihood(dialect, message))
        for dialect in known
        for frame, payload in _payloads(data, dialect)
        if (message := _decoded(dialect, payload)) is not None
    ]
    return sorted(found, key=lambda one: (-one.likelihood, -_divided(one.message), one.dialect.name))


def _divided(message: Message) -> int:
    """How many elements the dialect can say more about: of two that fit, the one that tells more is the likelier."""
    return sum(_divides(message[number]) for number in message)


def _divides(value: str) -> bool:
    try:
        return isinstance(value, Divided) and bool(value.parts())
    except PartError:
        return False


def _payloads(data: bytes, dialect: Dialect) -> list[tuple[Framing | None, bytes]]:
    """The bytes, and what is in the frame that they may be."""
    found: list[tuple[Framing | None, bytes]] = [(None, data)]
    for frame in (dialect.framing, *map(framing, FRAMING_NAMES)):
        if frame is None or any(other is not None and other.name == frame.name for other, _ in found):
            continue
        try:
            found.append((frame, frame.unwrap(data)))
        except FrameError:
            continue
    return found


def _decoded(dialect: Dialect, data: bytes) -> Message | None:
    try:
        return dialect.decode(data)
    except DecodeError:
        return None


def _likelihood(dialect: Dialect, message: Message) -> float:
    mti = message.mti
    likelihood = 1.0 if is_mti(mti) and mti[1] in _CLASSES else _BAD_MTI
    if mti[:1] != _VERSION_DIGITS[dialect.version]:
        likelihood *= _OTHER_VERSION
    if not len(message):
        return likelihood * _BAD_MTI
    return float(likelihood * _WRONG_CONTENT ** len(dialect.check(message)))
