"""A recording as a scenario file that plays the side that asked, against the host that answered.

What a request needs to say is found by making it: the language's own generator is given what was written so far, and
where it makes something else than was heard, and the difference is not one of time or numbering, that is written too.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from saklar.codecs import CodecError, Dialect, Message
from saklar.codecs.mti import is_repeat, message_class
from saklar.codecs.tables.read import table
from saklar.network_sim.draft.disguise import AUTHENTICATION, CHIP, Disguise, card_numbers, pan_in
from saklar.network_sim.draft.exchanges import (
    FINANCIAL,
    NAMING,
    NETWORK,
    REVERSAL,
    Exchange,
    Transaction,
    exchanges_of,
    transactions_of,
)
from saklar.network_sim.draft.heard import Heard, Recording, counted
from saklar.network_sim.draft.layout import PLAIN, Moment, in_order, step_lines, word
from saklar.network_sim.draft.terms import kind_of, usual_settings, way_of
from saklar.network_sim.scenario.elements import NotThat, decimals, moment_text, slot_of
from saklar.network_sim.scenario.expansion import cases_in
from saklar.network_sim.scenario.facts import Case
from saklar.network_sim.scenario.generation import Counters, Maker
from saklar.network_sim.scenario.language.formatting import formatted
from saklar.network_sim.scenario.language.parser import parse
from saklar.network_sim.scenario.language.source import ScenarioError, Source, Wrong
from saklar.network_sim.scenario.language.tree import Message as Said
from saklar.network_sim.scenario.language.tree import Send
from saklar.network_sim.scenario.language.values import quote
from saklar.network_sim.scenario.scope import Scope

ACQUIRER = "terminal"
EXPIRY, PIN = "4912", "1234"
TEST_ZPK = "U2A3181DC9BC9EE48134E8DCFB4A97045"
TEST_IMK = "U7475636CC30B93B493CF5EA53799EBCC"
"""Keys under the test LMK, as the library of scenarios has them: the recorded ones are nobody's to know."""

LIMITS_S = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120)
"""What is written after `within`: the first that is twice as long as the answer took."""

MAX_SILENCE_S = 40
MAX_BYTES = 900_000
"""Of a draft; a scenario file may have 1 MiB."""

VOLATILE = frozenset({2, 7, 11, 12, 13, 14, 35, 36, 37, 45, 52, CHIP, *AUTHENTICATION})
"""Elements that are made anew for each message: if there is one, it is as good as another."""

OF_ANSWER = frozenset({15, 37, 38, 54})
"""What a host gives anew with each answer; that it is there is what can be expected."""


@dataclass(frozen=True, slots=True)
class About:
    """What a draft is made with.

    Attributes:
        dialect: of the messages; `dialect_name` as the file is to name it.
        framing_name: as the file is to name it.
        host: where the host is, HOST:PORT.
        source: what was recorded, for the first line.
        bin_digits: of card numbers that stay.
        keep: private elements to be written.
        test_cards: numbers that are test cards' already, and are written as they are, with their expiry dates.
        path: of the file that the draft will be, from which it names its dialect.
    """

    dialect: Dialect
    dialect_name: str
    framing_name: str
    host: str
    source: str
    bin_digits: int = 6
    keep: frozenset[int] = frozenset()
    test_cards: frozenset[str] = field(default=frozenset(), repr=False)
    path: str = "draft"


@dataclass(frozen=True, slots=True)
class Draft:
    """A scenario file's text, how many cases it has, and what of the recording it has not, in words."""

    text: str
    cases: int
    remarks: tuple[str, ...]


def draft_of(recording: Recording, about: About) -> Draft:
    """The scenario file of a recording; one without a request of the acquirer has no case."""
    asking = _asking_side(recording.heard)
    theirs = [heard for heard in recording.heard if _is_of(heard, asking)]
    real = card_numbers(one.message for one in recording.heard)
    disguise = Disguise(real, about.bin_digits, about.keep, about.test_cards)
    exchanges, others = exchanges_of(theirs)
    writer = _Writer(about, disguise, exchanges, recording.ended_s, dials=asking)
    blocks: list[str] = []
    size = 0
    left = 0
    for transaction in transactions_of(exchanges):
        block = writer.scenario(len(blocks) + 1, transaction)
        size += len(block.encode())
        if not block or size > MAX_BYTES:
            left += 1
            continue
        blocks.append(block)
    remarks = _remarks(recording, len(recording.heard) - len(theirs), len(others), left)
    text = "\n".join([writer.heading(recording, remarks, blocks), *blocks])
    return Draft(formatted(Source.of(text, "draft")), len(blocks), tuple(remarks))


def _asking_side(heard: Iterable[Heard]) -> bool:
    """Whether it is who dialled that sends the requests about money, as it mostly is."""
    asks = Counter(
        one.from_client for one in heard if message_class(one.message.mti) in FINANCIAL and one.message.mti[2] in "02"
    )
    return asks[True] >= asks[False]


def _is_of(heard: Heard, asking: bool) -> bool:  # noqa: FBT001
    """Whether a message is a request of the side that asks, or an answer to one."""
    is_answer = heard.message.mti[2:3] in ("1", "3")
    return heard.from_client == (asking != is_answer)


def _remarks(recording: Recording, of_host: int, others: int, left: int) -> list[str]:
    missing = {
        "message": {
            "which began at the host (tests of the line, say), or answered such": of_host,
            "which answered nothing that was heard, or wanted no answer": others,
            "which came after the first that could be kept": recording.dropped,
        },
        "transaction": {"as nothing shows what it was about, or the file is full": left},
    }
    found = [
        f"left out: {counted(count, what)}, {why}"
        for what, whys in missing.items()
        for why, count in whys.items()
        if count
    ]
    return found + recording.troubles


@dataclass
class _Writer:
    about: About
    disguise: Disguise
    exchanges: Sequence[Exchange]
    ended_s: float
    dials: bool
    _cards: dict[str, str] = field(default_factory=dict, repr=False)
    """Names by test numbers."""
    _expiries: dict[str, str] = field(default_factory=dict, repr=False)
    """Of test cards, by their numbers."""

    def __post_init__(self) -> None:
        requests = [exchange.request.message for exchange in self.exchanges]
        self._chip = any(CHIP in message for message in requests)
        self._pins = any(52 in message for message in requests)
        money = [message for message in requests if message_class(message.mti) in FINANCIAL]
        self._usual = usual_settings(map(self.disguise.message, money))
        for message in requests:
            if not (pan := pan_in(message)):
                continue
            self._cards.setdefault(self.disguise.pan(pan), f"card-{len(self._cards) + 1}")
            if pan in self.about.test_cards and 14 in message:
                self._expiries.setdefault(pan, str(message[14]))
        self._case = cases_in(Source.of(self._declarations() + 'scenario "x"\n', self.about.path))[0]
        self._maker = _maker(self._case)

    def heading(self, recording: Recording, remarks: Sequence[str], blocks: Sequence[str]) -> str:
        """Comments, and the declarations of what the blocks use."""
        out = self.disguise.left_out
        lines = [
            (
                f"# A draft, recorded {self.about.source}: {counted(len(recording.heard), 'message')}"
                f" on {counted(recording.connections, 'connection')}."
            ),
            "# Card numbers are test numbers of the same BIN and length; PINs and keys are test ones.",
        ]
        if out:
            lines.append(
                f"# Never written as recorded: element{'s' * (len(out) > 1)} {', '.join(map(str, sorted(out)))}."
            )
        lines += [f"# {remark}." for remark in remarks]
        words = {word for block in blocks for word in block.split()}
        return "\n".join([*lines, "", self._declarations(words)])

    def _declarations(self, used: Container[str] | None = None) -> str:
        about = self.about
        where = "-> $host" if self.dials else f"listens {about.host.rpartition(':')[2]}"
        lines = [f'var host = env HOST or "{about.host}"', ""] if self.dials else []
        for pan, name in self._cards.items():
            if used is None or name in used:
                expiry = self._expiries.get(pan, EXPIRY)
                lines.append(f"card {name} {pan} expiry {expiry} pin {PIN}" + f" imk {TEST_IMK}" * self._chip)
        lines.append(f"acquirer {ACQUIRER} {where}")
        lines.append(f"  dialect {word(about.dialect_name)} framing {word(about.framing_name)}")
        lines += [f"  {name} {word(value)}" for name, value in self._usual.items()]
        if self._pins:
            lines.append(f"  zpk {TEST_ZPK}  # of the test LMK: put your link's here")
        return "\n".join(lines) + "\n\n"

    # A scenario.

    def scenario(self, number: int, transaction: Transaction) -> str:
        """A transaction as a scenario; "" where its first request cannot be made."""
        labels: dict[int, str] = {}
        several = len(transaction.exchanges) > 1
        scope = Scope()
        moments: list[Moment] = []
        approvals: dict[str, str] = {}
        for index, exchange in enumerate(transaction.exchanges, 1):
            label = f"request-{index}" if several else ""
            about = labels.get(id(exchange.about), "")
            items = self._request(exchange, about, scope, approvals, label)
            if items is None:
                continue
            labels[id(exchange)] = label
            sent = step_lines(ACQUIRER, "sends", items, f"as {label}" if label else "")
            at_s = exchange.request.at_s
            moments.append(Moment(at_s, at_s, sent, sends=True))
            if exchange.answer is not None:
                expected = self._expected(exchange, exchange.answer, label, approvals, scope)
                moments.append(Moment(exchange.answer.at_s, exchange.answer.at_s, expected))
            else:
                following = transaction.exchanges[index:]
                moments.append(self._silence(exchange, following[0].request.at_s if following else None))
        if not moments:
            return ""
        return "\n".join([f"scenario {quote(f'{number}: {self._title(transaction)}')}", *in_order(moments), ""])

    def _title(self, transaction: Transaction) -> str:
        said = []
        for exchange in transaction.exchanges:
            message = exchange.request.message
            code = str(exchange.answer.message.get(39) or "") if exchange.answer is not None else ""
            said.append(
                f"{message.mti} {kind_of(message)}".rstrip() + f" {f'is answered {code}' if code else 'has no answer'}"
            )
        return ", ".join(said)

    def _silence(self, exchange: Exchange, until_s: float | None) -> Moment:
        """That a request had no answer, until the next one about the same, or the end of the recording."""
        at_s, mti = exchange.request.at_s, exchange.request.message.mti
        silent = min(MAX_SILENCE_S, (self.ended_s if until_s is None else until_s) - at_s)
        if silent < 1 and until_s is None:
            return Moment(at_s, at_s, ["# the recording ends before this is answered"])
        duration = f"{silent:.0f} s" if silent >= 1 else f"{max(1, round(silent * 1000))} ms"
        said = f"{ACQUIRER} expects no {mti[:2]}{int(mti[2]) + 1}x for {duration}  # it had no answer"
        return Moment(at_s, at_s + silent, [said])

    def _expected(
        self, exchange: Exchange, answered: Heard, label: str, approvals: dict[str, str], scope: Scope
    ) -> list[str]:
        to = f"to {label} " if label else ""
        answer, request = self.disguise.message(answered.message), exchange.request.message
        items = [answer.mti]
        for number in answer:
            value, asked = answered.message[number], request.get(number)
            if asked == value and number in scope_message(scope, label, exchange):
                items.append(f"{number}=echo")
            elif number in VOLATILE | OF_ANSWER or (asked is not None and self._is_time(number)):
                items.append(f"{number}=present")
            else:
                items.append(f"{number}={self._value(number, str(answer[number]))}")
        named = ""
        if (
            label
            and 38 in answer
            and any(one.about is exchange and 38 in one.request.message for one in self.exchanges)
        ):
            named = label.replace("request", "answer")
            approvals[str(answer[38])] = named
            scope.labels[named] = answer
        limit = next((limit for limit in LIMITS_S if limit >= 2 * exchange.waited_s), math.ceil(2 * exchange.waited_s))
        return step_lines(ACQUIRER, "expects", items, f"{to}{f'as {named} ' if named else ''}within {limit} s")

    # A request.

    def _request(
        self, exchange: Exchange, about: str, scope: Scope, approvals: dict[str, str], label: str
    ) -> list[str] | None:
        """The items of a request; None where it cannot be made, as what it is about was not heard."""
        heard, safe = exchange.request.message, self.disguise.message(exchange.request.message)
        class_ = message_class(heard.mti)
        if is_repeat(heard.mti) and class_ != NETWORK:
            items = [heard.mti, f"of {about}"] if about else None
        elif class_ == REVERSAL or (about and class_ in FINANCIAL):
            items = [heard.mti, "reversal" if class_ == REVERSAL else "completion", f"of {about}"] if about else None
        else:
            items = [heard.mti, *filter(None, [kind_of(heard)])]
            items += self._about_card(heard, items, scope) if class_ in FINANCIAL else []
        if items is None:
            return None
        made = self._made(items, scope)
        if made is None:
            return None
        if 52 in made and 52 not in heard:
            items.append("no-pin")
        made = self._made(items, scope) or made
        items += self._differences(made, heard, safe, approvals, names_original=bool(about))
        final = self._made(items, scope)
        if final is None:
            return None
        scope.labels[label or "only"] = final
        return items

    def _about_card(self, heard: Message, items: Sequence[str], scope: Scope) -> list[str]:
        """The card, how it was read where that is not how it is read anyway, and the amount."""
        pan, money = pan_in(heard), self._money(heard)
        if not pan:
            return ["no-card", *money]
        card = f"card {self._cards[self.disguise.pan(pan)]}"
        made = self._made([*items, card, *money], scope)
        way = way_of(heard)
        return [card, *([way] if way and (made is None or way_of(made) != way) else []), *money]

    @staticmethod
    def _money(heard: Message) -> list[str]:
        amount, currency = str(heard.get(4) or ""), str(heard.get(49) or "")
        known = table("currencies").get(currency)
        if not amount.isdecimal() or known is None or not int(amount):
            return []
        places = decimals(currency)
        digits = str(int(amount)).zfill(places + 1)
        shown = f"{digits[:-places]}.{digits[-places:]}" if places else digits
        return [f"amount {shown} {known['code']}"]

    def _made(self, items: Sequence[str], scope: Scope) -> Message | None:
        """The message that the language makes of these; None where it cannot."""
        source = Source.of(f'scenario "x"\n{ACQUIRER} sends {" ".join(items)}\n', "draft")
        try:
            said = _only_message(source)
            made = self._maker.request(said, self._maker.context(scope), said.span)
            bytes(made)
        except (Wrong, ScenarioError, CodecError):
            return None
        return made

    def _differences(
        self, made: Message, heard: Message, safe: Message, approvals: dict[str, str], *, names_original: bool
    ) -> list[str]:
        items = []
        # What names the original does so anew, by the STAN and the time that it then has.
        anew = VOLATILE | {NAMING[heard.dialect.version][0]} if names_original else VOLATILE
        of_test_card = pan_in(heard) in self.about.test_cards
        anew -= {14} if of_test_card else set()
        for number in sorted({*made, *safe}):
            if number not in heard:
                items.append(f"{number}=absent")
            elif number not in safe or (number in anew and number in made) or made.get(number) == safe.get(number):
                continue
            elif number == 38 and str(safe[38]) in approvals:
                items.append(f"38=${approvals[str(safe[38])]}.38")
            elif number == 14:
                items.append(f"14={safe[14] if of_test_card else EXPIRY}")
            else:
                items.append(f"{number}={self._sent(number, str(safe[number]))}")
        if made.dialect.has_header and made.header != heard.header:
            items.append("header " + " ".join(f"{name} {quote(value)}" for name, value in heard.header.items()))
        return items

    def _sent(self, number: int, value: str) -> str:
        if self._is_time(number):
            return "now"
        return f"random({len(value)})" if number in VOLATILE else self._value(number, value)

    def _is_time(self, number: int) -> bool:
        """Whether it is a date or a time of the message's day; the card's dates are not."""
        try:
            moment_text(slot_of(self.about.dialect, str(number)), datetime(2000, 1, 1, tzinfo=UTC))
        except NotThat:
            return False
        return number != 14

    def _value(self, number: int, value: str) -> str:
        """A literal value: money and plain words as they are, all else in quotes."""
        del number
        return value if value and set(value) <= PLAIN and value[0].isdecimal() else quote(value)


def scope_message(scope: Scope, label: str, exchange: Exchange) -> Message:
    """The request as the draft makes it: what `echo` will repeat."""
    return scope.labels.get(label or "only", exchange.request.message)


def _maker(case: Case) -> Maker:
    facts = case.setup.parties[ACQUIRER]
    rng = random.Random(1)  # noqa: S311 (it draws test data)
    return Maker(facts, case.setup, Counters(0, facts.terminals), rng, lambda: datetime.now(UTC))


def _only_message(source: Source) -> Said:
    step = parse(source).scenarios[0].steps[0]
    assert isinstance(step, Send)
    return step.message
