"""What happened, durably: one record a transaction, no secret among it.

`Journal` is the whole interface; `SqliteJournal` is the one there is. `JournalWriter` puts a journal
behind the engine: it gathers the records of a moment into one commit.
"""

from saklar.switch.journal.interface import Journal, JournalError
from saklar.switch.journal.reader import STATES, Found, Search, Verdict, find_by_rrn, hash_of_pan, search, verify
from saklar.switch.journal.sqlite import SqliteJournal
from saklar.switch.journal.writer import JournalWriter

__all__ = [
    "STATES",
    "Found",
    "Journal",
    "JournalError",
    "JournalWriter",
    "Search",
    "SqliteJournal",
    "Verdict",
    "find_by_rrn",
    "hash_of_pan",
    "search",
    "verify",
]
