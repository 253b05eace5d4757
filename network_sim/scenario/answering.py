"""What parts of the network say when a step asks: journal, store-and-forward, counters, accounts, links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from saklar.codecs import Message
from saklar.codecs.mti import message_class
from saklar.network_sim.scenario.elements import NotThat, minor_units
from saklar.network_sim.scenario.facts import Setup
from saklar.network_sim.scenario.language.source import Wrong
from saklar.network_sim.scenario.language.tree import Ask, Call, Field, Text
from saklar.network_sim.scenario.matchers import text_matches
from saklar.network_sim.scenario.result import Check
from saklar.network_sim.scenario.rulebook import mti_matches
from saklar.network_sim.scenario.scope import Scope
from saklar.network_sim.scenario.seat import Seat
from saklar.network_sim.scenario.stage import Stage
from saklar.switch.engine import TransactionRecord
from saklar.switch.journal import JournalError, Search, search, waiting

_MONEY = frozenset({"amount", "standing", "balance"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and where the answer is looked for."""

    step: Ask
    stage: Stage
    seats: Mapping[str, Seat]
    scope: Scope
    setup: Setup


def ask(asked: Asked) -> tuple[list[Check], str]:
    """Each thing that is expected and how it came out; and what is wrong where nothing could be said.

    Raises:
        Wrong: what was asked means nothing here.
    """
    subject = asked.step.subject
    try:
        facts = _ASKED[subject](asked)
    except JournalError as error:
        return [], str(error)
    if facts is None:
        return [], f"the {subject} knows nothing of it"
    return [_check(field, facts, asked) for field in asked.step.fields], ""


Facts = Mapping[str, object]


def _check(field: Field, facts: Facts, asked: Asked) -> Check:
    scope = asked.scope
    value = facts.get(field.path)
    if value is None and asked.step.subject == "counters":
        value = 0
    actual = None if value is None else str(value)
    wanted = field.value
    if isinstance(wanted, Text) and field.path in _MONEY and "." in scope.text(wanted):
        try:
            currency = str(facts.get("currency") or "360")
            wanted = Text((str(minor_units(scope.text(wanted), currency)),), span=wanted.span)
        except NotThat as error:
            raise Wrong(wanted.span, str(error)) from None
    if isinstance(wanted, Call) and wanted.name in ("present", "set"):
        right, said = actual is not None, "present"
    elif isinstance(wanted, Call) and wanted.name == "absent":
        right, said = actual is None, "absent"
    else:
        right, said = text_matches(wanted, actual, scope)
    if field.operator == "!=":
        right, said = not right, f"not {said}"
    return Check(field.path, field.path.replace("_", " "), said, actual or "", right)


def _journal(asked: Asked) -> Facts | None:
    message, link, role = _subject(asked.step, asked.seats, asked.scope)
    path, keys = asked.stage.journal
    wanted = Search(acquirer=link, stan=message.get(11)) if role == "acquirer" else Search(issuer=link)
    found: TransactionRecord | None = None
    for hit in search(path, keys, wanted):
        record = hit.record
        if message_class(record.mti) != message_class(message.mti):
            continue
        if role == "issuer" and record.issuer_stan != message.get(11):
            continue
        if role == "acquirer" and record.rrn is not None and record.rrn != message.get(37):
            continue
        found = record
    return found._asdict() if found is not None else None


def _subject(step: Ask, seats: Mapping[str, Seat], scope: Scope) -> tuple[Message, str, str]:
    """The message that is asked about, and whose link and role it was."""
    for seat in seats.values():
        messages = [*seat.sent, *(arrival.message for arrival in seat.inbox)]
        if step.mti and seat.name == step.of:
            matching = [message for message in messages if mti_matches(step.mti, message.mti)]
            if not matching:
                raise Wrong(step.span, f"{step.of} has no {step.mti}")
            return matching[-1], seat.facts.link, seat.facts.role
        labelled = scope.labels.get(step.of)
        if not step.mti and labelled is not None and any(message is labelled for message in messages):
            return labelled, seat.facts.link, seat.facts.role
    raise Wrong(step.span, f"no message is called {step.of!r} yet")


def _saf(asked: Asked) -> Facts:
    (path, _), of = asked.stage.journal, asked.step.of
    link = asked.seats[of].facts.link if of in asked.seats else of

    def count(*, parked: bool) -> int:
        return sum(not link or row["issuer"] == link for row in waiting(path, parked=parked))

    return {"queued": count(parked=False), "parked": count(parked=True)}


def _counters(asked: Asked) -> Facts | None:
    switch = asked.stage.switch
    return dict(switch.counters) if switch is not None else None


def _account(asked: Asked) -> Facts | None:
    pan = asked.setup.cards[asked.step.of].pan
    keeping = [station for station in asked.stage.stations.values() if station.facts.accounts]
    keeping.sort(key=lambda station: not pan.startswith(tuple(station.facts.bins)))
    for station in keeping:
        card = station.behaviour.accounts.cards.get(pan)
        if card is not None:
            return {"balance": card.balance, "status": card.status, "wrong_pins": card.wrong_pins}
    return None


def _link(asked: Asked) -> Facts | None:
    station = asked.stage.stations.get(asked.step.of)
    return {"connections": station.connections} if station is not None else None


_ASKED: Mapping[str, Callable[[Asked], Facts | None]] = {
    "journal": _journal,
    "saf": _saf,
    "counters": _counters,
    "account": _account,
    "link": _link,
}
