"""What a journal says, held against what acquirers were told and issuers were asked: is any money lost? Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain

from saklar.codecs.mti import message_class
from saklar.network_sim.scenario.chaos.watching import Seen, Told
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
    reversing = {str(row["about"]) for row in rows if row["kind"] == "reversal"}
    taken_back = {r.original_id for r in records if message_class(r.mti) == REVERSAL and r.original_id is not None}
    told_by_stan = {told[:3] for told in seen.told}
    for record in records:
        if message_class(record.mti) not in FINANCIAL or record.state == "accepted":
            if record.state == "forwarding":
                yield f"{_named(record)} has no outcome"
            continue
        is_reversed = record.id in reversing or record.id in taken_back
        yield from _about(record, seen, told_by_stan, is_reversed=is_reversed, by_us=record.id not in taken_back)
    yield from _untraced(records, rows, seen)
    for row in rows:
        if row["state"] == "queued":
            yield f"the {row['mti']} {row['stan']} that {row['issuer']} is owed does not get there"


def _about(
    record: TransactionRecord, seen: Seen, told: Collection[tuple[str, ...]], *, is_reversed: bool, by_us: bool
) -> Iterator[str]:
    """What is wrong with one transaction."""
    name, kind = _named(record), record.mti[1]
    asked = (record.issuer or "", kind, record.issuer_stan or "")
    moves_money = not (record.processing_code or "").startswith(NO_MOVEMENT)
    if record.state == "forwarding":
        yield f"{name} has no outcome"
    elif record.state in STANDS:
        if (record.acquirer, kind, record.stan) not in told and record.doubt is None:
            yield f"{name} is approved, and nobody was told"
        if asked not in seen.approved:
            yield f"{name} is approved, and its issuer has not said so"
    elif record.state == "declined":
        if asked not in seen.declined:
            yield f"{name} is declined, and its issuer has not said so"
    else:
        if asked in seen.asked and moves_money and not is_reversed:
            yield f"{name} is {record.state}, its issuer was asked, and gets no reversal"
        if by_us and record.state != "refused" and _as_told(record) in seen.arrived:
            yield f"{name} is {record.state}, and its acquirer was told that it is approved"


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


def _named(record: TransactionRecord) -> str:
    return f"{record.mti} {record.stan} of {record.acquirer}"


def _as_told(record: TransactionRecord) -> Told:
    parts = (record.rrn or "", record.terminal or "", record.transmission or "")
    return Told(record.acquirer, record.mti[1], record.stan, *parts)
