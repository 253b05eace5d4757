"""Declarations as facts: each setting read, checked, and said to be wrong where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from saklar.codecs import Dialect, DialectError, load_dialect
from saklar.codecs.framing import DEFAULT_MAX_LENGTH
from saklar.network_sim.accounts import STATUSES
from saklar.network_sim.scenario.elements import NotThat, currency_number, minor_units
from saklar.network_sim.scenario.facts import (
    DEFAULT_LIMIT_S,
    CardFacts,
    MacFacts,
    NetworkFacts,
    PartyFacts,
    Setup,
    TerminalsFacts,
)
from saklar.network_sim.scenario.keys import NoKey, check_card_keys, check_keys
from saklar.network_sim.scenario.language.source import Problem, Span, Wrong, did_you_mean
from saklar.network_sim.scenario.language.tree import (
    Card,
    Declaration,
    Defaults,
    Field,
    Network,
    Option,
    Party,
    Template,
    Terminals,
    Text,
    Where,
)
from saklar.network_sim.scenario.language.values import parse_duration
from saklar.network_sim.scenario.scope import Scope
from saklar.network_sim.scenario.terminals import terminals_of
from saklar.switch import Configuration, ConfigurationError, load_configuration
from saklar.switch.link_table import LinkTable, link_framing
from saklar.switch.links import Address

Found = TypeVar("Found")

TEST_CARDS = {
    "visa-test-1": "4111111111111111",
    "visa-test-2": "4012888888881881",
    "mastercard-test-1": "5555555555554444",
    "mastercard-test-2": "5105105105105100",
    "amex-test-1": "378282246310005",
    "jcb-test-1": "3530111333300000",
}
"""Numbers that the networks' own test documents have published for decades, and that are nobody's."""

DEFAULT_CARD = "visa-test-1"
DEFAULT_DIALECT = "iso87-ascii"
DEFAULT_FRAMING = "binary-2"
DEFAULT_HOST = "127.0.0.1"
MAC_ALGORITHMS = ("x9.19", "x9.9", "cmac")
TEST_PIN = "1234"
DEFAULT_EXPIRY = "4912"
MAX_CONNECTIONS = 1_000


@dataclass
class Declared:
    """Declarations by name, the nearest holding; what is wrong is collected.

    Args:
        scope: what variables mean.
        problems: takes what is wrong.
    """

    scope: Scope
    problems: list[Problem]
    _cards: dict[str, Card] = field(default_factory=dict)
    _parties: dict[str, Party] = field(default_factory=dict)
    _templates: dict[str, Template] = field(default_factory=dict)
    _defaults: list[Defaults] = field(default_factory=list)
    _network: Network | None = None
    _terminals: dict[str, Terminals] = field(default_factory=dict)

    def add(self, declarations: Iterable[Declaration]) -> None:
        """More declarations of one place, which hold before those that were added earlier."""
        here: dict[tuple[str, str], Span] = {}
        for declaration in declarations:
            match declaration:
                case Card():
                    self._put(self._cards, declaration, "card", here)
                case Party():
                    self._put(self._parties, declaration, "party", here)
                case Template():
                    self._put(self._templates, declaration, "template", here)
                case Defaults():
                    self._defaults.append(declaration)
                case Network():
                    self._network = declaration
                case Terminals():
                    self._terminals[declaration.party] = declaration
                case _:
                    pass

    def _put(
        self, table: dict[str, Any], declared: Card | Party | Template, what: str, here: dict[tuple[str, str], Span]
    ) -> None:
        first = here.get((what, declared.name))
        if first is not None:
            self.problems.append(
                Problem(declared.span, f"{what} {declared.name} is declared twice", f"the first is at {first}")
            )
        here[what, declared.name] = declared.span
        table[declared.name] = declared

    def setup(self, now: datetime | None = None) -> Setup:
        """The facts of all that was added."""
        expiry = (now or datetime.now(UTC)).strftime("%y")
        cards = {name: CardFacts(name, pan, f"{int(expiry) + 4:02d}12", TEST_PIN) for name, pan in TEST_CARDS.items()}
        network = self._collect(self._network_facts, None)
        for name, card in self._cards.items():
            found = self._collect(lambda card=card: self._card(card), None)  # type: ignore[misc]
            if found is not None:
                cards[name] = found
        parties: dict[str, PartyFacts] = {}
        for name, party in self._parties.items():
            facts = self._collect(lambda party=party: self._party(party, network), None)  # type: ignore[misc]
            if facts is not None:
                parties[name] = facts
        for name, facts in parties.items():
            parties[name] = self._collect(lambda facts=facts: self._in_front(facts, parties), facts)  # type: ignore[misc]
        self._same_port(parties)
        limit = DEFAULT_LIMIT_S
        for defaults in self._defaults:
            if defaults.within is not None and not defaults.party:
                within = defaults.within
                limit = self._collect(lambda within=within: self.scope.seconds(within), limit)  # type: ignore[misc]
        terminals = tuple(self._all_terminals(parties, cards))
        return Setup(cards, parties, network, tuple(self._defaults), self._templates, limit, terminals)

    def _all_terminals(
        self, parties: Mapping[str, PartyFacts], cards: dict[str, CardFacts]
    ) -> Iterator[TerminalsFacts]:
        """The terminals; cards that only they have are added to the cards."""
        for declared in self._terminals.values():
            try:
                found, own = terminals_of(declared, self.scope.text, parties, cards)
            except Wrong as wrong:
                self.problems.append(wrong.problem)
            else:
                cards.update(own)
                yield found

    def _collect(self, make: Callable[[], Found], otherwise: Found) -> Found:
        try:
            return make()
        except Wrong as wrong:
            self.problems.append(wrong.problem)
            return otherwise

    # Cards.

    def _card(self, card: Card) -> CardFacts:
        pan = self.scope.text(card.pan)
        if not (pan.isdecimal() and 12 <= len(pan) <= 19):
            raise Wrong(card.pan.span, "no card number: 12 to 19 digits")
        facts = CardFacts(card.name, pan)
        for option in card.options:
            facts = replace(facts, **self._card_option(option))
        self._usable(lambda: check_card_keys(facts), card.span)
        return facts if facts.expiry else replace(facts, expiry=DEFAULT_EXPIRY)

    @staticmethod
    def _usable(check: Callable[[], None], span: Span) -> None:
        try:
            check()
        except NoKey as error:
            raise Wrong(span, str(error)) from None

    def _card_option(self, option: Option) -> dict[str, Any]:
        values = [self.scope.text(value) for value in option.values]
        if option.name == "pin-required":
            return {"pin_required": True}
        if option.name in ("balance", "limit"):
            return {option.name: self._money(values, option)}
        if option.name in _DIGITS and not (values[0].isdecimal() and len(values[0]) in _DIGITS[option.name]):
            raise Wrong(option.span, f"{option.name} has {_in_words(_DIGITS[option.name])} digits")
        if option.name == "status" and values[0] not in STATUSES:
            raise Wrong(option.span, f"{values[0]!r} is no status", did_you_mean(values[0], STATUSES))
        return {"holder" if option.name == "name" else option.name: values[0]}

    def _money(self, values: list[str], option: Option) -> int:
        try:
            return minor_units(" ".join(values), "360")
        except NotThat as error:
            raise Wrong(option.span, str(error)) from None

    # Parties.

    def _party(self, party: Party, network: NetworkFacts | None) -> PartyFacts:
        options = {option.name: option for option in party.options}
        words = {name: [self.scope.text(value) for value in option.values] for name, option in options.items()}
        at = next((where for where in party.where if where.how == "at"), None)
        before = self.scope.text(at.address) if at is not None and party.role == "proxy" else ""
        at = None if before else at
        table = self._link_table(at, network) if at is not None else None
        dialect_name = words.get("dialect", [table.dialect if table else DEFAULT_DIALECT])[0]
        framing_name = words.get("framing", [table.framing if table else DEFAULT_FRAMING])[0]
        dialect = self._dialect(dialect_name, options.get("dialect"), party)
        try:
            framing = link_framing(framing_name, dialect_name, DEFAULT_MAX_LENGTH)
        except ValueError as error:
            span = options["framing"].span if "framing" in options else party.span
            raise Wrong(span, str(error)) from None
        facts = PartyFacts(
            party.name,
            party.role,
            dialect,
            str(_beside(dialect_name, party.span).resolve()) if dialect_name.endswith(".toml") else dialect_name,
            framing,
            framing_name,
            where=party.where,
            before=before,
            link=self._link_of(party, at, network),
            link_settings={setting.path: self._setting(setting) for setting in party.link},
            rules=party.rules,
            span=party.span,
        )
        if table is not None:
            facts = replace(facts, zpk=table.zpk, tpk=table.tpk, pin_format=table.pin_block_format)
        facts = replace(facts, **self._addresses(party))
        for name, option in options.items():
            facts = replace(facts, **self._party_option(name, words[name], option))
        if "timeout" in options:
            settings = {"timeout_ms": self._milliseconds(words["timeout"], options["timeout"]), **facts.link_settings}
            facts = replace(facts, link_settings=settings)
        self._check_party(facts, network)
        self._usable(lambda: check_keys(facts), party.span)
        return facts

    def _link_of(self, party: Party, at: Where | None, network: NetworkFacts | None) -> str:
        if at is not None:
            return self.scope.text(at.address)
        return party.name if network is not None and party.role != "proxy" else ""

    def _in_front(self, facts: PartyFacts, parties: Mapping[str, PartyFacts]) -> PartyFacts:
        """A proxy speaks as the party in front of whom it stands."""
        if not facts.before:
            return facts
        party = parties.get(facts.before)
        if party is None or party.role == "proxy":
            known = [name for name, other in parties.items() if other.role != "proxy"]
            raise Wrong(facts.span, f"there is no party {facts.before!r}", did_you_mean(facts.before, known))
        return replace(
            facts,
            dialect=party.dialect,
            dialect_name=party.dialect_name,
            framing=party.framing,
            framing_name=party.framing_name,
            currency=party.currency,
        )

    def _milliseconds(self, values: list[str], option: Option) -> int:
        text = " ".join(values)
        number, _, unit = text.partition(" ")
        duration, _ = parse_duration(number, unit or None, option.span)
        return round(self.scope.seconds(duration) * 1000)

    def _dialect(self, name: str, option: Option | None, party: Party) -> Dialect:
        try:
            return load_dialect(_beside(name, party.span) if name.endswith(".toml") else name)
        except DialectError as error:
            raise Wrong(option.span if option is not None else party.span, str(error)) from None

    def _link_table(self, at: Where, network: NetworkFacts | None) -> LinkTable:
        name = self.scope.text(at.address)
        if network is None or network.configuration is None:
            hint = 'declare it: network "switch.toml"'
            raise Wrong(at.span, "a party is at a link of a network that has a file", hint)
        table = network.configuration.link.get(name)
        if table is None:
            raise Wrong(at.span, f"the network has no link {name!r}", did_you_mean(name, network.configuration.link))
        return table

    def _addresses(self, party: Party) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for where in party.where:
            if where.how == "at":
                continue
            address = self._address(where)
            if party.role == "proxy" and where.how == "dials":
                found["upstream"] = address
            else:
                found |= {"address": address, "listens": where.how == "listens"}
        return found

    def _address(self, where: Where) -> Address:
        text = self.scope.text(where.address)
        try:
            return Address.parse(text if ":" in text else f"{DEFAULT_HOST}:{text}")
        except ValueError as error:
            raise Wrong(where.address.span, str(error), "give a port, or HOST:PORT") from None

    def _setting(self, setting: Field) -> Any:
        if not isinstance(setting.value, Text):
            raise Wrong(setting.span, "a plain value is expected")
        return toml_value(self.scope.text(setting.value), quoted=setting.value.quoted)

    def _party_option(self, name: str, values: list[str], option: Option) -> dict[str, Any]:
        if name in _READ_ELSEWHERE:
            return {}
        if name in _FLAGS:
            return _FLAGS[name]
        if name in ("bins", "terminals"):
            return {name: tuple(values)}
        special = {"mac": self._mac, "currency": self._currency, "connections": self._connections}.get(name)
        value: Any = special(values, option) if special is not None else values[0]
        return {name.replace("-", "_"): value}

    def _currency(self, values: list[str], option: Option) -> str:
        try:
            return currency_number(values[0])
        except NotThat as error:
            raise Wrong(option.span, str(error)) from None

    def _connections(self, values: list[str], option: Option) -> int:
        if not (values[0].isdecimal() and 0 < int(values[0]) <= MAX_CONNECTIONS):
            raise Wrong(option.span, f"connections are 1 to {MAX_CONNECTIONS}")
        return int(values[0])

    def _mac(self, values: list[str], option: Option) -> MacFacts:
        facts = MacFacts(values[0])
        for value in values[1:]:
            if value in ("64", "128"):
                facts = replace(facts, element=int(value))
            elif value in MAC_ALGORITHMS:
                facts = replace(facts, algorithm=value)
            else:
                raise Wrong(option.span, f"{value!r} is no MAC algorithm", did_you_mean(value, MAC_ALGORITHMS))
        return facts

    def _check_party(self, facts: PartyFacts, network: NetworkFacts | None) -> None:
        if facts.role == "proxy":
            if not facts.before and (facts.address is None or not facts.listens or facts.upstream is None):
                hint = "as in: proxy tap listens 8583 -> 10.0.0.1:9000, or: proxy tap at acq1"
                raise Wrong(facts.span, "a proxy listens and dials, or stands in front of a party", hint)
            return
        if network is None and facts.address is None:
            hint = "write -> HOST:PORT, or listens PORT, or declare: network saklar"
            raise Wrong(facts.span, f"{facts.name} has no address", hint)
        for terminal in facts.terminals:
            if len(terminal) > 8:
                raise Wrong(facts.span, f"terminal {terminal!r} has more than 8 characters")

    def _same_port(self, parties: Mapping[str, PartyFacts]) -> None:
        taken: dict[int, PartyFacts] = {}
        for facts in parties.values():
            if facts.address is None or not facts.listens or facts.address.port == 0:
                continue
            other = taken.setdefault(facts.address.port, facts)
            if other is not facts:
                said = f"{facts.name} listens on port {facts.address.port}, and so does {other.name}"
                self.problems.append(Problem(facts.span, said))

    # The network.

    def _network_facts(self) -> NetworkFacts | None:
        network = self._network
        if network is None:
            return None
        words = {option.name for option in network.options}
        configuration: Configuration | None = None
        if network.file:
            try:
                configuration = load_configuration(_beside(network.file, network.span))
            except ConfigurationError as error:
                raise Wrong(network.span, str(error)) from None
        settings = {setting.path: self._setting(setting) for setting in network.settings}
        return NetworkFacts(configuration, settings, "shared" in words, "real-time" in words, network.span)


_FLAGS: dict[str, dict[str, Any]] = {
    "signs-on": {"signs_on": True},
    "accounts": {"accounts": True},
    "cents": {"cents": True, "accounts": True},
    "by-hand": {"automatic": False},
}
_READ_ELSEWHERE = frozenset({"dialect", "framing", "timeout"})
_DIGITS = {"expiry": (4,), "pin": tuple(range(4, 13)), "service": (3,), "sequence": (2,)}


def _in_words(lengths: tuple[int, ...]) -> str:
    return str(lengths[0]) if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"


def _beside(name: str, span: Span) -> Path:
    """A path as the file that names it means it: from its own folder."""
    return Path(span.file).parent / name


def toml_value(text: str, *, quoted: bool) -> Any:
    """A setting's value as TOML would have it: true, false, a number, or a text."""
    if quoted:
        return text
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdecimal() else text
