"""Looking into a journal, also while a switch writes it."""

import sqlite3
from pathlib import Path

from saklar.switch.engine.record import TransactionRecord
from saklar.switch.journal.interface import JournalError
from saklar.switch.journal.schema import PLAIN_COLUMNS

_BY_RRN = f"SELECT {', '.join(PLAIN_COLUMNS)} FROM transactions WHERE rrn = ? ORDER BY id"  # noqa: S608


def find_by_rrn(path: Path, rrn: str) -> list[TransactionRecord]:
    """The transactions with this retrieval reference number (DE 37), oldest first, without their PANs.

    Raises:
        JournalError: the file is no journal.
    """
    try:
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            rows = database.execute(_BY_RRN, (rrn,)).fetchall()
        finally:
            database.close()
    except sqlite3.Error as error:
        raise JournalError(f"{path}: {error}") from None
    return [TransactionRecord(pan="", **dict(zip(PLAIN_COLUMNS, row, strict=True))) for row in rows]
