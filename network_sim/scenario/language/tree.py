"""What a scenario file says, as data: declarations, scenarios, steps, messages, values.

Every node knows its place (`span`), which does not count when two are compared. Nothing here is looked up or checked
against a dialect: that is `expansion`'s work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from saklar.hsm_sim.server.fault_rules import FaultRule
from saklar.network_sim.scenario.language.source import Span

NOWHERE = Span("", 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Something at a place."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


# Values.


@dataclass(frozen=True, slots=True)
class Ref(Node):
    """`$name` is a variable or a capture; `$name.39` an element of the message that is labelled so."""

    name: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A text with variables in it. In quotes it is taken as it stands; else it may be padded, or be an amount."""

    parts: tuple[str | Ref, ...]
    quoted: bool = False

    @property
    def plain(self) -> str | None:
        """The text, where it has no variables."""
        if all(isinstance(part, str) for part in self.parts):
            return "".join(part for part in self.parts if isinstance(part, str))
        return None


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A word that means something, with what it is about: `echo`, `present`, `now+3d`, `original(first)`."""

    name: str
    arguments: tuple[Text, ...] = ()
    offset: str = ""


@dataclass(frozen=True, slots=True)
class Pattern(Node):
    """`/…/`: a regular expression for the whole value."""

    regex: str


@dataclass(frozen=True, slots=True)
class Range(Node):
    """`low..high`, both included."""

    low: Text
    high: Text


@dataclass(frozen=True, slots=True)
class OneOf(Node):
    """`a|b|c`."""

    choices: tuple[Value, ...]


Value = Text | Call | Pattern | Range | OneOf


@dataclass(frozen=True, slots=True)
class Duration(Node):
    """A time: `31 s`, `200 ms`, `2 min`, or a variable that holds one (then `unit` may be "")."""

    number: Text
    unit: str


# Messages.


@dataclass(frozen=True, slots=True)
class Field(Node):
    """`39=00`: an element by number, name or path, and its value; `!=` only where something is expected."""

    path: str
    operator: Literal["=", "!="]
    value: Value


@dataclass(frozen=True, slots=True)
class Use(Node):
    """A template by name: one of the file's, or one that every file has (`purchase`), or `$variable` for its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Setting(Node):
    """`card gold`, `amount 10.00 IDR`, `pin 1234`: facts of which elements are made."""

    name: str
    values: tuple[Text, ...] = ()


Item = Field | Use | Setting


@dataclass(frozen=True, slots=True)
class Message(Node):
    """A message type, if it is said, and what is said of the message, in order."""

    mti: Text | None
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition(Node):
    """`a is b`, `a is not b`, `a is /…/`, `a is set`."""

    left: Text
    operator: Literal["is", "is not"]
    right: Value


# Declarations.


@dataclass(frozen=True, slots=True)
class Include(Node):
    """`include "common.scenario"`: what stands there above its first scenario."""

    path: str


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """`var limit = 31 s`, `var host = env HOST or "127.0.0.1"`: a default that `--var` overrides."""

    name: str
    value: Text | None
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Secret(Node):
    """`secret ZPK from env NAME`, `from file "…"`: used as a variable, shown nowhere."""

    name: str
    kind: Literal["env", "file"]
    where: str


@dataclass(frozen=True, slots=True)
class Option(Node):
    """A word of a declaration with its values: `dialect iso87-ascii`, `bins 400000 510000-559999`."""

    name: str
    values: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Card(Node):
    """`card gold 4000000000000002 expiry 4912 pin 3991`."""

    name: str
    pan: Text = field(repr=False)
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Action(Node):
    """What a rule does: `answer 39=51 after 2 s`, `silence`, `drop`, `delay 200 ms`.

    `arguments` are the words after it, `message` what an answer or a changed message has.
    """

    kind: str
    message: Message | None = None
    arguments: tuple[Text, ...] = ()
    durations: tuple[Duration, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule(Node):
    """What a party does by itself.

    Attributes:
        when: "on" a message that came; "sending" and "receiving" act on the wire, and are faults.
        message: which: MTI (an `x` stands for any digit) and matchers.
        ordinal: the n-th such message only; 0 for all.
        every: each n-th such message.
        percent: of how many it is true, drawn by the seed.
    """

    when: Literal["on", "sending", "receiving"]
    message: Message
    action: Action
    ordinal: int = 0
    every: bool = False
    percent: float = 100.0


@dataclass(frozen=True, slots=True)
class Where(Node):
    """How a party is reached: it `dials` or `listens` at an address, or is the peer of a link `at` the network."""

    how: Literal["dials", "listens", "at"]
    address: Text


Role = Literal["acquirer", "issuer", "proxy"]


@dataclass(frozen=True, slots=True)
class Party(Node):
    """`acquirer acq1 -> 127.0.0.1:8583 dialect iso87-ascii`: somebody whom the scenario plays."""

    role: Role
    name: str
    where: tuple[Where, ...] = ()
    options: tuple[Option, ...] = ()
    rules: tuple[Rule, ...] = ()
    link: tuple[Field, ...] = ()
    """Settings of its link at saklar's switch."""


@dataclass(frozen=True, slots=True)
class Network(Node):
    """`network saklar` or `network "switch.toml"`: saklar's own switch between the parties.

    `settings` are keys of the switch's configuration, as `journal.remember`.
    """

    file: str = ""
    options: tuple[Option, ...] = ()
    settings: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Defaults(Node):
    """`defaults card gold, amount 10.00 IDR`: what a request has where it says nothing; `party` narrows it."""

    items: tuple[Item, ...]
    party: str = ""
    within: Duration | None = None


@dataclass(frozen=True, slots=True)
class Template(Node):
    """`template cash purchase 3=010000`: items under a name; what stands nearer to the message wins."""

    name: str
    message: Message


@dataclass(frozen=True, slots=True)
class Terminals(Node):
    """`terminals 500 of acq1 each 2/s in "terminals.csv"`: so many terminals of a party, where cases are a load."""

    count: Text
    party: str
    options: tuple[Option, ...] = ()


Declaration = Include | Variable | Secret | Card | Party | Network | Defaults | Template | Terminals


# Steps.


@dataclass(frozen=True, slots=True)
class Send(Node):
    """`acq1 sends 0200 purchase pin 1234`; `answers` makes the answer to what came last, or to a label.

    `after` waits before it; `label` names the message.
    """

    party: str
    message: Message
    answers: bool = False
    to: str = ""
    label: str = ""
    after: Duration | None = None


@dataclass(frozen=True, slots=True)
class SendRaw(Node):
    """`acq1 sends raw 3038…`: a frame with these bytes in it; `sends bytes …`: not framed."""

    party: str
    data: Text
    framed: bool = True


@dataclass(frozen=True, slots=True)
class Expect(Node):
    """`acq1 expects 0210 39=00 within 31 s`. `exact`: and nothing else in the message."""

    party: str
    message: Message
    to: str = ""
    label: str = ""
    within: Duration | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class ExpectNothing(Node):
    """`acq1 expects nothing for 10 s`; with an MTI, no such message."""

    party: str
    mti: Text | None = None
    duration: Duration | None = None


@dataclass(frozen=True, slots=True)
class ExpectLink(Node):
    """`acq1 expects disconnect within 5 s`, or `connect`."""

    party: str
    what: Literal["connect", "disconnect"]
    within: Duration | None = None


@dataclass(frozen=True, slots=True)
class Save(Node):
    """`save auth = 38`: an element of the last message, or of a label, under a name."""

    name: str
    path: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Check(Node):
    """`check $a is $b`."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Wait(Node):
    """`wait 3 s`."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class Remark(Node):
    """`note "…"`: a line for the report."""

    text: Text


@dataclass(frozen=True, slots=True)
class Meanwhile(Node):
    """Steps that go on beside the steps below them, until the end of the block that both are in."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Together(Node):
    """Steps that are done when all of them are, those `meanwhile` too."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Repeat(Node):
    """`repeat 5 times every 2 s as i`."""

    count: Text
    steps: tuple[Step, ...]
    every: Duration | None = None
    counter: str = ""


@dataclass(frozen=True, slots=True)
class Row(Node):
    """A row of a table."""

    cells: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Table(Node):
    """Columns and rows, or the CSV file that has them."""

    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class ForEach(Node):
    """Steps for each row of a table; without steps, in a scenario's head, a case for each row."""

    table: Table
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class OnlyWhen(Node):
    """Steps that are done only when something holds; without steps, the case is."""

    condition: Condition
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Act(Node):
    """`acq1 disconnects`, `switch dies`, `hsm freezes for 5 s`: something that is done to the network."""

    subject: str
    verb: str
    duration: Duration | None = None
    after: Duration | None = None


@dataclass(frozen=True, slots=True)
class Change(Node):
    """`iss1 now on 0200 silence`: a rule that holds from here on, before those that are declared."""

    party: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class ChangeHsm(Node):
    """`hsm now CC error 20 at 3`: a fault of the HSM, as `saklar hsm` has them, until it heals."""

    fault: FaultRule


@dataclass(frozen=True, slots=True)
class Allow(Node):
    """`iss1 allows 0420`: messages that may come without being expected; none named means any."""

    party: str
    mtis: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask(Node):
    """`journal of acq1's 0200: state=reversed within 1 s`: what a part of the network says of itself.

    `of` is a label, a party, a card or a link; with `mti` it is the party's last message of that type.
    """

    subject: str
    fields: tuple[Field, ...]
    of: str = ""
    mti: str = ""
    within: Duration | None = None


Step = (
    Send
    | SendRaw
    | Expect
    | ExpectNothing
    | ExpectLink
    | Save
    | Check
    | Wait
    | Remark
    | Meanwhile
    | Together
    | Repeat
    | ForEach
    | OnlyWhen
    | Act
    | Change
    | ChangeHsm
    | Allow
    | Ask
)


@dataclass(frozen=True, slots=True)
class Scenario(Node):
    """A scenario: its name, its tags, what it declares for itself, and its steps."""

    name: Text
    tags: tuple[str, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class File(Node):
    """A file: what holds for all of its scenarios, and these."""

    declarations: tuple[Declaration, ...]
    scenarios: tuple[Scenario, ...]
