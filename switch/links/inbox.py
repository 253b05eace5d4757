"""What a connection's frames are for the engine."""

from __future__ import annotations

from saklar.codecs import DecodeError, Dialect
from saklar.switch.engine import Malformed, Received


def received(number: int, dialect: Dialect, frames: list[bytes]) -> list[Received | Malformed]:
    """An event for each frame that came on the connection of that number."""
    events: list[Received | Malformed] = []
    for frame in frames:
        try:
            events.append(Received(number, dialect.decode(frame)))
        except DecodeError as error:
            events.append(Malformed(number, error))
    return events
