"""A transaction is written in pieces, its beginning and changes of it; here they come together again."""

from __future__ import annotations

from typing import NamedTuple

from saklar.switch.engine.record import TransactionRecord
from saklar.switch.journal.form import Content

FIELDS = {name: position for position, name in enumerate(TransactionRecord._fields)}

_OUTCOME = ""
"""Among the changes of a transaction: the batch of its outcome. No field has this name."""


class Whole(NamedTuple):
    """A transaction as it stands.

    Attributes:
        record: all of it.
        batch: where it begins, or was last written again.
        outcome_batch: where its outcome is; 0 if there is none, or it is of before it was written again.
    """

    record: TransactionRecord
    batch: int
    outcome_batch: int


class Pieces:
    """Batches are added from the newest to the oldest: what is known of a transaction when its beginning comes is all.

    After a commit that failed and became durable all the same a transaction may be in the log twice: what came first
    out of here is right.
    """

    def __init__(self) -> None:
        self._later: dict[str, dict[str, object]] = {}
        self._written_again: set[str] = set()

    def add(self, batch: int, content: Content) -> list[Whole]:
        """Take in an older batch; returns what is whole with it, in order."""
        for id_, changed in reversed(content.changes):
            known = self._later.get(id_)
            if known is None:
                known = self._later[id_] = dict(changed)
            else:
                for name, value in changed.items():
                    known.setdefault(name, value)
            if "answered_by" in changed:
                known.setdefault(_OUTCOME, batch)
        found = [self._whole(each, batch, is_again=False) for each in content.begun if self._counts(each)]
        found += [self._whole(each, batch, is_again=True) for each in content.again if self._counts(each)]
        self._written_again.update(each.id for each in content.again)
        return found

    def _counts(self, record: TransactionRecord) -> bool:
        return not self._written_again or record.id not in self._written_again

    def _whole(self, record: TransactionRecord, batch: int, *, is_again: bool) -> Whole:
        changed = self._later.pop(record.id, None)
        outcome = batch if record.answered_by is not None and not is_again else 0
        if changed is None:
            return Whole(record, batch, outcome)
        outcome = changed.pop(_OUTCOME, outcome)  # type: ignore[assignment]
        values: list[object] = list(record)
        for name, value in changed.items():
            values[FIELDS[name]] = value
        return Whole(TransactionRecord._make(values), batch, outcome)
