"""What messages say, in the terms of 1987 and in the words of the language: kinds, ways of entry, usual settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from saklar.codecs import CodecError, Message, convert, load_dialect
from saklar.codecs.mti import is_repeat, message_class
from saklar.network_sim.draft.exchanges import NETWORK, REVERSAL
from saklar.network_sim.scenario.templates import KINDS, WAYS

_KIND_OF_CODE = {
    kind.fields[3]: name
    for name, kind in KINDS.items()
    if kind.base == "new" and kind.mti == "0200" and 3 in kind.fields
}
_KIND_OF_NETWORK = {kind.fields[70]: name for name, kind in KINDS.items() if 70 in kind.fields}
_WAY_OF_ENTRY = {code: way for way, code in WAYS.items()}


def terms_of(message: Message) -> Message:
    """A message in 1987 terms, as far as there are any."""
    try:
        return convert(message, load_dialect("iso87-ascii"), today=datetime.now(UTC).date())
    except CodecError:
        return message


def kind_of(message: Message) -> str:
    """The word for what kind of message it is; "" where there is none."""
    class_ = message_class(message.mti)
    if is_repeat(message.mti):
        return "repeat"
    if class_ == REVERSAL:
        return "reversal"
    terms = terms_of(message)
    if class_ == NETWORK:
        return _KIND_OF_NETWORK.get(str(terms.get(70)), "")
    return _KIND_OF_CODE.get(str(terms.get(3)), "")


def way_of(message: Message) -> str:
    """The word for how the card was read; "" where there is none."""
    return _WAY_OF_ENTRY.get(str(terms_of(message).get(22) or "")[:2], "")


def usual_settings(requests: Iterable[Message]) -> dict[str, str]:
    """What most requests have, as settings of the party."""
    found: dict[str, str] = {}
    terms = [terms_of(message) for message in requests]
    for name, element in (("merchant-type", 18), ("acquirer-id", 32), ("merchant", 42), ("terminals", 41)):
        values = Counter(str(message[element]).rstrip() for message in terms if element in message)
        usual = values.most_common(1)
        if usual and usual[0][0]:
            found[name] = usual[0][0]
    return found
