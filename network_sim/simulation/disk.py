"""A disk that is slow, fails, and forgets what was not synced when the switch crashes; the tables are the journal's."""

import os
import sqlite3
from collections import Counter

from saklar.network_sim.simulation.world import World
from saklar.switch.engine import Recovered
from saklar.switch.engine.record import Record
from saklar.switch.journal.keys import JournalKeys
from saklar.switch.journal.log import Log, create
from saklar.switch.journal.pieces import Pieces
from saklar.switch.journal.recovery import recovered

KEYS = JournalKeys(os.urandom(32), {1: os.urandom(32)})


class Disk:
    """What is durable. It outlives every crash of the switch."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.database.execute("PRAGMA synchronous = OFF")
        create(self.database, KEYS)
        self._log = Log(self.database, KEYS)

    def write(self, records: list[Record], told: int) -> int:
        """Make the records durable, as `SqliteJournal.write` does."""
        return self._log.put(self._log.stage(records, told))

    def recover(self) -> Recovered:
        """What a start of the switch finds; what the one before had in its memory is gone."""
        self._log = Log(self.database, KEYS)
        return recovered(self._log, 100_000, "")

    def states(self) -> dict[str, int]:
        """How many transactions are in each state."""
        pieces = Pieces()
        batches = sorted(self._log.contents(0), reverse=True, key=lambda each: each[0])
        return Counter(whole.record.state for batch, content in batches for whole in pieces.add(batch, content))

    def to_forward(self) -> dict[str, int]:
        """How many of what is to be forwarded are in each state."""
        return dict(self.database.execute("SELECT state, count(*) FROM saf GROUP BY state"))
