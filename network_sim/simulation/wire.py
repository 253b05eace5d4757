"""A connection between the switch and a party, and everything that can happen to what is sent on it."""

from collections.abc import Callable
from typing import Protocol

from saklar.codecs import DecodeError, Dialect, Message
from saklar.network_sim.simulation.world import World


class End(Protocol):
    """Who has a connection."""

    def received(self, wire: "Wire", message: Message) -> None:
        """A message came."""

    def malformed(self, wire: "Wire", error: DecodeError) -> None:
        """Something came that is none."""

    def lost(self, wire: "Wire") -> None:
        """The connection is gone."""


class Outgoing:
    """A message that the switch has given to its link: waiting, being written, or gone."""

    __slots__ = ("mark", "state", "token")

    def __init__(self, token: object, mark: int) -> None:
        self.token = token
        self.mark = mark
        self.state = "waiting"


class Wire:
    """One connection. The switch's end keeps what has not left, as its links do.

    Args:
        world: time and faults.
        number: for the switch's engine.
        link: its name.
        dialect: of its messages.
        switch, party: the two ends.
    """

    def __init__(self, world: World, number: int, link: str, dialect: Dialect, switch: End, party: End) -> None:
        self._world = world
        self.number = number
        self.link = link
        self._dialect = dialect
        self._switch = switch
        self._party = party
        self.up = True
        self._arrived = {"switch": 0.0, "party": 0.0}
        self._outbox: list[Outgoing] = []

    # The switch's side.

    def send(self, payload: bytes, token: object, mark: int) -> None:
        """The switch sends: it takes a moment until the bytes have left."""
        if not self.up:
            return
        outgoing = Outgoing(token, mark)
        self._outbox.append(outgoing)
        world = self._world
        world.after(world.rng.expovariate(5000.0), lambda: self._write(outgoing, payload))

    def _write(self, outgoing: Outgoing, payload: bytes) -> None:
        if not self.up:
            return
        outgoing.state = "leaving"
        if self._world.strikes("cut"):
            if self._world.rng.random() < 0.5:
                self._carry(payload, "party")
            self.cut()
            return
        self._outbox.remove(outgoing)
        self._carry(payload, "party")

    @property
    def oldest_mark(self) -> int | None:
        """Of what has a token and has not left."""
        return min((each.mark for each in self._outbox if each.token is not None), default=None)

    def tokens(self, state: str) -> tuple[object, ...]:
        """Of what is waiting or leaving."""
        return tuple(each.token for each in self._outbox if each.token is not None and each.state == state)

    # The party's side.

    def reply(self, payload: bytes) -> None:
        """The party sends."""
        if not self.up:
            return
        if self._world.strikes("cut"):
            self.cut()
            return
        self._carry(payload, "switch")

    # On the way.

    def _carry(self, payload: bytes, to: str) -> None:
        world = self._world
        if world.strikes("lost"):
            world.note("wire", f"loses a message to {self._name(to)}")
            return
        if world.strikes("corrupted"):
            payload = self._damaged(payload)
            if self._is_message(payload):
                return  # a message authentication code would tell
        copies = 2 if world.strikes("doubled") else 1
        for _ in range(copies):
            when = world.now + world.delay()
            if not world.strikes("reordered"):
                when = self._arrived[to] = max(when, self._arrived[to])
            world.after(when - world.now, self._arrival(payload, to))

    def _is_message(self, payload: bytes) -> bool:
        try:
            self._dialect.decode(payload)
        except DecodeError:
            return False
        return True

    def _damaged(self, payload: bytes) -> bytes:
        rng = self._world.rng
        kept = rng.randrange(len(payload))
        return payload[:kept] + bytes(rng.randrange(256) for _ in range(rng.randrange(4)))

    def _arrival(self, payload: bytes, to: str) -> Callable[[], None]:
        def arrive() -> None:
            end = self._switch if to == "switch" else self._party
            if not self.up:
                return
            try:
                message = self._dialect.decode(payload)
            except DecodeError as error:
                end.malformed(self, error)
            else:
                end.received(self, message)

        return arrive

    def _name(self, to: str) -> str:
        return "the switch" if to == "switch" else self.link

    # The end.

    def cut(self) -> None:
        """It breaks: what is on its way is lost, and each side learns of it in its own time."""
        if not self.up:
            return
        self.up = False
        self._world.note("wire", f"{self.link} {self.number} breaks")
        world = self._world
        world.after(world.rng.expovariate(500.0), lambda: self._switch.lost(self))
        world.after(world.rng.expovariate(500.0), lambda: self._party.lost(self))
