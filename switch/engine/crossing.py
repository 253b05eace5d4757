"""How a request gets from its acquirer's dialect to its issuer's, and the answer back.

Between links of one dialect a message keeps its bytes, but for what the switch changes; that is most of what a switch
does, so what is found out about one kind of message is kept for the next. Between two dialects it is converted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from saklar.codecs import Dialect, Message, Patch, compile_same, native_response_code
from saklar.codecs.mti import response_mti
from saklar.switch.engine.messages import (
    COMPARED,
    ECHOED,
    HOP_BY_HOP,
    NOT_RETURNED,
    RESTORED,
    authentication_elements,
    for_issuer,
    from_issuer,
    without_authentication_data,
)
from saklar.switch.engine.remembered import Elements

if TYPE_CHECKING:
    from saklar.codecs.plan import Plan
    from saklar.switch.engine.model import Transaction

MAX_PAIRS = 256
"""Pairs of a kind of request and a kind of answer for which it is kept what there is to compare."""

PAN, AMOUNT, STAN, RESPONSE_CODE, PIN_DATA = 2, 4, 11, 39, 52


class Outgoing(NamedTuple):
    """A request as the issuer gets it.

    Attributes:
        payload: its bytes.
        kept: the same without sensitive authentication data, of which a reversal is made.
        elements: what an answer is held against.
        answer_mti: the MTI of the answer that is due.
    """

    payload: bytes
    kept: bytes
    elements: Elements
    answer_mti: str

    def __repr__(self) -> str:
        """Without what nobody may see."""
        return f"Outgoing({len(self.payload)} bytes)"


class Crossing(Protocol):
    """Between an acquirer's dialect and an issuer's."""

    def out(self, request: Message, values: Mapping[int, str], stan: str) -> Outgoing:
        """The request under the switch's STAN.

        Raises:
            CodecError: the issuer's dialect cannot say it.
        """

    def with_pin(self, request: Message, outgoing: Outgoing, stan: str, block: str) -> bytes:
        """The same with the PIN block that the HSM made, 16 hex digits."""

    def is_usual(self, transaction: Transaction, answer: Message) -> bool:
        """Whether the answer is all that it should be: nothing is to be put right but the STAN.

        Args:
            transaction: whose STAN it has.
            answer: of the issuer.
        """

    def back(self, transaction: Transaction, answer: Message, code: str, *, usual: bool) -> bytes:
        """The answer as its acquirer gets it, with the acquirer's own STAN and references.

        Args:
            transaction: whose it is.
            answer: of the issuer.
            code: its DE 39 in 1987 terms.
            usual: what `is_usual` said.

        Raises:
            CodecError: the acquirer's dialect cannot say it.
        """


def crossing_between(acquirer: Dialect, issuer: Dialect) -> Crossing:
    """The way between two dialects."""
    if acquirer is issuer and not acquirer.has_header:
        return Straight(acquirer)
    if acquirer.version == issuer.version and not acquirer.has_header:
        return Restating(acquirer, issuer)
    return Converting(issuer)


class Pairs:
    """What a kind of request and a kind of answer to it must have alike.

    Args:
        make: makes what compares these elements of two such messages.
    """

    def __init__(self, make: Callable[[Plan, Plan, list[int]], Any]) -> None:
        self._make = make
        self._pairs: dict[tuple[Plan, Plan], Any] = {}

    def of(self, transaction: Transaction, answer: Message) -> Any:
        """What compares all that the answer should have as the request has it, the STAN apart.

        None where it has not all of that, or has what it should not, or where its kind is not known.
        """
        request, shape, outgoing = transaction.request.shape, answer.shape, transaction.outgoing
        if request is None or shape is None or outgoing is None or answer.mti != outgoing.answer_mti:
            return None
        try:
            return self._pairs[request, shape]
        except KeyError:
            return self._new(request, shape)

    def _new(self, request: Plan, answer: Plan) -> Any:
        if len(self._pairs) >= MAX_PAIRS:
            self._pairs.clear()
        mine, theirs = request.places.keys(), answer.places.keys()
        added = (theirs & {*RESTORED, *COMPARED, AMOUNT}) - mine
        missing = (mine & set(RESTORED) & set(ECHOED)) - theirs
        common = (mine & theirs & {*RESTORED, *COMPARED, AMOUNT}) - {STAN}
        cannot = added or missing or not common or STAN not in theirs
        pair = self._pairs[request, answer] = None if cannot else self._make(request, answer, sorted(common))
        return pair


class Straight:
    """Both sides have one dialect: a message keeps its bytes."""

    def __init__(self, dialect: Dialect) -> None:
        whole, divided = authentication_elements(dialect)
        self._dialect = dialect
        self._authentication = whole | divided
        self._out = Patch((STAN,), HOP_BY_HOP)
        self._out_with_pin = Patch((STAN, PIN_DATA), HOP_BY_HOP)
        self._kept = Patch((STAN,), HOP_BY_HOP | whole | divided)
        self._back = Patch((STAN,), NOT_RETURNED)
        self._pairs = Pairs(compile_same)

    def out(self, request: Message, values: Mapping[int, str], stan: str) -> Outgoing:
        """See `Crossing`."""
        changes = {STAN: stan}
        payload = kept = request.patched(self._out, changes)
        if not self._authentication.isdisjoint(values):
            if PAN in values:
                kept = request.patched(self._kept, changes)
            else:
                kept = bytes(without_authentication_data(self._dialect.decode(payload), briefly=True))
        return Outgoing(payload, kept, values, response_mti(request.mti))

    def with_pin(self, request: Message, outgoing: Outgoing, stan: str, block: str) -> bytes:  # noqa: ARG002
        """See `Crossing`."""
        return request.patched(self._out_with_pin, {STAN: stan, PIN_DATA: block})

    def is_usual(self, transaction: Transaction, answer: Message) -> bool:
        """See `Crossing`."""
        same = self._pairs.of(transaction, answer)
        return same is not None and transaction.request.agrees(answer, same)

    def back(self, transaction: Transaction, answer: Message, code: str, *, usual: bool) -> bytes:
        """See `Crossing`."""
        mti = response_mti(transaction.mti)
        if usual and native_response_code(self._dialect, code, mti) == answer.get(RESPONSE_CODE):
            return answer.patched(self._back, transaction.values, mti)
        return _restored(transaction, answer, code)


class Converting:
    """Between two editions, or with a header, which each side has its own of.

    Args:
        issuer: the dialect towards the issuer.
    """

    def __init__(self, issuer: Dialect) -> None:
        self._issuer = issuer

    def out(self, request: Message, values: Mapping[int, str], stan: str) -> Outgoing:  # noqa: ARG002
        """See `Crossing`."""
        forwarded = for_issuer(request, self._issuer, stan)
        kept = without_authentication_data(forwarded, briefly=True)
        return Outgoing(bytes(forwarded), bytes(kept), forwarded, response_mti(forwarded.mti))

    def with_pin(self, request: Message, outgoing: Outgoing, stan: str, block: str) -> bytes:  # noqa: ARG002
        """See `Crossing`."""
        forwarded = self._issuer.decode(outgoing.payload)
        forwarded[PIN_DATA] = block
        return bytes(forwarded)

    def is_usual(self, transaction: Transaction, answer: Message) -> bool:  # noqa: ARG002
        """See `Crossing`."""
        return False

    def back(self, transaction: Transaction, answer: Message, code: str, *, usual: bool) -> bytes:  # noqa: ARG002
        """See `Crossing`."""
        return _restored(transaction, answer, code)


class Restating(Converting):
    """Two dialects of one edition: each element is written as the other side has it, and means the same."""

    def __init__(self, acquirer: Dialect, issuer: Dialect) -> None:
        super().__init__(issuer)
        whole, divided = authentication_elements(issuer)
        self._acquirer = acquirer
        self._authentication = whole | divided
        self._not_out = HOP_BY_HOP | (acquirer.elements.keys() - issuer.elements.keys())
        self._not_back = NOT_RETURNED | (issuer.elements.keys() - acquirer.elements.keys())
        self._pairs = Pairs(_pick)

    def out(self, request: Message, values: Mapping[int, str], stan: str) -> Outgoing:
        """See `Crossing`."""
        if request.shape is None or PAN not in values:
            return super().out(request, values, stan)
        encode, mti = self._issuer.encode, request.mti
        said: dict[Any, str] = {"mti": mti, **values, STAN: stan}
        for element in self._not_out.intersection(values):
            del said[element]
        payload = kept = encode(said)
        secret = self._authentication.intersection(said)
        if secret:
            kept = encode({key: value for key, value in said.items() if key not in secret})
        return Outgoing(payload, kept, Sent(self._issuer, payload), response_mti(mti))

    def is_usual(self, transaction: Transaction, answer: Message) -> bool:
        """See `Crossing`."""
        pick = self._pairs.of(transaction, answer)
        return pick is not None and bool(pick(transaction.values) == pick(answer.values()))

    def back(self, transaction: Transaction, answer: Message, code: str, *, usual: bool) -> bytes:
        """See `Crossing`."""
        mti, values = response_mti(transaction.mti), answer.values()
        if not usual or native_response_code(self._acquirer, code, mti) != values.get(RESPONSE_CODE):
            return _restored(transaction, answer, code)
        said: dict[Any, str] = {"mti": mti, **values, STAN: transaction.values[STAN]}
        for element in self._not_back.intersection(values):
            del said[element]
        return self._acquirer.encode(said)


def _pick(_request: Plan, _answer: Plan, numbers: list[int]) -> Callable[[Mapping[int, str]], Any]:
    return itemgetter(*numbers)


class Sent:
    """Elements of a message that has been written: seldom asked for, and read only then."""

    def __init__(self, dialect: Dialect, payload: bytes) -> None:
        self._dialect = dialect
        self._payload = payload
        self._message: Message | None = None

    def get(self, element: int, /) -> str | None:
        """The value of an element, or None."""
        if self._message is None:
            self._message = self._dialect.decode(self._payload)
        return self._message.get(element)


def _restored(transaction: Transaction, answer: Message, code: str) -> bytes:
    returned = from_issuer(answer, transaction)
    native = native_response_code(returned.dialect, code, returned.mti)
    if returned.get(RESPONSE_CODE) != native:
        returned[RESPONSE_CODE] = native
    return bytes(returned)
