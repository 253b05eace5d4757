"""The messages that the switch makes of others: what leaves for the issuer, what goes back to the acquirer."""

from functools import cache

from saklar.codecs import CodecError, Dialect, Message, convert, native_response_code
from saklar.codecs.element import Element
from saklar.codecs.mti import message_class, response_mti
from saklar.switch.engine.model import Transaction
from saklar.switch.engine.record import TransactionRecord, new_record
from saklar.switch.engine.remembered import Elements
from saklar.switch.engine.routing import Facts

ECHOED = (2, 3, 4, 7, 11, 12, 13, 15, 22, 24, 25, 32, 33, 37, 41, 42, 49, 70)
"""Elements of a request that an answer made by the switch repeats (ISO 8583-1:1987, table of message formats)."""

ECHOED_OF_REVERSALS = {"1987": (90, 95), "1993": (56, 30)}
"""By edition, what names the original and the amounts of a partial reversal."""

RESTORED = (2, 7, 11, 12, 13, 22, 24, 25, 32, 33, 37, 41, 42)
"""Elements that the acquirer gets back as it sent them, whatever the issuer made of them."""

NOT_RETURNED = frozenset({14, 35, 36, 45, 52, 53, 64, 128})
"""Card secrets, and message authentication codes of another link, have no place in an answer."""

COMPARED = (2, 7, 37, 41)
"""Elements that an answer, if it has them, must have as its request did; the amount (DE 4) has a rule of its own."""

HOP_BY_HOP = frozenset({64, 128})
"""A message authentication code holds between two neighbours only (ISO 9807); the switch changes the message."""


MIN_PAN, MAX_PAN = 12, 19
"""Digits of a PAN: at most 19 (ISO/IEC 7812-1); fewer than 12 are no card's."""


def facts_of(mti: str, request: Elements, acquirer: str) -> Facts:
    """What of a request, besides its PAN, its route may depend on."""
    processing = request.get(3)
    return Facts(mti, processing[:2] if processing else None, request.get(49), acquirer)


def pan_of(message: Elements) -> str | None:
    """The PAN in the clear, of DE 2 or else of track 2 (DE 35) up to its separator; None if neither has one."""
    pan = message.get(2)
    if not pan:
        track = message.get(35) or ""
        pan = track.partition("=")[0] if "=" in track else ""
    return pan if pan.isascii() and pan.isdigit() and MIN_PAN <= len(pan) <= MAX_PAN else None


def for_issuer(request: Message, issuer: Dialect, stan: str) -> Message:
    """The acquirer's request in the issuer's dialect, under the switch's STAN."""
    forwarded = convert(request, issuer).without(HOP_BY_HOP)
    forwarded[11] = stan
    return forwarded


def from_issuer(answer: Message, transaction: Transaction) -> Message:
    """The issuer's answer in the acquirer's dialect, with the acquirer's own STAN and references."""
    request, values = transaction.request, transaction.values
    returned = convert(answer, request.dialect).without(NOT_RETURNED)
    returned.mti = response_mti(request.mti)
    for element in RESTORED:
        mine, theirs = values.get(element), returned.get(element)
        if mine == theirs:
            continue
        if mine is None:
            del returned[element]
        elif theirs is not None or element in ECHOED:
            returned[element] = mine
    if request.dialect.has_header:
        returned.header = request.dialect.answer_header(request)
    return returned


def answer_to(request: Message, response_code: str) -> Message:
    """An answer made of the request itself; `response_code` is in two-character 1987 terms."""
    dialect = request.dialect
    echoed: tuple[int, ...] = ECHOED
    if message_class(request.mti) == "4":
        echoed += ECHOED_OF_REVERSALS.get(dialect.version, ())
    fields: dict[str | int, str] = {element: request[element] for element in echoed if element in request}
    answer = dialect.message({"mti": response_mti(request.mti), **fields})
    answer[39] = native_response_code(dialect, response_code, answer.mti)
    if dialect.has_header:
        answer.header = dialect.answer_header(request)
    return answer


def misfit(mti: str, forwarded: Elements, answer: Message) -> str | None:
    """Why an answer cannot be the one to this request although its STAN says so, or None if it fits.

    `mti` is that of the answer which is due.
    An amount may differ only where the issuer says so by approving a part (DE 39 = 10).
    """
    if answer.mti != mti:
        return f"MTI {answer.mti}"
    for element in COMPARED:
        theirs = answer.get(element)
        if theirs is not None and theirs != (forwarded.get(element) or theirs):
            return f"DE {element}"
    amount = answer.get(4)
    if amount is not None and amount != forwarded.get(4) and answer.get(39) not in ("10", "002"):
        return "DE 4"
    return None


def amount_of(message: Elements) -> int | None:
    """DE 4, in minor units; None where there is none."""
    amount = message.get(4)
    return int(amount) if amount and amount.isascii() and amount.isdigit() else None


def record_of(transaction: Transaction) -> TransactionRecord:
    """The record of a transaction as it is now, for the first time that it is stored."""
    get, entry, original = transaction.values.get, transaction.entry, transaction.original
    key, fingerprint, kept = None, None, None
    if entry is not None:
        key, fingerprint, kept = entry.key, entry.fingerprint, entry.kept
    return new_record((
        transaction.id,
        transaction.arrived_at,
        transaction.connection.link.name,
        transaction.mti,
        transaction.outcome,
        transaction.pan,
        get(11) or "",
        get(7),  # transmission
        get(12),  # local_time
        get(37),  # rrn
        get(41),  # terminal
        get(42),  # merchant
        get(32),  # acquirer_id
        get(3),  # processing_code
        amount_of(transaction.values),
        get(49),  # currency
        transaction.issuer.name if transaction.issuer is not None else None,
        transaction.issuer_stan,
        transaction.code,
        transaction.answered_by,
        transaction.reason,
        original.id if original is not None else None,
        None,  # elapsed_ms
        None,  # standing
        None,  # doubt
        None,  # late_code
        key,
        fingerprint,
        kept,
        None,  # answer
    ))  # fmt: skip


def without_authentication_data(message: Message, *, briefly: bool = False) -> Message:
    """A copy that may be stored: no PIN block, no track, no card verification value (PCI DSS 4.0, requirement 3.3.1).

    Of elements with secret parts these parts go; an element that cannot be divided, and where `briefly` is asked for
    any of these elements, goes as a whole.
    """
    whole, divided = authentication_elements(message.dialect)
    kept = message.without(whole | divided if briefly else whole)
    if 2 not in kept and 2 in kept.dialect.elements and (pan := pan_of(message)) is not None:
        kept[2] = pan  # it was said by the track alone, which goes
    if not briefly:
        for number in divided:
            if number in kept:
                _drop_secret_parts(kept, number)
    return kept


def _drop_secret_parts(message: Message, number: int) -> None:
    parts = message.dialect.elements[number].parts
    assert parts is not None
    for part in [part for part in parts.elements() if _authenticates(part)]:
        path = f"{number}.{part.key}"
        try:
            if path in message:
                del message[path]
        except CodecError:
            del message[number]
            return


def _authenticates(element: Element) -> bool:
    """Whether it, or a part of it, may not be stored after the authorisation, in whatever form."""
    if element.secret in ("track", "all"):
        return True
    return element.parts is not None and any(map(_authenticates, element.parts.elements()))


@cache
def authentication_elements(dialect: Dialect) -> tuple[frozenset[int], frozenset[int]]:
    """Elements that are such secrets, and those that have some among their parts."""
    found = {number: element for number, element in dialect.elements.items() if _authenticates(element)}
    whole = frozenset(number for number, element in found.items() if element.parts is None)
    return whole, frozenset(found) - whole
