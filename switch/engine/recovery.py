"""After a start: every transaction that an earlier run left without an outcome gets one.

A request that was durably meant for its issuer, and has no durable outcome, may have been approved there, and its
acquirer was not told so: it is reversed. An approval that is durable may have been told: it is in doubt, and waits
for its acquirer to repeat or reverse it, which the standard has it do; where the acquirer's link says that it does
neither, it is reversed.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from saklar.codecs import CodecError
from saklar.codecs.mti import message_class
from saklar.switch.engine.context import Context
from saklar.switch.engine.desk import IssuerDesk
from saklar.switch.engine.model import Link
from saklar.switch.engine.record import Recovered, TransactionRecord
from saklar.switch.engine.remembered import REVERSAL, Memory, Naming, Remembered, name_by_stan
from saklar.switch.engine.saf import StoreAndForward
from saklar.switch.engine.settling import Settling


class Recovery:
    """Brings an engine to where the run before it was.

    Args:
        context: what the engine shares.
        links: every link by name.
        desks: the issuers by link name.
        memory, saf, settling: the parts that remember, forward and reverse.
    """

    def __init__(
        self,
        context: Context,
        links: Mapping[str, Link],
        desks: dict[str, IssuerDesk],
        memory: Memory,
        saf: StoreAndForward,
        settling: Settling,
    ) -> None:
        self._context = context
        self._links = links
        self._desks = desks
        self._memory = memory
        self._saf = saf
        self._settling = settling

    def run(self, recovered: Recovered, now: float) -> None:
        """Take up everything; what is decided is stored."""
        wall = self._context.wall_clock()
        entries: dict[str, Remembered] = {}
        for record in recovered.remembered:
            entry = entries[record.id] = self._entry(record, wall, now)
            if record.request_key is not None:
                self._memory.remember(entry)
            self._expect_original(record)
        for waiting in recovered.saf:
            if waiting.issuer in self._desks:
                self._saf.recover(waiting)
            else:
                self._context.note("error", "saf.no_link", saf=waiting.id, issuer=waiting.issuer)
        for record in recovered.remembered:
            self._settle(entries[record.id], is_doubtful=record.id in recovered.doubtful)
        for record in recovered.remembered:
            self._listen_for_late(record, entries[record.id])

    def _entry(self, record: TransactionRecord, wall: datetime, now: float) -> Remembered:
        terminal, acquirer = record.terminal or "", self._links.get(record.acquirer)
        edition = acquirer.dialect.version if acquirer is not None else "1987"
        when = record.transmission if edition == "1987" else record.local_time
        key, fingerprint = record.request_key, record.fingerprint
        if acquirer is not None and (isinstance(key, bytes) or isinstance(fingerprint, bytes)):
            names = Naming(acquirer.name, acquirer.duplicate_key, edition).of_record(record)
        else:
            names = (
                key if isinstance(key, str) else record.id,
                fingerprint if isinstance(fingerprint, str) else "",
                name_by_stan(record.acquirer, terminal, record.stan),
                record.rrn,
                when or "",
            )
        age = (wall - datetime.fromisoformat(record.received_at).astimezone(UTC)).total_seconds()
        entry = Remembered(record.id, record.acquirer, record.mti, names, now - max(0.0, age), record.amount)
        entry.state, entry.code, entry.issuer = record.state, record.response_code, record.issuer
        entry.standing, entry.doubt = record.standing, record.doubt
        entry.kept, entry.answer = record.kept, record.answer
        entry.told = 1 if record.state in ("approved", "partly_reversed") else 0
        return entry

    def _expect_original(self, record: TransactionRecord) -> None:
        """A reversal that came before its original is still waited for."""
        acquirer = self._links.get(record.acquirer)
        if message_class(record.mti) != REVERSAL or record.original_id is not None:
            return
        if acquirer is None or record.kept is None or record.issuer is not None:
            return
        try:
            self._memory.expect(record.acquirer, acquirer.dialect.decode(record.kept))
        except CodecError:  # the link has another dialect now
            return

    def _settle(self, entry: Remembered, *, is_doubtful: bool) -> None:
        link = self._links.get(entry.acquirer)
        if entry.state == "forwarding" and entry.issuer not in self._desks:
            # It stays as it is, for the day when the link is there again.
            self._context.note("error", "reversal.no_link", txn=entry.id, issuer=entry.issuer)
        elif entry.state == "forwarding":
            self._context.count("recovered.reversed")
            code = link.timeout_code if link is not None else "91"
            self._settling.reverse(entry, "the switch stopped before its answer", state="timed_out", code=code)
        elif (is_doubtful or entry.doubt == "open") and entry.state in ("approved", "partly_reversed"):
            if link is not None and link.on_doubt == "reverse":
                self._settling.reverse(entry, "in doubt after a stop of the switch")
            else:
                self._settling.in_doubt(entry)

    def _listen_for_late(self, record: TransactionRecord, entry: Remembered) -> None:
        desk = self._desks.get(record.issuer or "")
        if desk is not None and record.issuer_stan and entry.state == "timed_out" and record.late_code is None:
            desk.give_up(record.issuer_stan, entry)
