"""What the fixtures give: the parts of a running card network, to be used from the thread of a test."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
import trio
from structlog.typing import EventDict

from saklar.codecs import Message, response_code
from saklar.hsm_sim import HsmResponse, build_command, parse_response
from saklar.network_sim.configuration import TestCard
from saklar.network_sim.desk import HSM, SWITCH, Network, Plan, open_network
from saklar.network_sim.terminal import ECHO
from saklar.network_sim.testing.background import THREAD, Background, operation
from saklar.switch.engine.record import TransactionRecord
from saklar.switch.journal import Search, search
from saklar.switch.links import Address

LOOK_AGAIN_S = 0.01
WAIT_S = 5.0
DRAIN_MS = 1_000
"""For what is pending when a test is over."""


@dataclass(frozen=True)
class Exchange:
    """A request and its answer."""

    request: Message
    answer: Message

    @property
    def code(self) -> str:
        """DE 39 of the answer, in two-character 1987 terms; "" where it has none."""
        return response_code(self.answer) or ""

    @property
    def approved(self) -> bool:
        """Whether the answer is 00."""
        return self.code == "00"


class Part:
    """A part of the network.

    Args:
        network: to which it belongs.
        name: of it.
        background: the loop in which that runs.
    """

    def __init__(self, network: Network, name: str, background: Background[Network]) -> None:
        self.name = name
        self.background = background
        self._network = network

    @property
    def address(self) -> Address:
        """Where it listens: host and port."""
        return self._network.addresses[self.name]

    @property
    def host(self) -> str:
        """The address that it listens on."""
        return self.address.host

    @property
    def port(self) -> int:
        """The TCP port that it listens on; the same after a restart."""
        return self.address.port

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._network.runs(self.name)

    @operation
    async def start(self) -> None:
        """Start it, where it does not run.

        Raises:
            ConfigurationError: it cannot run so.
            OSError: its address cannot be listened on.
        """
        await self._network.start(self.name)

    @operation
    async def stop(self) -> None:
        """End it in order: the switch gives what is pending its answer, and signs off."""
        await self._network.stop(self.name)

    @operation
    async def kill(self) -> None:
        """End it at once, in the middle of whatever it does."""
        await self._network.kill(self.name)


class HsmPart(Part):
    """The HSM, under the test LMK."""

    def command(self, code: str, **values: str) -> HsmResponse:
        """Have it execute a host command, its fields by name.

        Raises:
            ValueError: the command is unknown, or a field is missing, malformed or unknown.
        """
        assert self._network.hsm is not None
        return parse_response(code, self._network.hsm.execute(build_command(code, **values)))


class IssuerPart(Part):
    """An issuer, with its accounts."""

    def balance(self, card: str | TestCard) -> int:
        """What it holds for a card (by name, or by its PAN), in minor units.

        Raises:
            KeyError: it has no such card.
        """
        cards = self._network.issuers[self.name].accounts.cards
        if isinstance(card, str) and card in cards:
            return cards[card].balance
        wanted = self._network.plan.card(card) if isinstance(card, str) else card
        if wanted.pan not in cards:
            raise KeyError(f"{self.name} has no account for card {wanted.name!r}")
        return cards[wanted.pan].balance

    @operation
    async def wait_for_balance(self, card: str | TestCard, balance: int, timeout_s: float = WAIT_S) -> None:
        """Wait until it holds this for a card: a reversal comes to it after the acquirer has its answer.

        Raises:
            TimeoutError: it does not within `timeout_s`; says what it holds.
        """
        with trio.move_on_after(timeout_s):
            while self.balance(card) != balance:  # noqa: ASYNC110 (the accounts have no event for us)
                await trio.sleep(LOOK_AGAIN_S)
            return
        raise TimeoutError(f"{self.name} holds {self.balance(card)}, not {balance}, after {timeout_s} s")


class SwitchPart(Part):
    """The switch. Acquirers connect to the ports of its links."""

    @property
    def address(self) -> Address:
        """Where its first acquirer link listens; `ports` has them all."""
        return self._network.addresses[self._network.plan.doors[0]]

    @property
    def ports(self) -> Mapping[str, int]:
        """The TCP port of each acquirer link, by its name."""
        return {name: self._network.addresses[name].port for name in self._network.plan.doors}

    @property
    def counters(self) -> Mapping[str, int]:
        """What it counted since its start: requests, answers, unmatched, malformed, response_code.NN and more."""
        assert self._network.switch is not None
        return self._network.switch.counters

    @property
    def journal_path(self) -> Path:
        """The file of its journal."""
        return self._network.journal

    def journal(self, **wanted: str) -> list[TransactionRecord]:
        """The transactions in its journal, oldest first, without what is sealed.

        Args:
            wanted: what to look for, by the names of `saklar.switch.journal.Search`: rrn, stan, state and more.

        Raises:
            TypeError: a name that there is not.
        """
        network = self._network
        return [found.record for found in search(network.journal, network.journal_keys, Search(**wanted))]

    @operation
    async def wait_for(self, /, timeout_s: float = WAIT_S, **wanted: str) -> TransactionRecord:
        """The first transaction in the journal that is wanted, waiting until there is one.

        Raises:
            TimeoutError: there was none within `timeout_s`; says what there is.
        """
        with trio.move_on_after(timeout_s):
            while not (found := self.journal(**wanted)):  # noqa: ASYNC110 (the journal is a file)
                await trio.sleep(LOOK_AGAIN_S)
            return found[0]
        last = "; ".join(f"{r.mti} stan={r.stan} rrn={r.rrn} {r.state}" for r in self.journal()[-5:])
        raise TimeoutError(
            f"no transaction with {wanted} within {timeout_s} s; the journal ends with: {last or 'none'}"
        )


class AcquirerPart(Part):
    """An acquirer, connected and signed on to the switch. Amounts are in minor units."""

    @operation
    async def purchase(
        self, card: str | TestCard, amount: int, *, pin: str | None = None, timeout_s: float | None = None
    ) -> Exchange:
        """Send a 0200 with the card's PIN, or another, and wait for its answer.

        Raises:
            NoAnswer: none came within `timeout_s` (by default the time-out of its file).
            KeyError: it has no card of that name.
        """
        own = self._network.acquirers[self.name]
        wanted = own.configuration.card_named(card) if isinstance(card, str) else card
        return await self._exchange(own.fleet.purchase(wanted, amount, pin=pin), timeout_s)

    @operation
    async def reversal(self, of: Exchange | Message, *, timeout_s: float | None = None) -> Exchange:
        """Send a 0400 for a request that it sent, and wait for its answer.

        Raises:
            NoAnswer: none came in time.
        """
        original = of.request if isinstance(of, Exchange) else of
        return await self._exchange(self._network.acquirers[self.name].fleet.reversal(original), timeout_s)

    @operation
    async def echo(self, *, timeout_s: float | None = None) -> Exchange:
        """Send an echo test, and wait for its answer.

        Raises:
            NoAnswer: none came in time.
        """
        return await self._exchange(self._network.acquirers[self.name].fleet.network(ECHO), timeout_s)

    @operation
    async def send(self, request: Message, *, timeout_s: float | None = None) -> Exchange:
        """Send any request, and wait for its answer; `message` makes one.

        Raises:
            NoAnswer: none came in time.
            ValueError: a request with the same STAN and terminal is still out.
        """
        return await self._exchange(request, timeout_s)

    def message(self, mti: str, fields: Mapping[int, str], *, card: str | TestCard | None = None) -> Message:
        """A message of these elements; what they do not say is generated, and right.

        Raises:
            EncodeError: an element that there is not.
        """
        own = self._network.acquirers[self.name]
        wanted = own.configuration.card_named(card) if isinstance(card, str) else card
        return own.fleet.message(mti, fields, card=wanted, pin=wanted.pin if wanted else None)

    async def _exchange(self, request: Message, timeout_s: float | None) -> Exchange:
        answer = await self._network.acquirers[self.name].request(request, timeout_s=timeout_s)
        return Exchange(request, answer)


class CardNetwork:
    """All parts of a network, by their names; those of a kind in the order of the switch's file."""

    def __init__(self, network: Network, background: Background[Network]) -> None:
        self.background = background
        self._network = network
        self.hsm = HsmPart(network, HSM, background)
        self.switch = SwitchPart(network, SWITCH, background)
        self.issuers = {name: IssuerPart(network, name, background) for name in network.plan.issuers}
        self.acquirers = {name: AcquirerPart(network, name, background) for name in network.plan.acquirers}

    @property
    def issuer(self) -> IssuerPart:
        """The first issuer."""
        return next(iter(self.issuers.values()))

    @property
    def acquirer(self) -> AcquirerPart:
        """The first acquirer."""
        return next(iter(self.acquirers.values()))

    def card(self, name: str) -> TestCard:
        """A card by its name in an acquirer's file.

        Raises:
            KeyError: no acquirer has it.
        """
        return self._network.plan.card(name)

    @operation
    async def start(self) -> None:
        """Start every part that does not run.

        Raises:
            ConfigurationError: the switch cannot run so.
        """
        for name in self._network.names:
            await self._network.start(name)


def _only_errors(_logger: object, method: str, event: EventDict) -> EventDict:
    """Drop what parts log below errors."""
    if method not in _ERRORS and threading.current_thread().name == THREAD:
        raise structlog.DropEvent
    return event


_ERRORS = frozenset({"error", "critical", "exception"})


@contextmanager
def _quiet() -> Iterator[None]:
    """Where nobody has configured the log, only errors: what is logged between two phases of a test is not captured."""
    if structlog.is_configured():
        yield
        return
    ours = [_only_errors, *structlog.get_config()["processors"]]
    structlog.configure(processors=ours)
    try:
        yield
    finally:
        if structlog.get_config()["processors"] is ours:
            structlog.reset_defaults()


@contextmanager
def card_network_of(plan: Plan, folder: Path) -> Iterator[CardNetwork]:
    """The parts of a plan, none of them started yet; at the end all are stopped.

    Args:
        plan: who they are.
        folder: for the journal.

    Raises:
        PartFailed: at the end, where a part ended by an error of its own.
    """
    quick = plan.changed(switch={"drain_ms": min(DRAIN_MS, plan.switch.switch.drain_ms)})
    background = Background(open_network(quick, folder))
    with _quiet():
        network = background.open()
        try:
            yield CardNetwork(network, background)
        finally:
            background.close()
