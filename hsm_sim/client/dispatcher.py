"""Which connection a command goes to, and what becomes of it. It does no I/O and reads no clock: `now` is handed in."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from saklar.hsm_sim.client.exchange import Command, Done, Exchange

MAX_PENDING = 10_000
"""Commands without a response yet, over all connections; one more fails at once."""

MAX_TRIES = 3
"""Of a command: one that makes HSMs hang up must not end every connection there is."""


@dataclass(slots=True)
class Counters:
    """What became of commands since the start, those of the health checks among them.

    `sent` is the sum of `answered`, `timed_out`, `lost` and what is pending.

    Attributes:
        sent: commands that were sent at least once.
        refused: commands that no HSM was there for, or that were too many at once.
        answered: commands that have their response.
        retried: times that a command was sent again, on another connection.
        timed_out: commands that had no response within their time limit.
        lost: commands whose connection was lost, with no other to go to.
        late: responses that came after their command had another response, or was given up; they are dropped.
        unexpected: responses to no command at all; they are dropped.
    """

    sent: int = 0
    refused: int = 0
    answered: int = 0
    retried: int = 0
    timed_out: int = 0
    lost: int = 0
    late: int = 0
    unexpected: int = 0


class Dispatcher:
    """Hands commands to connections in turn, and to another HSM when one is lost or slow.

    Every command's `done` is called exactly once. Times are seconds of one clock.

    Args:
        hsm_count: how many HSMs there are; each that is tried may take an equal share of a command's time.
        timeout_s: the time limit of a command, all tries together.
        begun: called when a command is sent, from when on `tick` must be called now and then, until all is `idle`.
    """

    def __init__(self, hsm_count: int, timeout_s: float, begun: Callable[[], None] = lambda: None) -> None:
        self.counters = Counters()
        self._begun = begun
        self.share_s = timeout_s / min(hsm_count, MAX_TRIES)
        self._timeout_s = timeout_s
        self._ring: deque[Exchange] = deque()
        self._pending: dict[Command, None] = {}

    @property
    def available(self) -> bool:
        """Whether there is a connection for a command."""
        return bool(self._ring)

    @property
    def idle(self) -> bool:
        """Whether nothing is waited for."""
        return not self._pending and not any(exchange.waits for exchange in self._ring)

    def submit(self, request: bytes, done: Done, now: float) -> None:
        """Send a command on the connection whose turn it is; `done(None)` at once if there is none.

        Raises:
            FrameError: it is too long for a frame; `done` is not called.
        """
        if not self._ring or len(self._pending) >= MAX_PENDING:
            self.counters.refused += 1
            done(None)
            return
        self._ring.rotate(-1)
        self._begin(Command(request, done, now + self._timeout_s), self._ring[0], now)

    def ask(self, exchange: Exchange, request: bytes, done: Done, now: float) -> None:
        """Send a command on this connection and no other; it has one HSM's share of the time."""
        self._begin(Command(request, done, now + self.share_s, bound=True), exchange, now)

    def join(self, exchange: Exchange) -> None:
        """A connection can be used from now on."""
        self._ring.append(exchange)

    def leave(self, exchange: Exchange, now: float) -> None:
        """A connection is lost, or to be used no more: what waits for it goes elsewhere."""
        if exchange in self._ring:
            self._ring.remove(exchange)
        for command in exchange.abandon():
            if command in self._pending and command.tries[-1] is exchange:
                self._rescue(command, now)

    def received(self, exchange: Exchange, frame: bytes, now: float) -> bool:
        """Give a response to its command, if that still waits; False if it answers no command.

        After a retry the first response counts, whichever HSM it is from.
        """
        taken = exchange.take(frame, now)
        if taken is None:
            self.counters.unexpected += 1
            return False
        command, response = taken
        if command in self._pending:
            self.counters.answered += 1
            self._settle(command, response)
        else:
            self.counters.late += 1
        return True

    def tick(self, now: float) -> None:
        """See to what has waited long enough: commands, then connections. All are looked at.

        10,000 pending commands, the most there can be, take half a millisecond.
        """
        for command in tuple(self._pending):
            if now >= command.deadline:
                self.counters.timed_out += 1
                self._settle(command, None)
            elif now >= command.expires:
                self._try_elsewhere(command, now)
        for exchange in tuple(self._ring):
            if trouble := exchange.trouble(now, self.share_s, self._timeout_s):
                self.leave(exchange, now)
                exchange.close(trouble)

    def _begin(self, command: Command, exchange: Exchange, now: float) -> None:
        self._post(command, exchange, now)
        self._pending[command] = None
        self.counters.sent += 1
        self._begun()

    def _post(self, command: Command, exchange: Exchange, now: float) -> None:
        exchange.post(command, now)
        command.tries.append(exchange)
        command.expires = now + self.share_s

    def _rescue(self, command: Command, now: float) -> None:
        """Send a command again whose connection is lost, or give it up."""
        if command.bound or len(command.tries) >= MAX_TRIES or not self._ring:
            self.counters.lost += 1
            self._settle(command, None)
        else:
            self._retry(command, self._least_tried(command), now)

    def _try_elsewhere(self, command: Command, now: float) -> None:
        """Ask another HSM as well, if there is one that was not asked yet."""
        if self._ring:
            exchange = self._least_tried(command)
            if not _tries(command, exchange.hsm):
                self._retry(command, exchange, now)

    def _retry(self, command: Command, exchange: Exchange, now: float) -> None:
        self.counters.retried += 1
        self._post(command, exchange, now)

    def _least_tried(self, command: Command) -> Exchange:
        """A connection, in turn, to the HSM that this command was sent to least often."""
        self._ring.rotate(-1)
        return min(self._ring, key=lambda exchange: _tries(command, exchange.hsm))

    def _settle(self, command: Command, response: bytes | None) -> None:
        del self._pending[command]
        command.done(response)


def _tries(command: Command, hsm: str) -> int:
    return sum(exchange.hsm == hsm for exchange in command.tries)
