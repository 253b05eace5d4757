"""What a message means to an issuer's books. No I/O."""

from saklar.codecs import Message
from saklar.codecs.convert import PARTIAL_REVERSAL
from saklar.codecs.mti import message_class
from saklar.network_sim.accounts import Accounts, Decision, Request, Reversal
from saklar.switch.engine.messages import answer_to, pan_of
from saklar.switch.engine.remembered import original_data

REVERSAL = "4"
AUTHORISATIONS = frozenset("12")
ADVICE = "2"
"""Third digit of an MTI."""


def book(
    accounts: Accounts,
    request: Message,
    month: str,
    pin_is_right: bool | None,  # noqa: FBT001 (three-valued)
    wanted: str = "00",
) -> Message:
    """Book a request, a reversal or an advice, and answer it.

    Args:
        accounts: the books.
        request: in the issuer's dialect.
        month: now, YYMM: cards expire.
        pin_is_right: None where no PIN was given.
        wanted: DE 39 of an approval by the rules; one that declines comes before all rules.
    """
    class_ = message_class(request.mti)
    if class_ == REVERSAL:
        return _reply(request, accounts.reverse(_reversal(request)))
    if class_ not in AUTHORISATIONS:
        return answer_to(request, "12")
    problems = request.dialect.check(request, (2, 3, 4, 11))
    if problems or pan_of(request) is None or 11 not in request:
        return answer_to(request, "30")
    said = _authorisation(request, month, pin_is_right)
    if request.mti[2] == ADVICE:
        named = _reversal(request) if original_data(request) is not None else None
        return _reply(request, accounts.advise(said, named))
    return _reply(request, accounts.authorise(said, wanted=wanted))


def _authorisation(request: Message, month: str, pin_is_right: bool | None) -> Request:  # noqa: FBT001
    return Request(
        pan=pan_of(request) or "",
        processing_code=request.get(3) or "",
        amount=int(request.get(4) or 0),
        stan=request.get(11) or "",
        time=_time(request),
        rrn=request.get(37) or "",
        terminal=request.get(41) or "",
        month=month,
        pin_is_right=pin_is_right,
    )


def _time(request: Message) -> str:
    """What an original is named by besides its STAN: DE 7 in 1987, DE 12 in 1993."""
    return request.get(7 if request.dialect.version == "1987" else 12) or ""


def _what_stands(request: Message) -> str:
    """Of a partial reversal, the amount that is not reversed: DE 95 in 1987, DE 4 in 1993; else ""."""
    if request.dialect.version == "1987":
        return (request.get(95) or "")[:12]
    return request.get(4) or "" if request.get(24) == PARTIAL_REVERSAL else ""


def _reversal(request: Message) -> Reversal:
    _, stan, time = original_data(request) or ("", "", "")
    actual = _what_stands(request)
    return Reversal(
        pan=pan_of(request) or "",
        stan=stan,
        time=time,
        rrn=request.get(37) or "",
        terminal=request.get(41) or "",
        actual_amount=int(actual) if actual.isdecimal() else 0,
    )


def _reply(request: Message, decision: Decision) -> Message:
    answer = answer_to(request, decision.code)
    if decision.approval_code is not None:
        answer[38] = decision.approval_code
    return answer
