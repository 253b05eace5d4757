"""What happened, durably: a log of sealed batches, one for each commit, and an index of it that is derived.

`Journal` is the whole interface; `SqliteJournal` is the one there is. `JournalWriter` puts a journal behind the
engine: it gathers the records of a moment into one commit. `search`, `waiting` and `verify` look into it from outside.
"""

from saklar.switch.journal.group import News
from saklar.switch.journal.interface import Journal, JournalError
from saklar.switch.journal.keys import JournalKeys, read_keys, write_keys
from saklar.switch.journal.reader import STATES, Found, Search, find_by_rrn, forwarded, search, waiting
from saklar.switch.journal.readonly import meta
from saklar.switch.journal.sqlite import SqliteJournal
from saklar.switch.journal.verify import Verdict, verify
from saklar.switch.journal.writer import JournalWriter

__all__ = [
    "STATES",
    "Found",
    "Journal",
    "JournalError",
    "JournalKeys",
    "JournalWriter",
    "News",
    "Search",
    "SqliteJournal",
    "Verdict",
    "find_by_rrn",
    "forwarded",
    "meta",
    "read_keys",
    "search",
    "verify",
    "waiting",
    "write_keys",
]
