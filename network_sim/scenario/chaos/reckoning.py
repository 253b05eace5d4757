"""What a journal says, held against what acquirers were told and issuers asked: is any money lost? Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from saklar.codecs.mti import message_class
from saklar.network_sim.scenario.chaos.watching import Asked, Seen, Told
from saklar.network_sim.scenario.generation import FINANCIAL, REVERSAL
from saklar.switch.engine import TransactionRecord
from saklar.switch.engine.settling import NO_MOVEMENT

STANDS = ("approved", "partly_reversed")
"""States in which the issuer's approval holds."""

Row = Mapping[str, object]
"""Of what is or was to be forwarded, as `saklar.switch.journal.forwarded` has it."""


def reckon(records: Sequence[TransactionRecord], rows: Sequence[Row], seen: Seen) -> Iterator[str]:
    """The promises that are broken, in words, when nothing is under way any more.

    Args:
        records: all transactions of a journal.
        rows: all that was to be forwarded.
        seen: what was seen of the switch meanwhile.
    """
    books = _Books.of(records, rows, seen)
    for record in records:
        if record.state == "forwarding":
            yield f"{_named(record)} has no outcome"
        elif message_class(record.mti) in FINANCIAL and record.state != "accepted":
            yield from (f"{_named(record)} is {record.state}, and {what}" for what in books.wrong_with(record))
    for row in rows:
        yield from (f"the {row['mti']} {row['stan']} for {row['issuer']} {what}" for what in books.wrong_with_row(row))
    yield from _untraced(records, rows, seen)


@dataclass(frozen=True)
class _Books:
    """What there is to hold a transaction against.

    Attributes:
        reversing: states of what the switch itself sends to reverse a transaction, by its id.
        taken_back: ids of transactions that their acquirers have reversed.
        told: acquirers that were told an approval, by link, class and STAN.
    """

    seen: Seen
    reversing: Mapping[str, str]
    taken_back: Collection[str]
    told: Collection[tuple[str, ...]]

    @classmethod
    def of(cls, records: Sequence[TransactionRecord], rows: Sequence[Row], seen: Seen) -> _Books:
        reversing = {str(row["about"]): str(row["state"]) for row in rows if row["kind"] == "reversal"}
        accepted = (r for r in records if message_class(r.mti) == REVERSAL and r.state == "accepted")
        taken_back = {record.original_id for record in accepted if record.original_id is not None}
        return cls(seen, reversing, taken_back, {told[:3] for told in seen.told})

    def wrong_with(self, record: TransactionRecord) -> Iterator[str]:
        """What is wrong with the state of a financial transaction."""
        asked = (record.issuer or "", record.mti[1], record.issuer_stan or "")
        if record.state in STANDS:
            yield from self._wrong_with_approved(record, asked)
        elif record.state == "declined" and asked not in self.seen.declined:
            yield "its issuer has not said so"
        elif record.state != "declined" and asked in self.seen.asked and record.id not in self.taken_back:
            yield from self._wrong_with_untold(record, asked)

    def _wrong_with_approved(self, record: TransactionRecord, asked: Asked) -> Iterator[str]:
        if (record.acquirer, record.mti[1], record.stan) not in self.told and record.doubt is None:
            yield "nobody was told"
        if asked not in self.seen.approved:
            yield "its issuer has not said so"
        if record.state == "approved" and record.id in self.taken_back:
            yield "its acquirer has reversed it"

    def _wrong_with_untold(self, record: TransactionRecord, asked: Asked) -> Iterator[str]:
        """Of what was given to its issuer and is no approval, nor a decline, nor taken back by its acquirer."""
        if record.id not in self.reversing and _moves_money(record):
            yield "its issuer was asked, and gets no reversal"
        if self.reversing.get(record.id) == "cancelled" and asked in self.seen.approved:
            yield "its issuer has approved it, and gets no reversal"
        if _as_told(record) in self.seen.arrived:
            yield "its acquirer was told that it is approved"

    def wrong_with_row(self, row: Row) -> Iterator[str]:
        """What is wrong with a reversal or an advice."""
        asked = (str(row["issuer"]), str(row["mti"])[1], str(row["stan"]))
        if row["state"] == "queued":
            yield "does not get there"
        if row["state"] == "done" and asked not in self.seen.approved | self.seen.declined:
            yield "counts as answered, and was not"


def _untraced(records: Sequence[TransactionRecord], rows: Sequence[Row], seen: Seen) -> Iterator[str]:
    """What was told or asked, and the journal does not have."""
    known = {(record.acquirer, record.mti[1], record.stan) for record in records}
    asked = {(record.issuer or "", record.mti[1], record.issuer_stan or "") for record in records}
    asked |= {(str(row["issuer"]), str(row["mti"])[1], str(row["stan"])) for row in rows}
    for link, kind, stan in sorted({told[:3] for told in seen.told} - known):
        yield f"an approval of x{kind}xx {stan} was told to {link}, and the journal has none"
    financial = {one for one in seen.asked if one[1] in FINANCIAL}
    for link, kind, stan in sorted(financial - asked):
        yield f"{link} was asked x{kind}xx {stan}, and the journal knows nothing of it"


def _moves_money(record: TransactionRecord) -> bool:
    return not (record.processing_code or "").startswith(NO_MOVEMENT)


def _named(record: TransactionRecord) -> str:
    return f"{record.mti} {record.stan} of {record.acquirer}"


def _as_told(record: TransactionRecord) -> Told:
    parts = (record.rrn or "", record.terminal or "", record.transmission or "")
    return Told(record.acquirer, record.mti[1], record.stan, *parts)
