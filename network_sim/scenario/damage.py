"""What faults do to bytes and times: pure functions of bytes and draws. Nothing here knows of a connection."""

from __future__ import annotations

import random
from dataclasses import dataclass

from saklar.codecs import Framing, Message

BYTE_BITS = 8
DIGITS = 10
HALF = 0x0F

TAIL = 1.16
"""The shape of the heavy tail: with this one a fifth of the delays has four fifths of the time (Pareto's rule)."""

TAIL_TIMES = 100
"""A delay with a heavy tail is at most so many times the least one, where nothing else is said."""

TICK_S = 0.1
"""Bytes of a limited bandwidth leave in one piece for each such time."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes to be written at once, so many seconds after those before them."""

    data: bytes
    hold_s: float = 0.0


def heavy_delay_s(least_s: float, most_s: float | None, rng: random.Random) -> float:
    """A delay with a heavy tail (Pareto): mostly near the least one, now and then up to `most_s`."""
    return min(least_s * rng.paretovariate(TAIL), least_s * TAIL_TIMES if most_s is None else most_s)


def flipped(data: bytes, rng: random.Random, bit: int | None = None) -> bytes:
    """The bytes with one bit the other way round: the one of that number from 0, the highest of a byte first."""
    at = rng.randrange(len(data) * BYTE_BITS) if bit is None else min(bit, len(data) * BYTE_BITS - 1)
    byte, place = divmod(at, BYTE_BITS)
    return _with(data, byte, data[byte] ^ (0x80 >> place))


def altered(data: bytes, rng: random.Random, at: int | None = None) -> bytes:
    """The bytes with one of them another one: the one of that number from 0."""
    place = rng.randrange(len(data)) if at is None else min(at, len(data) - 1)
    return _with(data, place, data[place] ^ rng.randrange(1, 256))


def miscounted(data: bytes, rng: random.Random, first: int, last: int) -> bytes:
    """The bytes with a character in data[first:last] another one of its kind: a digit stays one, packed or not."""
    place = rng.randrange(first, last)
    digit = data[place] & HALF
    other = (digit + rng.randrange(1, DIGITS)) % DIGITS if digit < DIGITS else digit ^ 1
    return _with(data, place, data[place] & ~HALF | other)


def _with(data: bytes, place: int, value: int) -> bytes:
    return data[:place] + bytes((value,)) + data[place + 1 :]


def place_of(message: Message, payload: bytes, number: int) -> tuple[int, int] | None:
    """Where a decoded message has the content of an element: first byte and the one behind; None if it has it not.

    Of an element of variable length that is its last byte, as those before may be its length.
    """
    own = message.raw_element(number) if number in message else None
    if not own:
        return None
    first = len(payload) - sum(len(message.raw_element(other) or b"") for other in message if other >= number)
    end = first + len(own)
    return (first if message.dialect.elements[number].is_fixed else end - 1), end


def misframed(payload: bytes, framing: Framing, rng: random.Random, stated: int | None = None) -> bytes:
    """The payload in a frame whose length states so many bytes, or has one byte that is another one.

    Raises:
        FrameError: the length cannot state that.
    """
    if stated is not None:
        return framing.up_to(framing.most).prefix(stated) + payload
    return altered(framing.prefix(len(payload)), rng) + payload


def cut(data: bytes, rng: random.Random, length: int | None = None, *, least: int = 0) -> bytes:
    """The first so many bytes, or a number drawn: fewer than there are, but at least `least`."""
    return data[: rng.randrange(least, max(len(data), least + 1)) if length is None else max(length, least)]


def pieces(data: bytes, size: int, every_s: float) -> list[Chunk]:
    """The bytes in pieces of a size, one after the other."""
    return [Chunk(data[at : at + size], every_s if at else 0.0) for at in range(0, len(data), size)]


def throttled(data: bytes, bytes_per_s: int) -> list[Chunk]:
    """The bytes as a line of that bandwidth lets them through."""
    size = max(1, round(bytes_per_s * TICK_S))
    parts = (data[at : at + size] for at in range(0, len(data), size))
    return [Chunk(part, len(part) / bytes_per_s) for part in parts]
