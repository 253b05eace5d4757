"""An issuer with real balances, and bad manners if the seed says so."""

from saklar.codecs import DecodeError, Message
from saklar.codecs.mti import is_request, message_class
from saklar.network_sim.accounts import Accounts, Card, approval_codes
from saklar.network_sim.booking import book
from saklar.network_sim.simulation.wire import Wire
from saklar.network_sim.simulation.world import World
from saklar.switch.engine.messages import answer_to

OPENING = 10_000_000
MONTH = "2611"


class SimIssuer:
    """One issuer; its books outlive its crashes.

    Args:
        world: time and faults.
        name: of its link.
    """

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self.name = name
        self.accounts = Accounts([], approval_codes())
        self.wanted: dict[str, str] = {}
        """By PAN: DE 39 of its answer, where it is to decline."""
        self._wires: list[Wire] = []
        self._is_up = True

    def open_account(self, pan: str, wanted: str) -> None:
        """A card with money on it."""
        self.accounts.cards[pan] = Card(pan, "3012", "0000", OPENING, OPENING)
        self.wanted[pan] = wanted

    def moved(self, pan: str) -> int:
        """What has been taken from it."""
        return OPENING - self.accounts.cards[pan].balance

    def accept(self, wire: Wire) -> bool:
        """The switch dials."""
        if self._is_up:
            self._wires.append(wire)
        return self._is_up

    def lost(self, wire: Wire) -> None:
        """A connection is gone."""
        if wire in self._wires:
            self._wires.remove(wire)

    def malformed(self, wire: Wire, error: DecodeError) -> None:
        """What cannot be read is not answered."""

    def received(self, wire: Wire, message: Message) -> None:
        """A message of the switch."""
        if not is_request(message.mti) or wire not in self._wires:
            return
        world = self._world
        if world.strikes("issuer_crashes"):
            self._crash()
            return
        if message_class(message.mti) == "8":
            wire.reply(bytes(answer_to(message, "00")))
            return
        if message.mti[2] == "2" and world.strikes("odd_answers"):
            self._answer(wire, answer_to(message, "96"))
            return
        pan = message.get(2) or ""
        answer = book(self.accounts, message, MONTH, None, self.wanted.get(pan, "00"))
        world.note(
            self.name, f"books {message.mti} {message[11]} for {pan[-4:]}: {answer[39]}, moved {self.moved(pan)}"
        )
        if world.strikes("silent"):
            return
        copies = 1
        if message.mti[2] == "0" and world.strikes("odd_answers"):
            copies = self._make_odd(answer)
        for _ in range(copies):
            self._answer(wire, answer)

    def _make_odd(self, answer: Message) -> int:
        kind = self._world.rng.choice(("twice", "no code", "wrong amount"))
        if kind == "no code":
            del answer[39]
        elif kind == "wrong amount":
            answer[4] = f"{int(answer[4]) + 1:012d}"
        return 2 if kind == "twice" else 1

    def _answer(self, wire: Wire, answer: Message) -> None:
        payload = bytes(answer)
        self._world.after(self._world.delay(), lambda: wire.reply(payload))

    def _crash(self) -> None:
        world = self._world
        world.note(self.name, "crashes")
        self._is_up = False
        for wire in self._wires[:]:
            wire.cut()
        self._wires.clear()
        world.after(world.rng.uniform(0.5, 30.0), self._restart)

    def _restart(self) -> None:
        self._is_up = True
