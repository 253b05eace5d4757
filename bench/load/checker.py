"""Every answer is checked: to the right request, on the right connection, once, repeating what it must, with a DE 39.

Most answers are of a shape that is known: then the check compares bytes at places that the shape tells. Whatever is not
exactly as expected is decoded, and told by name. Both say the same of any bytes; one is some ten times as fast.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import itemgetter

from saklar.bench.load.request import APPROVED, RRN, STAN, TERMINAL, Prepared, Reversals, Writer
from saklar.bench.load.shape import Shape, Shapes, anatomy, frame_end
from saklar.codecs import CodecError, Dialect, Framing, Message, response_code
from saklar.codecs.fault import Fault
from saklar.codecs.mti import is_request, message_class
from saklar.switch.engine.messages import answer_to

CODE = 39
_NETWORK_MANAGEMENT = "8"
_PARTLY_APPROVED = "10"
"""DE 39: only then may an answer have another amount than its request."""

_NEVER = object()
"""What no answer repeats."""

MAX_APPROVED = 1_000
"""Of a kind and a connection, what is kept for reversals: the last ones."""

Waiting = tuple[float, Prepared, bytes, bytes]
"""When a request was due, what it was, its RRN as bytes, and how a reversal would name it, if there are any."""


@dataclass(eq=False)
class Book:
    """What a connection waits for.

    Attributes:
        due: by the bytes of the STAN, the oldest first.
        terminal: DE 41 of the connection's requests, as bytes.
        rest: of what came, a frame that is not whole yet.
        approved: by the name of what reverses it: that reversal, and how it names its original.
    """

    terminal: bytes
    due: dict[bytes, Waiting] = field(default_factory=dict, repr=False)
    rest: bytes = field(default=b"", repr=False)
    approved: dict[str, deque[tuple[Prepared, bytes]]] = field(default_factory=dict, repr=False)

    def keep(self, original: Prepared, naming: bytes) -> None:
        """It was approved, and can be reversed."""
        reversal = original.reversal
        assert reversal is not None
        self.approved.setdefault(reversal.tally.name, deque(maxlen=MAX_APPROVED)).append((reversal, naming))

    def next_of(self, turn: Reversals) -> tuple[Prepared, bytes]:
        """The reversal whose turn it is, and how it names its original; another original, while there is none."""
        approved = self.approved.get(turn.name)
        return approved.popleft() if approved else (next(turn.instead), b"")


@dataclass(frozen=True, slots=True)
class _Places:
    """Where in what a shape finds the wanted elements are."""

    mti: str
    stan: int
    rrn: int
    terminal: int
    code: int
    echoes: tuple[int, ...]
    echoes_of: Callable[[tuple[bytes, ...]], object]


class Checker:
    """Checks what comes on the connections of a group.

    Args:
        dialect, framing: that they speak.
        echoed: elements that an answer repeats, if it has them and its request had them.
        faults: takes what is wrong, by kind.
        learns: whether shapes are learned; without, every answer is decoded.
    """

    def __init__(
        self, dialect: Dialect, framing: Framing, echoed: Iterable[int], faults: Counter[str], *, learns: bool = True
    ) -> None:
        self._dialect = dialect
        self._framing = framing
        self._echoed = frozenset(echoed) - {STAN, RRN, TERMINAL, CODE}
        self._faults = faults
        self._learns = learns
        self._written = Writer(dialect)
        self._shapes = Shapes()
        self._places: dict[Shape, _Places] = {}
        self._codes: dict[bytes, str] = {}
        """DE 39 in 1987 terms, by its bytes."""
        self.books: list[Book] = []
        self.counted_from = 0.0
        """Answers to requests that were due before are checked, and not counted."""
        self.answered_calls = 0

    def book(self, terminal: bytes) -> Book:
        """The book of a new connection."""
        book = Book(terminal)
        self.books.append(book)
        return book

    def receive(self, book: Book, data: bytes, now: float) -> bytes:
        """Check what came on a connection; returns what is to be said to requests among it, as echo tests are.

        Raises:
            FrameError: an impossible frame; what follows it makes no sense.
        """
        data = book.rest + data if book.rest else data
        if self._shapes:
            shape = self._shapes.latest
            found = shape.all(data)
            if found is not None:
                said = self._check(book, shape, found, data, now)
                return said + self._one_by_one(book, data[len(found) * shape.size :], now)
        return self._one_by_one(book, data, now)

    def _one_by_one(self, book: Book, data: bytes, now: float) -> bytes:
        said, at = b"", 0
        while at < len(data):
            known = self._shapes.at(data, at)
            if known is not None:
                shape, match = known
                end = match.end()
                said += self._check(book, shape, [match.groups()], data[at:end], now)
            else:
                whole = frame_end(self._framing, data, at)
                if whole is None:
                    break
                end = whole
                said += self._in_full(book, data[at:end], now)
            at = end
        book.rest = data[at:]
        return said

    def _check(self, book: Book, shape: Shape, found: list[tuple[bytes, ...]], data: bytes, now: float) -> bytes:
        """Frames of one shape, which stand one behind the other in `data`. The only loop that must be fast."""
        places = self._places[shape]
        at_stan, at_rrn, at_terminal, at_code = places.stan, places.rrn, places.terminal, places.code
        echoes_of, codes, due, terminal = places.echoes_of, self._codes, book.due, book.terminal
        counted_from, said = self.counted_from, b""
        for number, parts in enumerate(found):
            waiting = due.pop(parts[at_stan], None)
            if waiting is not None:
                when, request, rrn, naming = waiting
                code = codes.get(parts[at_code])
                if (
                    code is not None
                    and parts[at_rrn] == rrn
                    and parts[at_terminal] == terminal
                    and echoes_of(parts) == (request.expected.get(shape) or self._expect(shape, request))
                ):
                    if naming and code == APPROVED:
                        book.keep(request, naming)
                    if when >= counted_from:
                        if request.codes and code not in request.codes:
                            self._faults[_unexpected(code)] += 1
                        else:
                            tally = request.tally
                            tally.micros.append(int((now - when) * 1e6))
                            tally.codes[code] += 1
                    continue
                due[parts[at_stan]] = waiting
            size = shape.size
            said += self._in_full(book, data[number * size : (number + 1) * size], now)
        return said

    def _expect(self, shape: Shape, request: Prepared) -> object:
        """What an answer of that shape repeats of a request."""
        places = self._places[shape]
        fits = request.answer_mti == places.mti and all(number in request.data for number in places.echoes)
        data = tuple(request.data.get(number, b"") for number in places.echoes)
        expected: object = _NEVER if not fits else data[0] if len(data) == 1 else data
        request.expected[shape] = expected
        return expected

    # In full.

    def _in_full(self, book: Book, frame: bytes, now: float) -> bytes:
        try:
            answer = self._dialect.decode(frame[self._framing.size :])
        except CodecError:
            self._faults["an answer that does not decode"] += 1
            return b""
        if is_request(answer.mti):
            return self._called(answer)
        stan = answer.get(STAN) or ""
        waiting = self._taken(book, stan)
        if waiting is not None and (why := self._misfit(answer, waiting, book.terminal)) is not None:
            self._faults[f"an answer with another {why}"] += 1
        elif waiting is not None:
            self._right(book, answer, waiting, now)
            if self._learns:
                self._learn(frame, answer)
        return b""

    def _called(self, request: Message) -> bytes:
        """A request of the target's own: network management is answered, anything else is wrong here."""
        if message_class(request.mti) != _NETWORK_MANAGEMENT:
            self._faults["a request instead of an answer"] += 1
            return b""
        self.answered_calls += 1
        return self._framing.encode(bytes(answer_to(request, "00")))

    def _taken(self, book: Book, stan: str) -> Waiting | None:
        """What waits for an answer with this STAN on this connection."""
        key = self._key_of(stan)
        waiting = book.due.pop(key, None)
        if waiting is None:
            others = (other.due.pop(key, None) for other in self.books if other is not book)
            elsewhere = any(found is not None for found in others)
            wrong = "an answer on another connection" if elsewhere else "an answer that nothing waits for"
            self._faults[wrong] += 1
        return waiting

    def _key_of(self, stan: str) -> bytes:
        try:
            return self._written.stan(stan)
        except (ValueError, Fault):
            return b""

    def _misfit(self, answer: Message, waiting: Waiting, terminal: bytes) -> str | None:
        _, request, rrn, _ = waiting
        if answer.mti != request.answer_mti:
            return "MTI"
        code = response_code(answer)
        for number in sorted(self._echoed & request.values.keys()):
            differs = number in answer and answer[number] != request.values[number]
            if differs and not (number == 4 and code == _PARTLY_APPROVED):
                return f"DE {number}"
        for number, sent in ((RRN, rrn), (TERMINAL, terminal)):
            if number in answer and number in request.gaps and self._written(number, answer[number]) != sent:
                return f"DE {number}"
        return None if code is not None else "DE 39 (none)"

    def _right(self, book: Book, answer: Message, waiting: Waiting, now: float) -> None:
        when, request, _, naming = waiting
        code = response_code(answer) or ""
        if naming and code == APPROVED:
            book.keep(request, naming)
        if when < self.counted_from:
            return
        if request.codes and code not in request.codes:
            self._faults[_unexpected(code)] += 1
            return
        request.tally.micros.append(int((now - when) * 1e6))
        request.tally.codes[code] += 1

    def _learn(self, frame: bytes, answer: Message) -> None:
        taught = anatomy(frame, answer)
        if taught is not None and CODE in taught:
            self._codes[taught[CODE].data] = response_code(answer) or ""
        if self._shapes.full or self._shapes.at(frame, 0) is not None:
            return
        if taught is None or not all(number in taught for number in (STAN, RRN, TERMINAL, CODE)):
            return
        wanted = {STAN, RRN, TERMINAL, CODE} | self._echoed
        shape = Shape.of(
            taught,
            [
                (part, is_wanted)
                for piece in taught.pieces
                for part, is_wanted in ((re.escape(piece.prefix), False), (piece.wild, piece.number in wanted))
            ],
        )
        order = [piece.number for piece in taught.pieces if piece.number in wanted]
        echoes = tuple(number for number in order if number in self._echoed)
        at = {number: index for index, number in enumerate(order)}
        pick = itemgetter(*(at[number] for number in echoes)) if echoes else lambda _: ()
        self._shapes.learn(shape)
        self._places[shape] = _Places(answer.mti, at[STAN], at[RRN], at[TERMINAL], at[CODE], echoes, pick)


def _unexpected(code: str) -> str:
    return f"response code {code}, which the mix does not expect"
