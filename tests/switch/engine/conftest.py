"""An engine on a desk: two acquirers, two issuers, a journal that commits at once unless told otherwise."""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from saklar.codecs import Message, load_dialect
from saklar.hsm_sim import Hsm, load_lmk
from saklar.switch.engine import (
    BinRange,
    Close,
    Committed,
    Connected,
    Disconnected,
    Engine,
    HsmCall,
    HsmDone,
    JournalDown,
    JournalUp,
    Link,
    Note,
    Received,
    Route,
    RoutingTable,
    SafRecord,
    Send,
    Store,
    TransactionChange,
    TransactionRecord,
)

BANK_A_PAN = "4000000000000002"
BANK_B_PAN = "5100000000000008"

PURCHASE = {
    "mti": "0200",
    2: BANK_A_PAN,
    3: "000000",
    4: "000000001050",
    7: "1123101500",
    11: "000042",
    12: "101500",
    13: "1123",
    22: "021",
    25: "00",
    32: "100001",
    37: "632710000042",
    41: "NTH00001",
    42: "MERCHANT0000001",
    49: "360",
}


def default_links() -> dict[str, Link]:
    ascii_, binary = load_dialect("iso87-ascii"), load_dialect("iso87-binary")
    return {
        "north": Link("north", "acquirer", ascii_, timeout_s=30),
        "south": Link("south", "acquirer", binary, timeout_s=30),
        "bank-a": Link("bank-a", "issuer", binary, timeout_s=20),
        "bank-b": Link("bank-b", "issuer", ascii_, timeout_s=20),
    }


@dataclass
class Desk:
    """Drives an engine and sorts what it does."""

    engine: Engine
    links: dict[str, Link]
    hsm: Hsm
    commits: bool = True
    hsm_answers: bool = True
    now: float = 1000.0
    up: int = 0
    link_of: dict[int, str] = field(default_factory=dict)
    sent: list[tuple[int, Message]] = field(default_factory=list)
    stored: list = field(default_factory=list)
    uncommitted: int = 0
    tokens: list = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    closed: list[Close] = field(default_factory=list)
    hsm_calls: list[HsmCall] = field(default_factory=list)

    def connect(self, link: str) -> int:
        self.up += 1
        self.link_of[self.up] = link
        self.handle(Connected(self.up, link))
        return self.up

    def handle(self, event) -> None:
        self.do(self.engine.handle(event, self.now))

    def wait(self, seconds: float) -> None:
        """Let time pass, ticking at every deadline on the way."""
        end = self.now + seconds
        while (deadline := self.engine.next_deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.do(self.engine.tick(self.now))
        self.now = end

    def do(self, effects) -> None:
        for effect in effects:
            match effect:
                case Send(number, payload, token):
                    self.tokens.append(token)
                    dialect = self.links[self.link_of[number]].dialect
                    self.sent.append((number, dialect.decode(payload)))
                case Store(records):
                    self.stored += records
                    self.uncommitted += 1
                    if self.commits:
                        self.commit()
                case HsmCall(id_, request):
                    self.hsm_calls.append(effect)
                    if self.hsm_answers:
                        self.handle(HsmDone(id_, self.hsm.execute(request)))
                case Note():
                    self.notes.append(effect)
                case Close():
                    self.closed.append(effect)

    def request(self, number: int, fields=None, **changes: str | None) -> Message:
        """Have a connection send the purchase, with changes by element (`e11="000001"`, None to leave out)."""
        fields = dict(fields or PURCHASE)
        for name, value in changes.items():
            key = name if name == "mti" else int(name.removeprefix("e"))
            fields[key] = value
        fields = {key: value for key, value in fields.items() if value is not None}
        message = self.links[self.link_of[number]].dialect.message(fields)
        self.handle(Received(number, message))
        return message

    def answer(self, number: int, request: Message, rc: str = "00", **changes: str) -> Message:
        """Have an issuer connection answer a request that it was sent."""
        answer = request.copy()
        answer.mti = f"{request.mti[:2]}{int(request.mti[2]) + 1}0"
        answer[39] = rc
        for name, value in changes.items():
            if name == "mti":
                answer.mti = value
            else:
                answer[int(name.removeprefix("e"))] = value
        self.handle(Received(number, answer))
        return answer

    def receive(self, number: int, message: Message) -> None:
        self.handle(Received(number, message))

    def drop(self, number: int, unsent=(), doubtful=()) -> None:
        self.handle(Disconnected(number, tuple(unsent), tuple(doubtful)))

    def commit(self) -> None:
        """The journal makes durable all that it was given."""
        count, self.uncommitted = self.uncommitted, 0
        self.handle(Committed(count))

    def journal_fails(self) -> None:
        self.commits = False
        self.handle(JournalDown("no space left"))

    def journal_is_back(self) -> None:
        self.commits = True
        self.commit()
        self.handle(JournalUp())

    def states(self) -> dict[str, str]:
        """What the journal has of each transaction, by STAN."""
        stans, states = {}, {}
        for record in self.stored:
            if isinstance(record, TransactionRecord):
                stans[record.id] = record.stan
                states[record.stan] = record.state
            elif isinstance(record, TransactionChange):
                states[stans[record.id]] = record.changes.get("state", states[stans[record.id]])
        return states

    def saf(self) -> dict[str, str]:
        """What the journal has of what is to be forwarded: its state by the STAN towards the issuer."""
        return {record.stan: record.state for record in self.stored if isinstance(record, SafRecord)}

    def to(self, number: int) -> list[Message]:
        return [message for to, message in self.sent if to == number]

    def last(self, number: int) -> Message:
        return self.to(number)[-1]


@pytest.fixture(scope="session")
def make_desk():
    """Makes a desk; links may be changed by name (`north=dict(sign_on=True)`)."""

    def make(routes=None, **changes) -> Desk:
        links = default_links()
        for key, change in changes.items():
            name = key.replace("_", "-")
            links[name] = replace(links[name], **change)
        routes = routes or RoutingTable(
            [
                (BinRange("400000", "400000"), Route(("bank-a",))),
                (BinRange("510000", "559999"), Route(("bank-b",))),
            ]
        )
        engine = Engine(
            links,
            routes,
            wall_clock=lambda: datetime(2026, 11, 23, 10, 15, tzinfo=UTC),
            rng=random.Random(7),
            trace=True,
        )
        return Desk(engine, links, Hsm(load_lmk("test")))

    return make


@pytest.fixture
def desk(make_desk):
    return make_desk()
