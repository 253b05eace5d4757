"""The cases that the demo puts its network through. Each says what it sent and what it takes for right."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import trio

from saklar.codecs import Message, meaning_of, response_code
from saklar.network_sim import NoAnswer, TestCard
from saklar.network_sim.desk import Network
from saklar.network_sim.terminal import ECHO
from saklar.switch.journal import find_by_rrn

WRONG_PIN = "0000"
SETTLED_WITHIN_S = 3.0
SWITCH = "switch"


@dataclass(frozen=True)
class Exchange:
    """A request, its answer if one came, who decided it, and how long it took."""

    acquirer: str
    request: Message
    answer: Message | None
    answered_by: str
    elapsed_ms: float

    @property
    def code(self) -> str | None:
        """DE 39 of the answer, in 1987 terms."""
        return response_code(self.answer) if self.answer is not None else None

    @property
    def sent(self) -> str:
        """The request in a few words."""
        amount = f" {int(self.request[4]) / 100:,.2f}" if 4 in self.request else ""
        return f"{self.acquirer} {self.request.mti}{amount}{' + PIN' if 52 in self.request else ''}"

    @property
    def said(self) -> str:
        """The answer in a few words."""
        return f"{self.code} {meaning_of(self.code)}" if self.answer is not None else "no answer"


@dataclass(frozen=True)
class Outcome:
    """What a case saw, and what was not as it should be (nothing, if it passed)."""

    name: str
    exchanges: tuple[Exchange, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """A name, and a coroutine function that plays it on a network."""

    name: str
    play: Callable[["Stage"], Awaitable[list[str]]]


class Stage:
    """A network, and the exchanges of the case that is being played on it."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.exchanges: list[Exchange] = []

    def card(self, name: str) -> TestCard:
        """A card by its name in the acquirers' files."""
        return self.network.acquirers["north"].configuration.card_named(name)

    def balance(self, issuer: str, card: str) -> int:
        """What the issuer holds for a card, in minor units."""
        return self.network.issuers[issuer].accounts.cards[self.card(card).pan].balance

    async def settles_at(self, issuer: str, card: str, balance: int) -> list[str]:
        """Wait until the issuer has this balance: a reversal goes to it after its acquirer has the answer."""
        with trio.move_on_after(SETTLED_WITHIN_S):
            while self.balance(issuer, card) != balance:  # noqa: ASYNC110 (the issuer has no event for us)
                await trio.sleep(0.01)
        now = self.balance(issuer, card)
        return [] if now == balance else [f"the balance is {now}, not {balance} as before the purchase"]

    async def buy(
        self, acquirer: str, card: str, amount: int, *, pin: str | None = None, stan: str | None = None
    ) -> Exchange:
        """Send a purchase with a PIN."""
        fleet = self.network.acquirers[acquirer].fleet
        return await self.send(acquirer, fleet.purchase(self.card(card), amount, pin=pin, stan=stan))

    async def send(self, acquirer: str, request: Message) -> Exchange:
        """Send a message and wait for its answer."""
        began = trio.current_time()
        try:
            answer: Message | None = await self.network.acquirers[acquirer].request(request)
        except NoAnswer:
            answer = None
        elapsed_ms = (trio.current_time() - began) * 1000
        exchange = Exchange(acquirer, request, answer, self._decided_by(acquirer, request), elapsed_ms)
        self.exchanges.append(exchange)
        return exchange

    def _decided_by(self, acquirer: str, request: Message) -> str:
        """Who made the answer, as the switch's journal has it; network management is not journaled."""
        rrn = request.get(37)
        found = find_by_rrn(self.network.journal, self.network.journal_keys, rrn) if rrn else []
        for record in found:
            # A repeat has the record of what it repeats.
            if (record.acquirer, record.stan, record.mti[:3]) == (acquirer, request[11], request.mti[:3]):
                return record.issuer or SWITCH if record.answered_by == "issuer" else SWITCH
        return SWITCH if rrn is None else "nobody"


def _expect(exchange: Exchange, code: str, by: str) -> list[str]:
    problems = []
    if exchange.code != code:
        problems.append(f"DE 39 is {exchange.code}, not {code}")
    if exchange.answered_by != by:
        problems.append(f"{exchange.answered_by} answered, not {by}")
    if exchange.answer is not None and exchange.answer[11] != exchange.request[11]:
        problems.append("the STAN is not the request's")
    return problems


async def _echo(stage: Stage) -> list[str]:
    fleet = stage.network.acquirers["north"].fleet
    return _expect(await stage.send("north", fleet.network(ECHO)), "00", SWITCH)


async def _purchase(stage: Stage) -> list[str]:
    before = stage.balance("bank-a", "gold")
    problems = _expect(await stage.buy("north", "gold", 12_550), "00", "bank-a")
    moved = before - stage.balance("bank-a", "gold")
    return problems + ([] if moved == 12_550 else [f"the balance fell by {moved}, not 12550"])


async def _purchase_across_editions(stage: Stage) -> list[str]:
    return _expect(await stage.buy("south", "blue", 8_000), "00", "bank-b")


async def _wrong_pin(stage: Stage) -> list[str]:
    return _expect(await stage.buy("north", "gold", 5_000, pin=WRONG_PIN), "55", "bank-a")


async def _insufficient_funds(stage: Stage) -> list[str]:
    return _expect(await stage.buy("south", "poor", 99_900), "51", "bank-a")


async def _expired_card(stage: Stage) -> list[str]:
    return _expect(await stage.buy("north", "old", 5_000), "54", "bank-a")


async def _unknown_bin(stage: Stage) -> list[str]:
    return _expect(await stage.buy("north", "stray", 5_000), "92", SWITCH)


async def _issuer_silent(stage: Stage) -> list[str]:
    before = stage.balance("bank-b", "blue")
    problems = _expect(await stage.buy("south", "blue", 5_069), "91", SWITCH)
    return problems + await stage.settles_at("bank-b", "blue", before)


async def _repeat(stage: Stage) -> list[str]:
    before = stage.balance("bank-a", "gold")
    bought = await stage.buy("north", "gold", 4_200)
    problems = _expect(bought, "00", "bank-a")
    repeat = bought.request.copy()
    repeat.mti = "0201"
    again = await stage.send("north", repeat)
    problems += _expect(again, "00", "bank-a")
    if bought.answer is None or again.answer is None or again.answer.get(38) != bought.answer.get(38):
        problems.append("the repeat did not get the stored answer")
    moved = before - stage.balance("bank-a", "gold")
    return problems + ([] if moved == 4_200 else [f"the balance fell by {moved}, not 4200"])


async def _issuer_down(stage: Stage) -> list[str]:
    return _expect(await stage.buy("north", "down", 5_000), "91", SWITCH)


async def _reversal(stage: Stage) -> list[str]:
    before = stage.balance("bank-a", "gold")
    bought = await stage.buy("north", "gold", 30_000)
    problems = _expect(bought, "00", "bank-a")
    reversal = stage.network.acquirers["north"].fleet.reversal(bought.request)
    problems += _expect(await stage.send("north", reversal), "00", SWITCH)
    repeat = reversal.copy()
    repeat.mti = "0401"
    problems += _expect(await stage.send("north", repeat), "00", SWITCH)
    return problems + await stage.settles_at("bank-a", "gold", before)


async def _same_stan(stage: Stage) -> list[str]:
    stan = "424242"
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: stage.buy("north", "gold", 1_100, stan=stan))
        nursery.start_soon(lambda: stage.buy("south", "gold", 2_200, stan=stan))
    problems = [problem for exchange in stage.exchanges for problem in _expect(exchange, "00", "bank-a")]
    for exchange in stage.exchanges:
        answer = exchange.answer
        if answer is None or (answer.get(4), answer.get(41)) != (exchange.request[4], exchange.request[41]):
            problems.append(f"{exchange.acquirer} did not get its own answer")
    return problems


CASES = (
    Case("echo", _echo),
    Case("purchase with PIN", _purchase),
    Case("purchase, 1987 to 1993", _purchase_across_editions),
    Case("wrong PIN", _wrong_pin),
    Case("insufficient funds", _insufficient_funds),
    Case("expired card", _expired_card),
    Case("unknown BIN", _unknown_bin),
    Case("issuer silent, then reversed", _issuer_silent),
    Case("issuer down", _issuer_down),
    Case("request and its repeat", _repeat),
    Case("reversal and its repeat", _reversal),
    Case("same STAN from two acquirers", _same_stan),
)


async def play(case: Case, network: Network) -> Outcome:
    """Play one case."""
    stage = Stage(network)
    problems = await case.play(stage)
    return Outcome(case.name, tuple(stage.exchanges), tuple(problems))
