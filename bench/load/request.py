"""Requests as bytes with gaps: what differs from one to the next is put in by one join."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle

from saklar.bench.load.mix import CardTable, GroupTable, MessageTable, Mix
from saklar.bench.load.shape import Anatomy, Shape, anatomy
from saklar.bench.load.tally import Tally
from saklar.codecs import CodecError, Dialect, Framing, Message, convert, load_dialect
from saklar.codecs.content import Packed, Text
from saklar.codecs.mti import response_mti
from saklar.codecs.wire import Coder
from saklar.hsm_sim import pan12
from saklar.hsm_sim.crypto import pin_block, tdes
from saklar.switch.engine.reversals import original_element, write_original_data

Fields = dict[str, str]

TRANSMISSION, STAN, RRN, TERMINAL = 7, 11, 37, 41
GAPS = (TRANSMISSION, STAN, RRN, TERMINAL)
"""Elements that are each request's own, in the order in which a message has them."""

SAMPLES = {TRANSMISSION: "0101000000", STAN: "000000", RRN: "000000000000", TERMINAL: "BENCH000"}
"""Values of the right length; each request has its own in their places."""

APPROVED = "00"
"""DE 39 of what can be reversed."""

_WITH_PIN, _WITHOUT_PIN = "051", "052"
"""DE 22: chip card, terminal with and without a way to enter a PIN (ISO 8583-1:1987, data element 22)."""

_NOT_REPEATED = ("14", "35", "52")
"""Elements of a request that its reversal has not."""

SERVICE_CODE = "201"
"""On the track: a chip card for use anywhere, authorised as usual (ISO/IEC 7813)."""


@dataclass(eq=False)
class Prepared:
    """A request with gaps.

    Attributes:
        parts: the bytes around the gaps.
        gaps: elements of the gaps, in order.
        values: of elements, as the request has them.
        data: of elements, as bytes.
        answer_mti: of the right answer.
        codes: response codes that are right, in 1987 terms; any, if there are none.
        tally: where its answers are counted.
        mti: its own.
        expected: by the shape of an answer, what it repeats.
        reversal: what reverses it, where the mix has that.
    """

    parts: tuple[bytes, ...]
    gaps: tuple[int, ...]
    values: Mapping[int, str] = field(repr=False)
    data: Mapping[int, bytes] = field(repr=False)
    answer_mti: str
    codes: frozenset[str]
    tally: Tally
    mti: str
    expected: dict[Shape, object] = field(default_factory=dict, repr=False)
    reversal: Prepared | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.is_plain = self.gaps == GAPS
        """Whether it has every gap, as all but network management has."""

    def filled(self, values: Mapping[int, bytes]) -> bytes:
        """The request with these values in its gaps, framed."""
        parts, pieces = self.parts, list[bytes]()
        for part, gap in zip(parts, self.gaps, strict=False):
            pieces += (part, values[gap])
        return b"".join((*pieces, parts[-1]))


@dataclass(eq=False)
class Reversals:
    """The turn of a reversal, of whatever was approved on the connection and not yet reversed.

    Attributes:
        name: of the message in the mix.
        instead: originals, which are sent as long as there is nothing to reverse.
    """

    name: str
    instead: Iterator[Prepared]


def prepare(
    message: Message, framing: Framing, codes: Iterable[str], tally: Tally, gaps: Sequence[int] = GAPS
) -> Prepared:
    """Make the gaps.

    Args:
        message: has the elements that become gaps, with values of the right length.
        framing: of the connection.
        codes: response codes that are right.
        tally: where its answers are counted.
        gaps: which elements they are.

    Raises:
        CodecError: the message has no form in its dialect.
    """
    frame = framing.encode(bytes(message))
    found = anatomy(frame, message.dialect.decode(bytes(message)))
    if found is None:
        raise CodecError(
            "", None, f"dialect {message.dialect.name} checks all content, and requests cannot be prepared"
        )
    gaps = tuple(piece.number for piece in found.pieces if piece.number in gaps)
    if STAN not in gaps:
        raise CodecError(str(STAN), None, "a request needs a STAN")
    values = {number: message[number] for number in message}
    data = {piece.number: piece.data for piece in found.pieces}
    return Prepared(
        _around(found, gaps), gaps, values, data, response_mti(message.mti), frozenset(codes), tally, message.mti
    )


def _around(found: Anatomy, gaps: Sequence[int]) -> tuple[bytes, ...]:
    parts = [found.head]
    for piece in found.pieces:
        if piece.number in gaps:
            parts[-1] += piece.prefix
            parts.append(b"")
        else:
            parts[-1] += piece.whole
    return tuple(parts)


class Writer:
    """Writes what goes into gaps, as a dialect has it."""

    def __init__(self, dialect: Dialect) -> None:
        self.original = original_element(dialect.version)
        """Where a reversal names its original."""
        numbers = [number for number in (*GAPS, self.original) if number in dialect.elements]
        self._write = {number: _quick(Coder(dialect.elements[number])) for number in numbers}
        self.stan = self._write[STAN]
        self.rrn = self._write.get(RRN, _nothing)

    def __call__(self, number: int, value: str) -> bytes:
        """An element's data; nothing where the dialect has no such element."""
        write = self._write.get(number)
        return write(value) if write is not None else b""

    def naming(self, original: Prepared, stan: str, transmission: str) -> bytes:
        """The original data element of what reverses a request that was sent with this STAN and DE 7."""
        return self(self.original, _naming(original, stan, transmission))


def _naming(original: Prepared, stan: str, transmission: str) -> str:
    version = "1987" if original.mti[0] == "0" else "1993"
    when = transmission if version == "1987" else original.values[12]
    values = original.values
    return write_original_data(version, original.mti, stan, when, values[32], values.get(33, ""))


def _nothing(_value: str) -> bytes:
    return b""


def _quick(coder: Coder) -> Callable[[str], bytes]:
    if type(coder.content) is Text and coder.content.charset.name == "ascii":
        return str.encode
    if type(coder.content) is Packed:
        return bytes.fromhex
    return lambda value: coder.write(value)[coder.prefix :]


def requests_of(
    mix: Mix, group: GroupTable, dialect: Dialect, framing: Framing, tallies: dict[str, Tally]
) -> list[tuple[Prepared | Reversals, float]]:
    """Every request that a group sends, with its weight.

    Args:
        mix: what is sent.
        group: who sends it.
        dialect: that the group speaks.
        framing: likewise.
        tallies: by kind of message; those that are missing are added.

    Raises:
        CodecError: one has no form in the dialect.
        HsmError: the group's PIN key cannot be used.
    """
    make = _Maker(mix, group, dialect, framing, tallies)
    messages = mix.messages_of(group)
    reversing = {message.reverses: message for message in messages if message.reverses}
    sent: list[tuple[Prepared | Reversals, float]] = []
    for message in messages:
        if message.reverses:
            continue
        made = make.all_of(message)
        sent += made
        if (reversal := reversing.get(message.called)) is not None:
            for original, _weight in made:
                original.reversal = make.reversal(reversal, original)
            tallies.setdefault(reversal.called, Tally(reversal.called))
            sent.append((Reversals(reversal.called, cycle([original for original, _ in made])), reversal.weight))
    return sent


class _Maker:
    """Prepares the requests of a group."""

    def __init__(
        self, mix: Mix, group: GroupTable, dialect: Dialect, framing: Framing, tallies: dict[str, Tally]
    ) -> None:
        self._mix, self._group, self._dialect, self._framing, self._tallies = mix, group, dialect, framing, tallies
        self._key, self._now = group.pin_key, datetime.now(UTC)
        self._terms: dict[Prepared, Fields] = {}

    def all_of(self, message: MessageTable) -> list[tuple[Prepared, float]]:
        """A message with each of its cards, and the weight of each."""
        tally = self._tallies.setdefault(message.called, Tally(message.called))
        cards: Sequence[CardTable | None] = self._mix.cards_of(message) if message.has_card else [None]
        total = sum(card.weight if card else 1.0 for card in cards)
        made = []
        for card in cards:
            pans = [*card.pans] if card is not None else [""]
            for pan in pans:
                terms = _fields(message, self._group, card, pan, self._key, self._now)
                native = _native(self._dialect, terms, message.mti, self._now)
                prepared = prepare(native, self._framing, message.expect, tally)
                self._terms[prepared] = terms
                made.append((prepared, message.weight * (card.weight if card else 1.0) / total / len(pans)))
        return made

    def reversal(self, message: MessageTable, original: Prepared) -> Prepared:
        """What reverses one of them: its elements, but for the PIN and the track, and which one it reverses."""
        tally = self._tallies.setdefault(message.called, Tally(message.called))
        terms = {key: value for key, value in self._terms[original].items() if key not in _NOT_REPEATED}
        native = _native(self._dialect, terms | message.fields, message.mti, self._now)
        number = original_element(self._dialect.version)
        native[number] = _naming(original, SAMPLES[STAN], SAMPLES[TRANSMISSION])
        return prepare(native, self._framing, message.expect, tally, (*GAPS, number))


def _native(dialect: Dialect, fields: Fields, mti: str, now: datetime) -> Message:
    """The message in a dialect of any edition."""
    terms = load_dialect("iso87-ascii").message({"mti": mti, **fields})
    native = convert(terms, dialect, today=now.date())
    for number in GAPS:
        if str(number) in fields and number in dialect.elements:
            native[number] = SAMPLES[number]
    return native


def _fields(
    message: MessageTable, group: GroupTable, card: CardTable | None, pan: str, key: bytes | None, now: datetime
) -> Fields:
    fields = {str(TRANSMISSION): SAMPLES[TRANSMISSION], str(STAN): SAMPLES[STAN]}
    if card is None:
        return {**fields, "70": "301", **message.fields}
    fields |= {"2": pan, "3": "000000", "4": f"{message.amount:012d}"}
    fields |= {"12": f"{now:%H%M%S}", "13": f"{now:%m%d}", "22": _WITH_PIN if message.pin else _WITHOUT_PIN}
    fields |= {"25": "00", "32": group.acquirer_id, "42": "BENCHMERCHANT01", "49": "360"}
    fields |= {str(RRN): SAMPLES[RRN], str(TERMINAL): SAMPLES[TERMINAL]}
    if message.track2:
        fields |= {"14": card.expiry, "35": f"{pan}={card.expiry}{SERVICE_CODE}"}
    if message.pin and key is not None and card.pin is not None:
        clear = pin_block.encode(group.pin_block_format, card.pin, pan12(pan), _random_hex)
        fields["52"] = tdes.encrypt(key, clear).hex().upper()
    return fields | message.fields


def _random_hex(count: int) -> str:
    return secrets.token_hex(count).upper()[:count]
