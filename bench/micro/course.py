"""Transactions through an engine and nothing else: requests in, answers of an issuer in, the time of each step.

What other benchmarks need of a transaction, they take from here: an engine makes the records that a journal stores.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from saklar.bench.load.mix import CardTable, MessageTable, Mix
from saklar.bench.load.plan import plain_mix
from saklar.bench.load.request import GAPS, Prepared, Writer, requests_of
from saklar.bench.targets.approver import approval
from saklar.codecs import Dialect, framing
from saklar.hsm_sim import ClearKey, Hsm, encrypt_under_lmk, load_lmk, tdes
from saklar.switch.engine import (
    BinRange,
    Committed,
    Connected,
    Effect,
    Engine,
    Event,
    HsmCall,
    HsmDone,
    Link,
    PinKey,
    Received,
    Record,
    Route,
    RoutingTable,
    Send,
    Store,
)

STEPS = (
    "request decoded", "request taken in", "PIN translated", "intent durable", "answer decoded", "answer taken in",
    "outcome durable", "timers",
)  # fmt: skip
"""In the order in which a transaction takes them; each begins with what it is named for, and ends with the effects."""

RANGES = 10_000
"""In the routing table."""

TIMEOUT_S = 30.0
RATE = 10_000.0
"""Transactions a second, as the engine's clock has it: it forgets and cleans up as if they came so fast."""

CARDS, SHOPS = 100, 5
"""That the requests are of: a journal of one card and one amount would be told by what compresses well."""

_BIN = "400000"
_ACQUIRER, _ISSUER = 1, 2
_FRAMING = framing("binary-2", 65_535)
_FRAME_HEAD = 2
_STRIDE, _STAN_STRIDE, _RRN_STRIDE = 37, 7_919, 314_159_265_359
"""From one request to the next; none has a factor in common with how many there are, so that all have their turn.

Terminals count for themselves: numbers that only grew would compress better in the journal than theirs do.
"""


def zone_key(start: int) -> str:
    """A ZPK under the test LMK, the same in every run."""
    clear = ClearKey(tdes.with_odd_parity(bytes(range(start, start + 16))))
    return encrypt_under_lmk(load_lmk("test"), "001", clear, "U")


@dataclass
class Passed:
    """What a chunk of transactions gave.

    Attributes:
        seconds: of CPU, by step.
        intents, outcomes: what the engine had stored, before the requests left and before the answers did.
        answers: to the acquirer.
    """

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STEPS, 0.0))
    intents: list[Record] = field(default_factory=list)
    outcomes: list[Record] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)


class Course:
    """An engine with an acquirer and an issuer, both connected, and a routing table of `RANGES` ranges.

    Args:
        acquirer: the acquirer's dialect.
        issuer: the issuer's.
        with_pin: whether requests have a PIN block. The HSM answers each different command once, and then the same:
            its time is in no step.

    Raises:
        CodecError: the purchase has no form in the dialect.
    """

    def __init__(self, acquirer: Dialect, issuer: Dialect, *, with_pin: bool = False) -> None:
        self._dialects = acquirer, issuer
        theirs, ours = (PinKey("ZPK", zone_key(start)) if with_pin else None for start in (1, 33))
        links = {
            "acquirer": Link("acquirer", "acquirer", acquirer, TIMEOUT_S, pin_key=theirs, max_in_flight=100_000),
            "issuer": Link("issuer", "issuer", issuer, TIMEOUT_S, pin_key=ours, max_in_flight=100_000),
        }
        others = (f"{500_000 + number:06d}" for number in range(RANGES - 1))
        ranges = [(BinRange(bin_, bin_), Route(("issuer",))) for bin_ in (_BIN, *others)]
        self._engine = Engine(links, RoutingTable(ranges))
        self._now = 1_000.0
        self._handle([Connected(_ACQUIRER, "acquirer"), Connected(_ISSUER, "issuer")])
        self._hsm = Hsm(load_lmk("test"))
        self._translated: dict[bytes, bytes] = {}
        self._requests = _purchases(acquirer, theirs)
        self._write = Writer(acquirer)
        self._count = 0

    def frames(self, count: int) -> list[bytes]:
        """So many requests, of which no two are alike."""
        moment = datetime.now(UTC).strftime("%m%d%H%M%S")
        frames = []
        for number in range(self._count + 1, self._count + count + 1):
            stan, rrn = number * _STAN_STRIDE % 1_000_000, number * _RRN_STRIDE % 1_000_000_000_000
            said = (moment, f"{stan:06d}", f"{rrn:012d}", f"BENCH{stan % 1_000:03d}")
            values = {gap: self._write(gap, value) for gap, value in zip(GAPS, said, strict=True)}
            request = self._requests[number * _STRIDE % len(self._requests)]
            frames.append(request.filled(values)[_FRAME_HEAD:])
        self._count += count
        return frames

    def pass_through(self, count: int) -> Passed:
        """Take a chunk of transactions from their requests to their answers, all of them through each step together."""
        acquirer, issuer = self._dialects
        frames, passed, clock = self.frames(count), Passed(), time.process_time
        self._now += count / RATE
        times = [clock()]

        messages = [acquirer.decode(frame) for frame in frames]
        times.append(clock())
        effects = self._handle([Received(_ACQUIRER, message) for message in messages])
        times.append(clock())
        done: list[Event] = [
            HsmDone(call.transaction, self._translate(call.request)) for call in effects if isinstance(call, HsmCall)
        ]
        apart = clock() - times[-1]
        effects += self._handle(done) if done else []
        times.append(clock() - apart)
        sent = self._commit(effects, passed.intents)
        times.append(clock() - apart)

        answers = [bytes(approval(issuer.decode(payload))) for payload in sent]
        apart = clock() - times[-1]
        messages = [issuer.decode(answer) for answer in answers]
        times.append(clock() - apart)
        effects = self._handle([Received(_ISSUER, message) for message in messages])
        times.append(clock() - apart)
        passed.answers = self._commit(effects, passed.outcomes)
        times.append(clock() - apart)
        self._engine.tick(self._now)
        times.append(clock() - apart)
        passed.seconds = {step: after - before for step, before, after in zip(STEPS, times, times[1:], strict=False)}
        return passed

    def _handle(self, events: Iterable[Event]) -> list[Effect]:
        return self._engine.handle_all(events, self._now)

    def _commit(self, effects: Iterable[Effect], records: list[Record]) -> list[bytes]:
        """Say that all is durable; what may leave then."""
        stores = [effect.records for effect in effects if isinstance(effect, Store)]
        sends = self._handle([Committed(len(stores))])
        for stored in stores:
            records += stored
        return [effect.payload for effect in sends if isinstance(effect, Send)]

    def _translate(self, command: bytes) -> bytes:
        if command not in self._translated:
            self._translated[command] = self._hsm.execute(command)
        return self._translated[command]


def _purchases(dialect: Dialect, key: PinKey | None) -> list[Prepared]:
    mix = plain_mix(pin_key={"zpk": key.key} if key is not None else None)
    shops = tuple(
        MessageTable(pin=key is not None, amount=1_000 + 777 * shop, fields={"42": f"BENCHMERCHANT{shop:02d}"})
        for shop in range(SHOPS)
    )
    mix = Mix(group=mix.group, card=(CardTable(bin=_BIN, count=CARDS, pin="1234"),), message=shops)
    sent = requests_of(mix, mix.group[0], dialect, _FRAMING, {})
    return [request for request, _weight in sent if isinstance(request, Prepared)]
