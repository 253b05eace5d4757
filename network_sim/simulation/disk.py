"""A disk that is slow, fails, and forgets what was not synced when the switch crashes; the tables are the journal's."""

import os
import sqlite3

from saklar.network_sim.simulation.world import World
from saklar.switch.engine import Recovered
from saklar.switch.engine.record import Record
from saklar.switch.journal.keys import JournalKeys
from saklar.switch.journal.sqlite import create, put, recovered, transaction

KEYS = JournalKeys(os.urandom(32), {1: os.urandom(32)})


class Disk:
    """What is durable. It outlives every crash of the switch."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.database = sqlite3.connect(":memory:")
        self.database.execute("PRAGMA synchronous = OFF")
        create(self.database, KEYS)
        self.batch = 0

    def write(self, records: list[Record], told: int) -> int:
        """Make the records durable, as `SqliteJournal.write` does."""
        self.batch += 1
        with transaction(self.database):
            put(self.database, KEYS, records, self.batch)
            self.database.execute("UPDATE meta SET value = ? WHERE name = 'commits'", (f"{self.batch} {told}",))
        return self.batch

    def recover(self) -> Recovered:
        """What a start of the switch finds."""
        return recovered(self.database, KEYS, 100_000, "")

    def states(self) -> dict[str, int]:
        """How many transactions are in each state."""
        return dict(self.database.execute("SELECT state, count(*) FROM transactions GROUP BY state"))

    def to_forward(self) -> dict[str, int]:
        """How many of what is to be forwarded are in each state."""
        return dict(self.database.execute("SELECT state, count(*) FROM saf GROUP BY state"))
