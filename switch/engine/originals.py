"""Recent transactions, so that a reversal can name the one it reverses.

The acquirer names the original by its own STAN; the issuer knows it by the switch's. Only the switch can
tell the one from the other.
"""

from collections import OrderedDict
from collections.abc import Iterator

from saklar.codecs import Message
from saklar.switch.engine.record import TransactionRecord

CAPACITY = 100_000
"""Originals kept in memory: some 20 s of a fully loaded switch, an hour of a 25 TPS one; the journal has them all."""

Key = tuple[str, str, str, str]


class Originals:
    """The last `capacity` transactions, found by what a reversal says of them."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._records: OrderedDict[str, TransactionRecord] = OrderedDict()
        self._ids: dict[Key, str] = {}

    def remember(self, record: TransactionRecord) -> None:
        """Add a transaction, or replace what was known of it; the oldest makes room."""
        if record.id not in self._records and len(self._records) >= self._capacity:
            self._forget()
        self._records[record.id] = record
        for key in _keys(record):
            self._ids[key] = record.id

    def find(self, acquirer: str, reversal: Message) -> TransactionRecord | None:
        """The original that the acquirer's reversal means, or None.

        Original data elements (DE 90 in 1987, DE 56 in 1993) name it by MTI and STAN, and by DE 7 or DE 12
        where they are not zeros; without them the RRN (DE 37) does. The terminal (DE 41) must be the same.
        """
        terminal = reversal.get(41) or ""
        named = original_data(reversal)
        if named is None:
            record = self._get((acquirer, terminal, "rrn", reversal.get(37) or ""))
            return record if record is not None and record.rrn else None
        mti, stan, when = named
        record = self._get((acquirer, terminal, "stan", stan))
        if record is None or not _same_request(record.mti, mti):
            return None
        return record if when.strip("0") == "" or when in (record.transmission, record.local_time) else None

    def _get(self, key: Key) -> TransactionRecord | None:
        return self._records.get(self._ids.get(key, ""))

    def _forget(self) -> None:
        _, oldest = self._records.popitem(last=False)
        for key in _keys(oldest):
            if self._ids.get(key) == oldest.id:
                del self._ids[key]

    def __len__(self) -> int:
        return len(self._records)


def _keys(record: TransactionRecord) -> Iterator[Key]:
    terminal = record.terminal or ""
    yield record.acquirer, terminal, "stan", record.stan
    if record.rrn:
        yield record.acquirer, terminal, "rrn", record.rrn


def _same_request(recorded_mti: str, named_mti: str) -> bool:
    """Equal but for the repeat digit: the original may have been answered as its repeat."""
    return recorded_mti[:3] == named_mti[:3]


def original_data(reversal: Message) -> tuple[str, str, str] | None:
    """MTI, STAN and time of the original as a reversal states them, or None if it does not.

    1987: DE 90 is MTI n4, STAN n6, DE 7 n10, acquirer n11, forwarder n11 (ISO 8583-1:1987, data element 90).
    1993: DE 56 is MTI n4, STAN n6, DE 12 n12, acquirer LLVAR n11 (ISO 8583:1993, data element 56).
    """
    element, time_digits = (90, 10) if reversal.dialect.version == "1987" else (56, 12)
    text = reversal.get(element) or ""
    if len(text) < 10 + time_digits:
        return None
    return text[:4], text[4:10], text[10 : 10 + time_digits]


def restate_original(reversal: Message, original: TransactionRecord) -> None:
    """Put into a reversal for the issuer the original data elements as the issuer saw them."""
    acquirer = original.acquirer_id or ""
    named = f"{original.issuer_mti or '0000'}{original.issuer_stan or '000000'}"
    if reversal.dialect.version == "1987":
        forwarder = original.forwarder_id or ""
        reversal[90] = f"{named}{original.transmission or '':0>10}{acquirer:0>11}{forwarder:0>11}"
    else:
        reversal[56] = f"{named}{original.issuer_local_time or '':0>12}{len(acquirer):02d}{acquirer}"
