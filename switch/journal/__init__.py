"""What happened, durably: one record a transaction, no secret among it.

`Journal` is the whole interface; `SqliteJournal` is the one there is. `JournalWriter` puts a journal
behind the engine: it gathers the records of a moment into one commit.
"""

from saklar.switch.journal.interface import Journal, JournalError
from saklar.switch.journal.keys import JournalKeys, read_keys, write_keys
from saklar.switch.journal.reader import STATES, Found, Search, Verdict, find_by_rrn, search, verify, waiting
from saklar.switch.journal.sqlite import SqliteJournal
from saklar.switch.journal.writer import JournalWriter

__all__ = [
    "STATES",
    "Found",
    "Journal",
    "JournalError",
    "JournalKeys",
    "JournalWriter",
    "Search",
    "SqliteJournal",
    "Verdict",
    "find_by_rrn",
    "read_keys",
    "search",
    "verify",
    "waiting",
    "write_keys",
]
