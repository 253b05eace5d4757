"""Looking into a journal, also while a switch writes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import get_args

from saklar.switch.engine.record import Outcome, TransactionRecord
from saklar.switch.journal.index import COLUMNS, Progress, indexed
from saklar.switch.journal.keys import JournalKeys
from saklar.switch.journal.readonly import opened
from saklar.switch.journal.schema import SAF_COLUMNS

STATES: tuple[str, ...] = get_args(Outcome)

_SELECT = f"SELECT pan_masked, {', '.join(COLUMNS)} FROM transactions"  # noqa: S608 (our own names)


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; None for anything.

    Attributes:
        id: the correlation id.
        rrn: retrieval reference number, DE 37.
        stan: system trace audit number as the acquirer sent it, DE 11.
        terminal: DE 41.
        acquirer, issuer: names of links.
        state: one of `STATES`.
        since, until: of its arrival, as the journal has it (ISO 8601, UTC); the second is not included.
        pan_hash: of its PAN (`JournalKeys.hash_of`).
        doubt: of an approval that its acquirer may not have been told; "open" are those that wait.
    """

    id: str | None = None
    rrn: str | None = None
    stan: str | None = None
    terminal: str | None = None
    acquirer: str | None = None
    issuer: str | None = None
    state: str | None = None
    since: str | None = None
    until: str | None = None
    pan_hash: str | None = None
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A transaction in the journal: its record without what is sealed there, and of its PAN six and four digits."""

    record: TransactionRecord
    pan_masked: str


def search(
    path: Path, keys: JournalKeys, wanted: Search, limit: int = -1, progress: Progress | None = None
) -> Iterator[Found]:
    """The transactions that are wanted, oldest first; the journal's index is brought up to date before.

    Args:
        path: the journal.
        keys: open it.
        wanted: which.
        limit: how many; the newest of them. -1 for all.
        progress: told how far the index is.

    Raises:
        JournalError: the file is no journal, these are not its keys, or the index cannot be written.
    """
    parts = {part.name: getattr(wanted, part.name) for part in fields(wanted)}
    given = {name: value for name, value in parts.items() if value is not None}
    clauses = [f"{_COLUMN.get(name, name)} {_OPERATOR.get(name, '=')} ?" for name in given]
    where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
    newest = f"SELECT * FROM ({_SELECT}{where} ORDER BY id DESC LIMIT ?) ORDER BY id"  # noqa: S608 (our own names)
    values = [*given.values(), limit]
    with indexed(path, keys, progress) as database:
        for pan_masked, *row in database.execute(newest, values):
            record = TransactionRecord(**dict(zip(COLUMNS, row, strict=True)))
            yield Found(record, pan_masked or "")


_COLUMN = {"since": "received_at", "until": "received_at"}
_OPERATOR = {"since": ">=", "until": "<"}


def find_by_rrn(path: Path, keys: JournalKeys, rrn: str) -> list[TransactionRecord]:
    """The transactions with this retrieval reference number (DE 37), oldest first, without what is sealed.

    Raises:
        JournalError: as `search`.
    """
    return [found.record for found in search(path, keys, Search(rrn=rrn))]


def waiting(path: Path, *, parked: bool) -> Iterator[dict[str, object]]:
    """What is still to be forwarded, or (`parked`) what was given up, in order: all of it but the message.

    Raises:
        JournalError: the file is no journal.
    """
    return _saf(path, "WHERE state = ?", "parked" if parked else "queued")


def forwarded(path: Path) -> Iterator[dict[str, object]]:
    """All that was ever to be forwarded, whatever became of it, in order: all of it but the message.

    Raises:
        JournalError: the file is no journal.
    """
    return _saf(path, "")


def _saf(path: Path, where: str, *values: str) -> Iterator[dict[str, object]]:
    selected = f"SELECT {', '.join(SAF_COLUMNS)} FROM saf {where} ORDER BY position"  # noqa: S608 (our own names)
    with opened(path) as database:
        for row in database.execute(selected, values):
            yield dict(zip(SAF_COLUMNS, row, strict=True))
