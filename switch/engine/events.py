"""What can happen to the engine. Each event is a plain value; the links, the HSM client and the journal make them."""

from dataclasses import dataclass

from saklar.codecs import DecodeError, Message


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection of the named link is up. `connection` is a number never used again in this process."""

    connection: int
    link: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """That connection is gone, whoever ended it; nothing sent to it from now on can arrive."""

    connection: int


@dataclass(frozen=True, slots=True)
class Received:
    """A frame that decoded."""

    connection: int
    message: Message


@dataclass(frozen=True, slots=True)
class Malformed:
    """A whole frame that did not decode; `error.partial` holds what could be read of it."""

    connection: int
    error: DecodeError


@dataclass(frozen=True, slots=True)
class HsmDone:
    """The HSM's response to an `HsmCall`, or None when there will be none (no connection, connection lost)."""

    transaction: str
    response: bytes | None


@dataclass(frozen=True, slots=True)
class Committed:
    """The record of a `Store` is durable; `revision` says which one of the transaction's."""

    transaction: str
    revision: int


@dataclass(frozen=True, slots=True)
class StoreFailed:
    """The record of a `Store` could not be made durable."""

    transaction: str
    revision: int


@dataclass(frozen=True, slots=True)
class Draining:
    """The switch is about to stop: finish what is pending, refuse what is new."""


Event = Connected | Disconnected | Received | Malformed | HsmDone | Committed | StoreFailed | Draining
