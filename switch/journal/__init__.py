"""What happened, durably: one record a transaction, no secret among it.

`Journal` is the whole interface; `SqliteJournal` is the one there is. `JournalWriter` puts a journal
behind the engine: it gathers the records of a moment into one commit.
"""

from saklar.switch.journal.interface import Journal, JournalError
from saklar.switch.journal.reader import find_by_rrn
from saklar.switch.journal.sqlite import SqliteJournal
from saklar.switch.journal.writer import JournalWriter

__all__ = ["Journal", "JournalError", "JournalWriter", "SqliteJournal", "find_by_rrn"]
