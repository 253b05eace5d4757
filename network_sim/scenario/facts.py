"""What a case needs to be played, all of it checked: cards, parties, the network, and its steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from saklar.codecs import Dialect, Framing
from saklar.network_sim.scenario.language.source import Span
from saklar.network_sim.scenario.language.tree import Defaults, Role, Rule, Step, Template, Where
from saklar.network_sim.scenario.scope import Scope
from saklar.switch import Configuration
from saklar.switch.links import Address

SWITCH = "switch"
"""The lane of saklar's own switch."""

HOST = "host"
"""The lane of somebody outside."""

DEFAULT_LIMIT_S = 40.0
"""How long an expectation waits where nothing is said: longer than the usual time-outs of networks."""


@dataclass(frozen=True, slots=True)
class CardFacts:
    """A card, and its account where an issuer keeps one; amounts in minor units, `expiry` YYMM.

    `cvk` and `imk` are keys under the LMK.
    """

    name: str
    pan: str = field(repr=False)
    expiry: str = ""
    pin: str | None = field(default=None, repr=False)
    service: str = "201"
    sequence: str = "00"
    balance: int = 10**10
    limit: int = 10**12
    status: str = "active"
    pin_required: bool = False
    cvk: str | None = field(default=None, repr=False)
    imk: str | None = field(default=None, repr=False)
    holder: str = ""


@dataclass(frozen=True, slots=True)
class MacFacts:
    """How a party's messages are authenticated: a key under the LMK, an algorithm, and the element (0: 64 or 128)."""

    key: str = field(repr=False)
    algorithm: str = "x9.19"
    element: int = 0


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """A party that is played.

    Attributes:
        where: how it is reached; empty for a link of saklar's own switch.
        link: the name of its link at the network; "" outside of one.
        link_settings: of that link, as the switch's configuration has them.
        automatic: it answers network management by itself.
        cents: the last two digits of an amount say how it is answered.
    """

    name: str
    role: Role
    dialect: Dialect
    dialect_name: str
    framing: Framing = field(compare=False)
    framing_name: str = "binary-2"
    where: tuple[Where, ...] = ()
    address: Address | None = None
    listens: bool = False
    upstream: Address | None = None
    before: str = ""
    """Of a proxy: the party in front of whom it stands."""
    link: str = ""
    link_settings: Mapping[str, Any] = field(default_factory=dict)
    zpk: str | None = field(default=None, repr=False)
    tpk: str | None = field(default=None, repr=False)
    lmk: str = "test"
    pin_format: str = "01"
    mac: MacFacts | None = None
    bins: tuple[str, ...] = ()
    connections: int = 1
    terminals: tuple[str, ...] = ("SCEN0001",)
    merchant: str = "SCENARIO MERCH"
    merchant_type: str = "5999"
    acquirer_id: str = "100001"
    currency: str = "360"
    signs_on: bool = False
    accounts: bool = False
    cents: bool = False
    automatic: bool = True
    rules: tuple[Rule, ...] = ()
    span: Span = field(default=Span("", 0), compare=False)

    @property
    def outside(self) -> bool:
        """Whether its peer is none of saklar's parts."""
        return self.address is not None


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """Saklar's own switch. `configuration` is of the file, if there is one; else it is made of the parties."""

    configuration: Configuration | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    shared: bool = False
    real_time: bool = False
    span: Span = field(default=Span("", 0), compare=False)


@dataclass(frozen=True, slots=True)
class TerminalFacts:
    """One of many terminals: its DE 41 and 42, and the name of the card that it uses."""

    id: str
    merchant: str
    card: str = ""


@dataclass(frozen=True, slots=True)
class TerminalsFacts:
    """Terminals of a party, where its cases are played as a load.

    Attributes:
        rate: of cases that each of them begins in a second; 0 where the command line says it.
    """

    party: str
    terminals: tuple[TerminalFacts, ...]
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Setup:
    """What is declared."""

    cards: Mapping[str, CardFacts]
    parties: Mapping[str, PartyFacts]
    network: NetworkFacts | None
    defaults: tuple[Defaults, ...]
    templates: Mapping[str, Template]
    limit_s: float = DEFAULT_LIMIT_S
    terminals: tuple[TerminalsFacts, ...] = ()

    def party(self, name: str) -> PartyFacts:
        """The party of that name, which is there: names are checked before anything is played."""
        return self.parties[name]


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario, or one row of its table.

    Attributes:
        id: file and line, and row: as `saklar play` takes it.
        skip: why it is not played; "" if it is.
        lines: of its file, to show where something went wrong.
    """

    id: str
    name: str
    span: Span
    tags: tuple[str, ...]
    row: Mapping[str, str]
    scope: Scope
    setup: Setup
    steps: tuple[Step, ...]
    skip: str = ""
    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
