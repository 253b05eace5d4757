"""Does what the engine says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from saklar.switch.engine import Effect, Send, Store
from saklar.switch.engine.record import Record
from saklar.switch.links import Outboxes


class Writer(Protocol):
    """A `JournalWriter`, as far as it is needed."""

    batch: int

    def store(self, records: tuple[Record, ...]) -> None:
        """Have the records written with the next commit."""

    def begin(self) -> None:
        """Begin a commit of what waits, if one may begin now."""


class Hands:
    """Sends and stores.

    Args:
        writer: stores.
        outboxes: take what is sent.
        other: does all that is neither.
    """

    def __init__(self, writer: Writer, outboxes: Outboxes, other: Callable[[Effect], None]) -> None:
        self._writer = writer
        self._outboxes = outboxes
        self._other = other
        self._holds_back = False

    def hold_back(self) -> None:
        """Begin no commit before `begin`: more is about to come that goes into the same one."""
        self._holds_back = True

    def begin(self) -> None:
        """Begin a commit of what has been stored, if one may begin now."""
        self._holds_back = False
        self._writer.begin()

    def do(self, effects: list[Effect]) -> None:
        """Do effects, in order; what leaves does so together, at the end."""
        outboxes, batch = self._outboxes, self._writer.batch
        for effect in effects:
            if isinstance(effect, Send):
                outboxes.queue(effect.connection, effect.payload, effect.token, batch)
            elif isinstance(effect, Store):
                self._writer.store(effect.records)
            else:
                self._other(effect)
        if not self._holds_back:
            self._writer.begin()  # first: the disk works while the network is given what leaves
        outboxes.flush()
