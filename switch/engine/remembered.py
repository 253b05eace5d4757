"""Recent transactions: what tells a repeat from a new request, and what a reversal may name.

The acquirer names an original by its own STAN; the issuer knows it by the switch's. Only the switch can tell
the one from the other.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Container, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from saklar.codecs import Message
from saklar.codecs.mti import message_class
from saklar.switch.engine.record import Doubt, Outcome, TransactionRecord

if TYPE_CHECKING:
    from saklar.codecs.plan import Plan
    from saklar.switch.engine.model import KeyPart, Transaction

CAPACITY = 100_000
"""Transactions remembered by default, at some 1.4 KB each."""

WINDOW_S = 86_400.0
"""How long by default: DE 7 and the STAN come again after a day at the earliest."""

MAX_EARLY = 10_000
"""Reversals that came before their originals, of which so many are remembered."""

REVERSAL = "4"

ELEMENT_OF = {
    "terminal": 41,
    "merchant": 42,
    "acquirer_id": 32,
    "stan": 11,
    "transmission": 7,
    "local_time": 12,
    "rrn": 37,
}
"""The elements that a key of duplicates is made of."""


class Remembered:
    """What is kept of a transaction: enough to answer its repeat and to reverse it.

    Attributes:
        id, acquirer, mti, issuer: as in its record.
        when: DE 7 (1987) or DE 12 (1993), by which a reversal names it.
        key, by_stan: under which it is found.
        rrn: DE 37, under which it is found where a reversal names nothing else.
        fingerprint: what a repeat must say alike; the PAN is in it.
        state, code, standing, doubt: where it stands; `standing` is None while the whole amount does.
        amount: minor units; None where it says none.
        kept: the request as the issuer got it, without sensitive authentication data; None if none was sent.
        answer: as its acquirer got it; None where the switch made it, which it can do again.
        told: how many copies of an approval have left, or may have.
        pending: while it has no answer.
        repeats: where it was repeated while its reversal is not durable yet; None at any other time.
        at: when it came, seconds of the engine's clock.
    """

    __slots__ = (
        "acquirer", "amount", "answer", "at", "by_stan", "code", "doubt", "fingerprint", "id", "issuer", "kept", "key",
        "mti", "pending", "repeats", "rrn", "standing", "state", "told", "when",
    )  # fmt: skip

    def __init__(
        self,
        id: str,  # noqa: A002
        acquirer: str,
        mti: str,
        names: Names,
        at: float,
        amount: int | None = None,
    ) -> None:
        self.id = id
        self.acquirer = acquirer
        self.mti = mti
        self.key, self.fingerprint, self.by_stan, self.rrn, self.when = names
        self.at = at
        self.state: Outcome = "forwarding"
        self.code: str | None = None
        self.issuer: str | None = None
        self.amount = amount
        self.standing: int | None = None
        self.doubt: Doubt | None = None
        self.kept: bytes | None = None
        self.answer: bytes | None = None
        self.told = 0
        self.pending: Transaction | None = None
        self.repeats: list[Transaction] | None = None

    @property
    def by_rrn(self) -> str | None:
        """The name by its RRN."""
        return self.by_stan[: self.by_stan.rindex(SEPARATOR)] + f"\x1fR{self.rrn}" if self.rrn else None

    def __repr__(self) -> str:
        return f"<Remembered {self.id} {self.mti} {self.state}>"


SHARDS: Final = 64
"""Of an index, a power of two. One dict of 100,000 takes ten milliseconds and more whenever it makes room, and
everybody waits for it; of so many each takes a fifth of one, at a time of its own."""


class Index:
    """Transactions by a name of theirs."""

    def __init__(self) -> None:
        self._shards: list[dict[str, Remembered]] = [{} for _ in range(SHARDS)]

    def __len__(self) -> int:
        return sum([len(shard) for shard in self._shards])

    def get(self, name: str) -> Remembered | None:
        """The one of that name."""
        return self._shards[hash(name) & (SHARDS - 1)].get(name)

    def put(self, name: str, entry: Remembered) -> None:
        """From now on this one has that name."""
        self._shards[hash(name) & (SHARDS - 1)][name] = entry

    def drop(self, name: str, entry: Remembered) -> None:
        """This one has that name no longer, if it had it."""
        shard = self._shards[hash(name) & (SHARDS - 1)]
        if shard.get(name) is entry:
            del shard[name]


class Memory:
    """The last `capacity` transactions of the last `window_s` seconds, those that are pending in any case."""

    def __init__(self, capacity: int = CAPACITY, window_s: float = WINDOW_S) -> None:
        self._capacity = capacity
        self._window_s = window_s
        self._by_key = Index()
        self._by_stan = Index()
        self._by_rrn: Index | None = None
        """None before the first reversal that names its original so: most name it by STAN."""
        self._order: deque[Remembered] = deque()
        self._early: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._order)

    def repeated(self, key: str) -> Remembered | None:
        """The transaction with this key."""
        return self._by_key.get(key)

    def remember(self, entry: Remembered) -> None:
        """Add a transaction; the oldest make room.

        A reversal is found by its key alone: a later reversal may not take it for an original.
        """
        order = self._order
        if order and (len(order) >= self._capacity or order[0].at <= entry.at - self._window_s):
            self._forget(entry.at)
        order.append(entry)
        self._by_key.put(entry.key, entry)
        if message_class(entry.mti) == REVERSAL:
            return
        self._by_stan.put(entry.by_stan, entry)
        if self._by_rrn is not None and (name := entry.by_rrn) is not None:
            self._by_rrn.put(name, entry)

    def forget(self, entry: Remembered) -> None:
        """Take its repeat for something new."""
        self._by_key.drop(entry.key, entry)

    def original_of(self, acquirer: str, reversal: Message) -> Remembered | None:
        """The original that the acquirer's reversal means, or None.

        Original data elements (DE 90 in 1987, DE 56 in 1993) name it by MTI and STAN, and by DE 7 or DE 12
        where they are not zeros; without them the RRN (DE 37) does. The terminal (DE 41) must be the same.
        """
        terminal = reversal.get(41) or ""
        named = original_data(reversal)
        if named is None:
            rrn = reversal.get(37)
            return self._with_rrns().get(name_by_rrn(acquirer, terminal, rrn)) if rrn else None
        mti, stan, when = named
        entry = self._by_stan.get(name_by_stan(acquirer, terminal, stan))
        if entry is None or entry.mti[:3] != mti[:3]:  # but for the repeat digit
            return None
        return entry if when.strip("0") == "" or when == entry.when else None

    def _with_rrns(self) -> Index:
        if self._by_rrn is None:
            self._by_rrn = Index()
            for entry in self._order:
                if (name := entry.by_rrn) is not None and message_class(entry.mti) != REVERSAL:
                    self._by_rrn.put(name, entry)
        return self._by_rrn

    def expect(self, acquirer: str, reversal: Message) -> None:
        """Note a reversal whose original has not come."""
        terminal, named = reversal.get(41) or "", original_data(reversal)
        if named is not None:
            self._early[name_by_stan(acquirer, terminal, named[1])] = named[0][:3], named[2]
        elif reversal.get(37):
            self._early[name_by_rrn(acquirer, terminal, reversal[37])] = "", ""
        if len(self._early) > MAX_EARLY:
            self._early.popitem(last=False)

    def reversed_before(self, entry: Remembered) -> bool:
        """Whether a reversal came that means this transaction, which comes only now."""
        if not self._early:
            return False
        for name in (entry.by_stan, entry.by_rrn):
            expected = self._early.get(name) if name is not None else None
            if expected is not None:
                mti, when = expected
                if (not mti or entry.mti[:3] == mti) and (not when.strip("0") or when == entry.when):
                    return True
        return False

    def _forget(self, now: float) -> None:
        order = self._order
        for _ in range(2):  # more than comes in, so that a window that has passed is emptied
            if not order or (len(order) < self._capacity and order[0].at > now - self._window_s):
                return
            oldest = order.popleft()
            if oldest.pending is not None:
                order.append(oldest)
                continue
            self._by_key.drop(oldest.key, oldest)
            self._by_stan.drop(oldest.by_stan, oldest)
            if self._by_rrn is not None and (name := oldest.by_rrn) is not None:
                self._by_rrn.drop(name, oldest)


SEPARATOR = "\x1f"
"""Between the parts of keys and names; it stands in no element of theirs, whose content has been looked at."""


def name_by_stan(acquirer: str, terminal: str, stan: str) -> str:
    """How a transaction is found by its STAN."""
    return f"{acquirer}\x1f{terminal}\x1fS{stan}"


def name_by_rrn(acquirer: str, terminal: str, rrn: str) -> str:
    """How it is found by its RRN."""
    return f"{acquirer}\x1f{terminal}\x1fR{rrn}"


class Elements(Protocol):
    """Values by number: a message, or what was read of it at once, which is quicker to ask often."""

    def get(self, element: int, /) -> str | None:
        """The value of an element, or None."""


MAX_SHAPES = 256
"""Kinds of request for which it is kept how they are named."""

FINGERPRINT = (3, 4, 49, 90, 56, 95)
"""What a repeat must say alike, besides its PAN: processing code, amounts, currency, and what a reversal names."""

Name = Callable[[str, Mapping[int, str], str], "Names"]


class Naming:
    """How the requests of one acquirer are told apart, and found again.

    Args:
        acquirer: the name of its link.
        parts: what a request and its repeat have in common, besides link and class.
        version: the edition of its dialect.
    """

    def __init__(self, acquirer: str, parts: Sequence[KeyPart], version: str) -> None:
        self._acquirer = acquirer
        self._elements = tuple(ELEMENT_OF[part] for part in parts)
        self._when = time_element(version)
        self._names: dict[Plan, Name] = {}

    def of(self, request: Message, values: Mapping[int, str], pan: str) -> Names:
        """All names of a request; `values` are its elements.

        The last digit of the MTI says whether it is a repeat, so it is no part of the key; of reversals the request
        and the advice are the same thing said twice.
        """
        shape = request.shape
        if shape is None:
            return self._name(values)(_kind(request.mti), values, pan)
        name = self._names.get(shape)
        if name is None:
            if len(self._names) >= MAX_SHAPES:
                self._names.clear()
            name = self._names[shape] = self._name(values)
        return name(_kind(request.mti), values, pan)

    def _name(self, there: Container[int]) -> Name:
        """What names requests that have these elements.

        Made as text, as asking each time what there is takes twice as long.
        """

        def said(number: int, otherwise: str = "") -> str:
            return f"{{v[{number}]}}" if number in there else otherwise

        key = "\x1f".join(("{a}", "{k}", *map(said, self._elements)))
        fingerprint = "\x1f".join(("{p}", *(said(number, "None") for number in FINGERPRINT)))
        by_stan = f"{{a}}\x1f{said(41)}\x1fS{said(11, 'None')}"
        rrn = "v[37] or None" if 37 in there else "None"
        when = f"v[{self._when}]" if self._when in there else "''"
        namespace: dict[str, object] = {"a": self._acquirer}
        code = f"def name(k, v, p):\n  return f{key!r}, f{fingerprint!r}, f{by_stan!r}, {rrn}, {when}"
        exec(code, namespace)  # noqa: S102 (of numbers)
        name: Name = namespace["name"]  # type: ignore[assignment]
        return name

    def of_record(self, record: TransactionRecord) -> Names:
        """The names of a request that is journaled, of which an earlier schema has no more than digests of them."""
        said = {
            3: record.processing_code,
            7: record.transmission,
            11: record.stan,
            12: record.local_time,
            32: record.acquirer_id,
            37: record.rrn,
            41: record.terminal,
            42: record.merchant,
            49: record.currency,
            4: None if record.amount is None else f"{record.amount:012d}",
        }
        values = {number: value for number, value in said.items() if value}
        return self._name(values)(_kind(record.mti), values, record.pan)


def _kind(mti: str) -> str:
    """What of an MTI a request and its repeat have alike."""
    return mti[:2] if mti[1] == REVERSAL else mti[:3]


Names = tuple[str, str, str, str | None, str]
"""Key of duplicates, fingerprint, name by STAN, RRN, and DE 7 or DE 12."""


def time_element(version: str) -> int:
    """What an original is named by besides its STAN: DE 7 in 1987, DE 12 in 1993."""
    return 7 if version == "1987" else 12


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
