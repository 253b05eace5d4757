"""How a request gets from its acquirer's dialect to its issuer's, and the answer back.

Between links of one dialect a message keeps its bytes, but for what the switch changes; that is most of what a switch
does, so what is found out about one kind of message is kept for the next. Between two dialects it is converted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from saklar.codecs import Dialect, Message, Patch, native_response_code
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

    def is_usual(self, transaction: Transaction, answer: Message, values: Mapping[int, str]) -> bool:
        """Whether the answer is all that it should be: nothing is to be put right but the STAN.

        Args:
            transaction: whose STAN it has.
            answer: of the issuer.
            values: the answer's.
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
    return Straight(acquirer) if acquirer is issuer and not acquirer.has_header else Converting(issuer)


class Straight:
    """Both sides have one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        whole, divided = authentication_elements(dialect)
        self._dialect = dialect
        self._authentication = whole | divided
        self._out = Patch((STAN,), HOP_BY_HOP)
        self._out_with_pin = Patch((STAN, PIN_DATA), HOP_BY_HOP)
        self._kept = Patch((STAN,), HOP_BY_HOP | whole | divided)
        self._back = Patch((STAN,), NOT_RETURNED)
        self._pairs: dict[tuple[Plan, Plan], Callable[[Mapping[int, str]], Any] | None] = {}

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

    def is_usual(self, transaction: Transaction, answer: Message, values: Mapping[int, str]) -> bool:
        """See `Crossing`."""
        request = transaction.request.shape
        shape = answer.shape
        if request is None or shape is None or answer.mti != response_mti(transaction.mti):
            return False
        try:
            pick = self._pairs[request, shape]
        except KeyError:
            pick = self._new_pair(request, shape)
        return pick is not None and pick(transaction.values) == pick(values)

    def _new_pair(self, request: Plan, answer: Plan) -> Callable[[Mapping[int, str]], Any] | None:
        """What takes out what both must have alike; None if one has what the other should have too, or should not."""
        if len(self._pairs) >= MAX_PAIRS:
            self._pairs.clear()
        mine, theirs = request.places.keys(), answer.places.keys()
        added = (theirs & {*RESTORED, *COMPARED, AMOUNT}) - mine
        missing = (mine & set(RESTORED) & set(ECHOED)) - theirs
        common = (mine & theirs & {*RESTORED, *COMPARED, AMOUNT}) - {STAN}
        pair = None if added or missing or not common or STAN not in theirs else itemgetter(*sorted(common))
        self._pairs[request, answer] = pair
        return pair

    def back(self, transaction: Transaction, answer: Message, code: str, *, usual: bool) -> bytes:
        """See `Crossing`."""
        mti = response_mti(transaction.mti)
        if usual and self._dialect.version == "1987":
            return answer.patched(self._back, transaction.values, mti)
        return _restored(transaction, answer, code)


class Converting:
    """The sides have two dialects, or one whose header each side has its own of.

    Args:
        issuer: the dialect towards the issuer.
    """

    def __init__(self, issuer: Dialect) -> None:
        self._issuer = issuer

    def out(self, request: Message, values: Mapping[int, str], stan: str) -> Outgoing:  # noqa: ARG002
        """See `Crossing`."""
        forwarded = for_issuer(request, self._issuer, stan)
        payload = bytes(forwarded)
        kept = bytes(without_authentication_data(forwarded, briefly=True))
        return Outgoing(payload, kept, forwarded, response_mti(forwarded.mti))

    def with_pin(self, request: Message, outgoing: Outgoing, stan: str, block: str) -> bytes:  # noqa: ARG002
        """See `Crossing`."""
        forwarded = self._issuer.decode(outgoing.payload)
        forwarded[PIN_DATA] = block
        return bytes(forwarded)

    def is_usual(self, transaction: Transaction, answer: Message, values: Mapping[int, str]) -> bool:  # noqa: ARG002
        """See `Crossing`."""
        return False

    def back(self, transaction: Transaction, answer: Message, code: str, *, usual: bool) -> bytes:  # noqa: ARG002
        """See `Crossing`."""
        return _restored(transaction, answer, code)


def _restored(transaction: Transaction, answer: Message, code: str) -> bytes:
    returned = from_issuer(answer, transaction)
    native = native_response_code(returned.dialect, code, returned.mti)
    if returned.get(RESPONSE_CODE) != native:
        returned[RESPONSE_CODE] = native
    return bytes(returned)
