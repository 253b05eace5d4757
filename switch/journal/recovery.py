"""What a start finds in the log, and what is looked up in it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from saklar.switch.engine.record import Recovered, SafRecord, TransactionRecord
from saklar.switch.journal.form import Content
from saklar.switch.journal.log import PUT_PLACE, Log, Staged, id_at
from saklar.switch.journal.pieces import Pieces, Whole
from saklar.switch.journal.schema import SAF_COLUMNS

_APPROVED_BY = "issuer"
_BATCHES_IN_MEMORY = 64

FAR = 1_000
"""Batches that a start reads beyond what it has to, before what is still `forwarding` so far back is written again."""


class _Walk(NamedTuple):
    """From the end of the log backwards: what was found, and in which batch the last of it is that was looked for."""

    found: dict[str, Whole]
    natural_end: int


def recovered(log: Log, limit: int, since: str) -> Recovered:
    """See `Journal.recover`. Something `forwarding` from long ago is written again, so that the next start is quick.

    Raises:
        JournalError: something that is needed cannot be opened.
    """
    found, natural_end = _walk(log, limit, id_at(since))
    wanted = sorted(id_ for id_, whole in found.items() if whole.record.received_at >= since)[-limit:]
    remembered = {id_: found[id_] for id_ in wanted}
    for id_ in log.open:
        remembered[id_] = found[id_]
    find = Finder(log)
    for (id_,) in log.database.execute("SELECT DISTINCT about FROM saf WHERE state = 'queued' ORDER BY about"):
        whole = found.get(id_) or find(id_)
        if whole is not None:
            remembered[id_] = whole
    told, last_position = log.told, log.database.execute("SELECT max(position) FROM saf").fetchone()[0] or 0
    doubtful = {
        id_
        for id_, whole in remembered.items()
        if whole.outcome_batch > told and whole.record.answered_by == _APPROVED_BY
    }
    write_again(log, [found[id_].record for id_, batch in log.open.items() if batch < natural_end - FAR])
    records = [remembered[id_].record for id_ in sorted(remembered)]
    return Recovered(records, _queued(log), frozenset(doubtful), last_position, log.batch)


def _walk(log: Log, limit: int, since_id: str) -> _Walk:
    """Back until `limit` transactions are found or all is older, and to the oldest that is `forwarding`."""
    floor = log.floor
    found: dict[str, Whole] = {}
    pieces, natural_end = Pieces(), 0
    for batch, latest_id, sealed in log.database.execute(
        "SELECT batch, latest_id, records FROM log ORDER BY batch DESC"
    ):
        if not natural_end and (len(found) >= limit or latest_id < since_id):
            natural_end = batch + 1
        if natural_end and batch < floor:
            break
        for whole in pieces.add(batch, log.content(batch, sealed)):
            found.setdefault(whole.record.id, whole)
    return _Walk(found, natural_end)


def write_again(log: Log, records: list[TransactionRecord]) -> None:
    """Put these, as they stand, at the end of the log: what earlier batches have of them counts no more."""
    if records:
        log.put(staged_again(log, records))


def staged_again(log: Log, records: list[TransactionRecord]) -> Staged:
    """The commit that writes these again."""
    batch = log.batch + 1
    for record in records:
        if log.open.pop(record.id, None) is not None:
            log.open[record.id] = batch
    places = [(record.id, batch, 1) for record in records]
    return Staged(log.row(batch, Content(again=records), log.told), [(PUT_PLACE, places)])


def _queued(log: Log) -> list[SafRecord]:
    selected = f"SELECT {', '.join(SAF_COLUMNS)}, message FROM saf WHERE state = 'queued' ORDER BY position"  # noqa: S608
    found = []
    for *plain, message in log.database.execute(selected):
        fields = dict(zip(SAF_COLUMNS, plain, strict=True))
        found.append(SafRecord(**fields, message=log.keys.open(message, fields["id"])))
    return found


class Finder:
    """Finds transactions in the log by their ids.

    Where one begins is found by its time, in steps that halve the log; only where clocks were set back are more batches
    looked at. From there on to its outcome is a matter of seconds, and the places of all else are known.

    Args:
        log: where to look.
        until: the last batch in which something may begin; the log's last, if left out.
    """

    def __init__(self, log: Log, until: int | None = None) -> None:
        self._log = log
        self._until = log.batch if until is None else until
        self._content = lru_cache(_BATCHES_IN_MEMORY)(self._read)

    def __call__(self, id_: str) -> Whole | None:
        """The transaction as it stands, or None.

        Raises:
            JournalError: something of it cannot be opened.
        """
        places = self._log.database.execute("SELECT batch, whole FROM places WHERE id = ?", (id_,)).fetchall()
        batches = {batch for batch, _ in places}
        if not any(whole for _, whole in places):
            batches.update(self._beginning_and_outcome(id_))
        pieces = Pieces()
        for batch in sorted(batches, reverse=True):
            for whole in pieces.add(batch, _of(self._content(batch), id_)):
                return whole
        return None

    def _beginning_and_outcome(self, id_: str) -> list[int]:
        for batch in self._may_begin(id_):
            for record in self._content(batch).begun:
                if record.id == id_:
                    return [batch, *self._outcome(record, batch)]
        return []

    def _may_begin(self, id_: str) -> Iterator[int]:
        database = self._log.database
        first, last = database.execute("SELECT min(batch), max(batch) FROM log").fetchone()
        if first is None:
            return

        def latest_id(batch: int) -> str:
            return str(database.execute("SELECT latest_id FROM log WHERE batch = ?", (batch,)).fetchone()[0])

        low = first + bisect_left(range(first, last + 1), id_, key=latest_id)
        query = "SELECT batch FROM log WHERE batch BETWEEN ? AND ? AND first_id <= ? AND last_id >= ? ORDER BY batch"
        for (batch,) in database.execute(query, (low, self._until, id_, id_)):
            yield batch

    def _outcome(self, record: TransactionRecord, batch: int) -> Iterable[int]:
        """Where the first change of its state is, which alone has no place of its own."""
        if record.state != "forwarding" or record.id in self._log.open:
            return
        for later in range(batch, self._log.batch + 1):
            if any(id_ == record.id and "state" in changed for id_, changed in self._content(later).changes):
                yield later
                return

    def _read(self, batch: int) -> Content:
        (sealed,) = self._log.database.execute("SELECT records FROM log WHERE batch = ?", (batch,)).fetchone()
        return self._log.content(batch, sealed)


def _of(content: Content, id_: str) -> Content:
    """What there is of one transaction."""
    return Content(
        [each for each in content.begun if each.id == id_],
        [each for each in content.changes if each.id == id_],
        [each for each in content.again if each.id == id_],
    )
