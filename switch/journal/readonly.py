"""Opening a journal to look into it, also while a switch writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from saklar.switch.journal.interface import JournalError
from saklar.switch.journal.keys import JournalKeys
from saklar.switch.journal.schema import SCHEMA_VERSION


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The journal, read-only, whatever is in it.

    Raises:
        JournalError: the file is no journal.
    """
    try:
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            meta_of(database)
            yield database
        finally:
            database.close()
    except sqlite3.Error as error:
        raise JournalError(f"{path}: not a journal that can be read ({error})") from None


@contextmanager
def opened_with(path: Path, keys: JournalKeys) -> Iterator[sqlite3.Connection]:
    """The journal, read-only, if this saklar can read it and these are its keys.

    Raises:
        JournalError: it is of another schema, or has other keys.
    """
    with opened(path) as database:
        meta = meta_of(database)
        version = meta.get("schema_version")
        if version != str(SCHEMA_VERSION):
            advice = f"this saklar reads {SCHEMA_VERSION}, and brings an earlier one to it when its switch opens it"
            raise JournalError(f"{path}: schema {version}; {advice}")
        if meta.get("key_check") != keys.check_value:
            raise JournalError(f"{path}: these are not its keys")
        yield database


def meta(path: Path) -> dict[str, str]:
    """What a journal says of itself: its schema, and whose keys it has.

    Raises:
        JournalError: the file is no journal.
    """
    with opened(path) as database:
        return meta_of(database)


def meta_of(database: sqlite3.Connection) -> dict[str, str]:
    """What the journal says of itself."""
    return dict(database.execute("SELECT name, value FROM meta"))
