"""The messages that the switch makes of others: what leaves for the issuer, what goes back to the acquirer."""

from collections.abc import Iterable
from dataclasses import replace

from saklar.codecs import Message, convert, native_response_code
from saklar.codecs.mti import message_class, response_mti
from saklar.switch.engine.model import Link, Transaction
from saklar.switch.engine.record import TransactionRecord
from saklar.switch.engine.routing import Facts

ECHOED = (2, 3, 4, 7, 11, 12, 13, 15, 22, 24, 25, 32, 33, 37, 41, 42, 49, 70)
"""Elements of a request that an answer made by the switch repeats (ISO 8583-1:1987, table of message formats)."""

RESTORED_OF_REVERSALS = (4, 95)
"""Of a reversal, what it says of amounts too: editions of the standard put them into different elements."""

RESTORED = (2, 7, 11, 12, 13, 22, 24, 25, 32, 33, 37, 41, 42, 90, 56)
"""Elements that the acquirer gets back as it sent them, whatever the issuer made of them."""

NOT_RETURNED = (14, 35, 36, 45, 52, 53, 64, 128)
"""Card secrets, and message authentication codes of another link, have no place in an answer."""

HOP_BY_HOP = (64, 128)
"""A message authentication code holds between two neighbours only (ISO 9807); the switch changes the message."""


MIN_PAN, MAX_PAN = 12, 19
"""Digits of a PAN: at most 19 (ISO/IEC 7812-1); fewer than 12 are no card's."""


def facts_of(request: Message, acquirer: str) -> Facts:
    """What of a request, besides its PAN, its route may depend on."""
    processing = request.get(3)
    return Facts(request.mti, processing[:2] if processing else None, request.get(49), acquirer)


def pan_of(message: Message) -> str | None:
    """The PAN in the clear, of DE 2 or else of track 2 (DE 35) up to its separator; None if neither has one."""
    pan = message.get(2)
    if not pan:
        track = message.get(35) or ""
        pan = track.partition("=")[0] if "=" in track else ""
    return pan if pan.isascii() and pan.isdigit() and MIN_PAN <= len(pan) <= MAX_PAN else None


def for_issuer(request: Message, issuer: Link, stan: str) -> Message:
    """The acquirer's request in the issuer's dialect, under the switch's STAN."""
    forwarded = convert(request, issuer.dialect)
    forwarded[11] = stan
    _drop(forwarded, HOP_BY_HOP)
    return forwarded


def from_issuer(answer: Message, transaction: Transaction) -> Message:
    """The issuer's answer in the acquirer's dialect, with the acquirer's own STAN and references."""
    request = transaction.request
    returned = convert(answer, request.dialect)
    returned.mti = response_mti(request.mti)
    amounts = RESTORED_OF_REVERSALS if message_class(request.mti) == "4" else ()
    for element in (*RESTORED, *amounts):
        if element in request and (element in returned or element in ECHOED):
            returned[element] = request[element]
        elif element in returned:
            del returned[element]
    _drop(returned, NOT_RETURNED)
    if request.dialect.has_header:
        returned.header = request.dialect.answer_header(request)
    return returned


def answer_to(request: Message, response_code: str) -> Message:
    """An answer made of the request itself; `response_code` is in two-character 1987 terms."""
    dialect = request.dialect
    fields: dict[str | int, str] = {element: request[element] for element in ECHOED if element in request}
    answer = dialect.message({"mti": response_mti(request.mti), **fields})
    answer[39] = native_response_code(dialect, response_code, answer.mti)
    if dialect.has_header:
        answer.header = dialect.answer_header(request)
    return answer


def misfit(forwarded: Message, answer: Message) -> str | None:
    """Why an answer cannot be the one to this request although its STAN says so, or None if it fits.

    An amount may differ only where the issuer says so by approving a part (DE 39 = 10).
    """
    if answer.mti != response_mti(forwarded.mti):
        return f"MTI {answer.mti}"
    for element in (2, 7, 37, 41):
        if element in answer and element in forwarded and answer[element] != forwarded[element]:
            return f"DE {element}"
    partial = answer.get(39) in ("10", "002")
    if not partial and 4 in answer and answer.get(4) != forwarded.get(4):
        return "DE 4"
    return None


def describe(request: Message, acquirer: Link, *, id: str, received_at: str) -> TransactionRecord:  # noqa: A002
    """The record of a request that has just come in."""
    amount = request.get(4)
    return TransactionRecord(
        id=id,
        received_at=received_at,
        acquirer=acquirer.name,
        mti=request.mti,
        state="refused",
        pan=pan_of(request) or "",
        stan=request.get(11) or "",
        transmission=request.get(7),
        local_time=request.get(12),
        rrn=request.get(37),
        terminal=request.get(41),
        merchant=request.get(42),
        acquirer_id=request.get(32),
        forwarder_id=request.get(33),
        processing_code=request.get(3),
        amount=int(amount) if amount and amount.isascii() and amount.isdigit() else None,
        currency=request.get(49),
    )


def with_forwarded(record: TransactionRecord, issuer: Link, forwarded: Message) -> TransactionRecord:
    """The record once it is known what the issuer will see."""
    return replace(
        record,
        state="forwarding",
        issuer=issuer.name,
        issuer_mti=forwarded.mti,
        issuer_stan=forwarded[11],
        issuer_local_time=forwarded.get(12),
    )


def _drop(message: Message, elements: Iterable[int]) -> None:
    for element in elements:
        if element in message:
            del message[element]
