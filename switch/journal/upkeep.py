"""Keeping a journal while no switch has it open: new data keys, another LMK, removal of what is old, parked items."""

from collections.abc import Iterator
from pathlib import Path

from saklar.hsm_sim.keys.lmk import Lmk
from saklar.switch.journal.keys import write_keys
from saklar.switch.journal.log import about, transaction
from saklar.switch.journal.sqlite import SqliteJournal

AT_A_TIME = 1_000


def rotate(journal: SqliteJournal, key_file: Path, lmk: Lmk) -> int:
    """Add a data key, which seals from now on; the earlier ones still open. Returns its version.

    Raises:
        JournalError: the file of keys cannot be written; the old keys stay.
    """
    journal.keys = journal.keys.rotated()
    write_keys(key_file, journal.keys, lmk)
    return journal.keys.current


def rewrap(journal: SqliteJournal, key_file: Path, lmk: Lmk) -> None:
    """Have another LMK wrap the keys.

    Raises:
        JournalError: the file of keys cannot be written; the old wrapping stays.
    """
    write_keys(key_file, journal.keys, lmk)


_SEALED: tuple[tuple[str, str, str, int | str], ...] = (
    ("log", "batch", "records", 0),
    ("saf", "id", "message", ""),
)
"""Tables, their keys and columns, and what comes before every key."""


def reencrypt(journal: SqliteJournal, key_file: Path, lmk: Lmk) -> Iterator[int]:
    """Seal everything under the newest data key, and forget the others. Yields how many batches and messages are done.

    It can be stopped at any time and run again: the old keys go last.

    Raises:
        JournalError: something cannot be opened; what was done so far stays done.
    """
    keys, database, done = journal.keys, journal.database, 0
    for table, key, column, after in _SEALED:
        query = (
            f"SELECT {key}, {column} FROM {table} WHERE {key} > ? "  # noqa: S608 (our own names)
            f"AND substr({column}, 1, 1) != ? ORDER BY {key} LIMIT ?"
        )
        while rows := database.execute(query, (after, bytes([keys.current]), AT_A_TIME)).fetchall():
            after = rows[-1][0]  # noqa: PLW2901 (it goes on from there)
            renewed = [(_renewed(journal, name, sealed), name) for name, sealed in rows]
            with transaction(database):
                database.executemany(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", renewed)  # noqa: S608
            done += len(renewed)
            yield done
    journal.keys = keys.newest()
    write_keys(key_file, journal.keys, lmk)


def _renewed(journal: SqliteJournal, name: int | str, sealed: bytes) -> bytes:
    bound_to = about(name) if isinstance(name, int) else name
    return journal.keys.seal(journal.keys.open(sealed, bound_to), bound_to)


def purge_all(journal: SqliteJournal, before: str) -> Iterator[int]:
    """Remove every transaction that came before that time and that nothing needs. Yields how many are gone."""
    gone, more = 0, True
    while more:
        removed, more = journal.purge(before, AT_A_TIME)
        gone += removed
        yield gone


def release(journal: SqliteJournal, id_: str) -> bool:
    """Put what was parked back into its queue; False if nothing of that id is parked.

    Raises:
        JournalError: it cannot be written.
    """
    with transaction(journal.database):
        changed = journal.database.execute(
            "UPDATE saf SET state = 'queued', attempts = 1, reason = NULL WHERE id = ? AND state = 'parked'", (id_,)
        )
        return changed.rowcount == 1
