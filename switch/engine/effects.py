"""What the engine wants done. It does none of it itself; the runner does, in the order given.

Nobody changes an effect or an event; they are not frozen because a frozen dataclass takes three times as long to make.
Those that every message makes have an `__init__` of their own, as the one that `dataclass` writes is never compiled: it
takes six times as long.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from saklar.switch.engine.record import Record

Level = Literal["debug", "info", "warning", "error"]


@dataclass(init=False)
class Send:
    """Send one encoded message on a connection (the link's framing is added on the way).

    `token` is handed back in `Disconnected` if the connection ends before the message has left.
    """

    connection: int
    payload: bytes = field(repr=False)
    token: Any

    def __init__(self, connection: int, payload: bytes, token: Any = None) -> None:
        self.connection = connection
        self.payload = payload
        self.token = token


@dataclass
class HsmCall:
    """Have the HSM execute a command (without header); its outcome comes back as `HsmDone`."""

    transaction: str
    request: bytes = field(repr=False)


@dataclass(init=False)
class Store:
    """Make these records durable, all or none of them, after all that were stored before.

    `Committed` counts what is done, in this order; nothing is left out.
    """

    records: tuple[Record, ...]

    def __init__(self, records: tuple[Record, ...]) -> None:
        self.records = records


@dataclass
class Close:
    """End a connection."""

    connection: int
    reason: str


@dataclass
class Note:
    """A line for the log. `fields` hold no secret: no PAN but masked, no track, no PIN block, no key."""

    level: Level
    event: str
    fields: Mapping[str, object]


Effect = Send | HsmCall | Store | Close | Note
