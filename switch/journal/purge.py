"""Removal of what is old: whole batches, from the beginning of the log."""

from __future__ import annotations

from typing import NamedTuple

from saklar.switch.engine.record import TransactionRecord
from saklar.switch.journal.interface import Purged
from saklar.switch.journal.log import Log, id_at, transaction
from saklar.switch.journal.recovery import Finder, staged_again

_NEEDED = """
WITH needed AS (SELECT about AS id FROM saf WHERE state IN ('queued', 'parked') UNION SELECT id FROM doubt)
SELECT needed.id FROM needed WHERE needed.id <= ?
    AND NOT EXISTS (SELECT 1 FROM places WHERE places.id = needed.id AND places.whole AND places.batch > ?)
ORDER BY needed.id
"""


class _Old(NamedTuple):
    """The beginning of the log, up to and with batch `last`."""

    last: int
    latest_id: str
    transactions: int
    more: bool


def purge(log: Log, before: str, limit: int) -> Purged:
    """See `Journal.purge`. What is in an old batch and still needed is written again, at the end of the log.

    Raises:
        JournalError: something that is needed cannot be opened; nothing was removed.
    """
    old = _old(log, id_at(before), limit)
    if not old.last:
        return Purged(0, more=False)
    again, was_open = _needed(log, old), dict(log.open)
    try:
        with transaction(log.database):
            staged = staged_again(log, again) if again else None
            if staged is not None:
                log.insert(staged)
            _delete(log, old)
    except BaseException:
        log.open = was_open
        raise
    if staged is not None:
        log.follow(staged.row)
    return Purged(old.transactions - len(again), old.more)


def _old(log: Log, end_id: str, limit: int) -> _Old:
    """Batches in which all is older than that, with some `limit` transactions; never the last batch of all."""
    query = "SELECT batch, latest_id, transactions FROM log WHERE batch < ? ORDER BY batch LIMIT ?"
    last, latest, removed = 0, "", 0
    for number, (batch, latest_id, count) in enumerate(log.database.execute(query, (log.batch, limit + 1))):
        if latest_id >= end_id:
            break
        if removed >= limit or number == limit:
            return _Old(last, latest, removed, more=True)
        last, latest, removed = batch, latest_id, removed + count
    return _Old(last, latest, removed, more=False)


def _needed(log: Log, old: _Old) -> list[TransactionRecord]:
    ids = [id_ for (id_,) in log.database.execute(_NEEDED, (old.latest_id, old.last))]
    ids += [id_ for id_, batch in log.open.items() if batch <= old.last and id_ not in ids]
    find = Finder(log, until=old.last)
    found = (find(id_) for id_ in ids)
    return [whole.record for whole in found if whole is not None and whole.batch <= old.last]


def _delete(log: Log, old: _Old) -> None:
    log.database.execute("DELETE FROM log WHERE batch <= ?", (old.last,))
    log.database.execute("DELETE FROM places WHERE batch <= ?", (old.last,))
    log.database.execute("DELETE FROM saf WHERE state IN ('done', 'cancelled') AND about <= ?", (old.latest_id,))
