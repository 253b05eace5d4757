"""What can happen to the engine. Each event is a plain value; the links, the HSM client and the journal make them."""

from dataclasses import dataclass
from typing import Any

from saklar.codecs import DecodeError, Message


@dataclass
class Connected:
    """A connection of the named link is up. `connection` is a number never used again in this process."""

    connection: int
    link: str


@dataclass
class Disconnected:
    """That connection is gone, whoever ended it; nothing sent to it from now on can arrive.

    `unsent` are tokens of messages of which no byte was given to the network; of those in `doubtful` some may have
    been.
    """

    connection: int
    unsent: tuple[Any, ...] = ()
    doubtful: tuple[Any, ...] = ()


@dataclass(init=False)
class Received:
    """A frame that decoded."""

    connection: int
    message: Message

    def __init__(self, connection: int, message: Message) -> None:  # see `effects`
        self.connection = connection
        self.message = message


@dataclass
class Malformed:
    """A whole frame that did not decode; `error.partial` holds what could be read of it."""

    connection: int
    error: DecodeError


@dataclass
class HsmDone:
    """The HSM's response to an `HsmCall`, or None when there will be none (no connection, connection lost)."""

    transaction: str
    response: bytes | None


@dataclass
class Committed:
    """The next `count` effects `Store`, in the order in which they were given, are durable."""

    count: int


@dataclass
class JournalDown:
    """The journal cannot make anything durable at present.

    What was stored waits and is tried again, in order. `stalled`: it is at work and takes too long, so that it is not
    known what of this is durable already; otherwise it has failed, and nothing of it is.
    """

    reason: str
    stalled: bool = False


@dataclass
class JournalUp:
    """The journal works again; all that waited is durable."""


@dataclass
class Draining:
    """The switch is about to stop: finish what is pending, refuse what is new."""


Event = Connected | Disconnected | Received | Malformed | HsmDone | Committed | JournalDown | JournalUp | Draining
