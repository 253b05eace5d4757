"""The load generator: prepared messages, and a schedule that no target can change.

In an open loop requests are sent when they are due, whatever the target does, and a latency counts from when its
request was due: a target that stalls is late with everything that was due meanwhile. In a closed loop each slot sends
its next request when it has the answer to its last; that shows what a target can do, and flatters its latency.
"""

from __future__ import annotations

import random
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from saklar.bench.result import Result
from saklar.codecs import CodecError, Dialect, FrameDecoder, FrameError, Framing, Message, response_code
from saklar.codecs.mti import response_mti
from saklar.switch.links import Address

LAST_STAN = 999_999
STAN_DIGITS = 6
READ_SIZE = 262_144
DRAIN_S = 5.0
"""After the last request, for the last answers."""

MAX_UNSENT = 4 << 20
"""Bytes that may wait for a target that does not read; more is not sent, and counts as unanswered."""

TOO_LATE_MS = 20.0
"""Own lateness (p99) from which a run says more about the generator than about the target."""


@dataclass(frozen=True)
class Plan:
    """What to send. Times in seconds.

    Attributes:
        target: who is measured.
        dialect, framing, message: of the requests; each has a STAN, an RRN and, by connection, a terminal of its own.
        connections: how many.
        rate: requests a second, of all connections together; None for a closed loop.
        in_flight: in a closed loop, requests out on each connection.
        poisson: draw the times between requests, as independent customers come; else they are equal.
        duration_s, warmup_s: what is counted, and what goes before.
        answer_timeout_s: a request without an answer by then is a fault, and in a closed loop its slot goes on.
    """

    target: Address
    dialect: Dialect
    framing: Framing
    message: Mapping[str, str]
    connections: int = 4
    rate: float | None = None
    in_flight: int = 50
    poisson: bool = True
    duration_s: float = 10.0
    warmup_s: float = 1.0
    answer_timeout_s: float = 30.0
    seed: int = 1


class Prepared:
    """A request as bytes with gaps: making the next one is one join."""

    def __init__(self, plan: Plan, connection: int) -> None:
        message = plan.dialect.message(dict(plan.message))
        message[41] = f"BENCH{connection % 1000:03d}"
        samples = []
        for digit in "12":
            message[11], message[37] = digit * 6, digit * 12
            samples.append(plan.framing.encode(bytes(message)))
        self._parts, widths = _between(*samples)
        if len(widths) != 2:
            raise CodecError("37", None, "the load needs DE 11 and DE 37 apart from each other")
        self._stan_width = widths[0]
        digits = {}
        for digit in "0123456789":
            message[11], message[37] = digit * 6, digit * 12
            digits[digit] = plan.framing.encode(bytes(message))[len(self._parts[0])]
        self._table = bytes.maketrans(b"0123456789", bytes(digits[digit] for digit in "0123456789"))
        self._rrn_table = self._table if self._stan_width == STAN_DIGITS else bytes(range(256))
        self._number = f"{connection % 10_000:04d}"
        self.echoed = {number: message[number] for number in (2, 4, 41) if number in message}
        """What an answer says as its request did, if it says it."""

    def next(self, stan: str, lap: int) -> bytes:
        """The request with this STAN; `lap` counts how often STANs have come round, and tells their requests apart."""
        first, second, third = self._parts
        is_text = self._stan_width == STAN_DIGITS
        stan_bytes = stan.encode().translate(self._table) if is_text else bytes.fromhex(stan)
        rrn = f"{lap % 100:02d}{self._number}{stan}".encode().translate(self._rrn_table)
        return b"".join((first, stan_bytes, second, rrn, third))


def _between(one: bytes, other: bytes) -> tuple[list[bytes], list[int]]:
    """What two messages have in common, in pieces, and how many bytes differ between these."""
    parts, widths, at, start = [], [], 0, 0
    while at < len(one):
        if one[at] != other[at]:
            parts.append(one[start:at])
            begin = at
            while at < len(one) and one[at] != other[at]:
                at += 1
            widths.append(at - begin)
            start = at
        else:
            at += 1
    return [*parts, one[start:]], widths


def default_message(dialect: Dialect, pan: str) -> dict[str, str]:
    """A purchase without a PIN, of 1.00."""
    now = datetime.now(UTC)
    is_1987 = dialect.version == "1987"
    fields = {
        "mti": "0200" if is_1987 else "1200",
        "2": pan,
        "3": "000000",
        "4": "000000000100",
        "7": f"{now:%m%d%H%M%S}",
        "12": f"{now:%H%M%S}" if is_1987 else f"{now:%y%m%d%H%M%S}",
        "13": f"{now:%m%d}" if is_1987 else "",
        "22": "052" if is_1987 else "500001500000",
        "25": "00" if is_1987 else "",
        "32": "100009",
        "42": "BENCHMERCHANT01",
        "49": "360",
    }
    return {key: value for key, value in fields.items() if value}


@dataclass
class _Connection:
    socket: socket.socket
    decoder: FrameDecoder
    prepared: Prepared
    unsent: bytearray = field(default_factory=bytearray)
    out: int = 0
    waits_to_write: bool = False
    ended: bool = False


class Generator:
    """One run of a plan.

    Raises:
        CodecError: the message has no form in the dialect.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        Prepared(plan, 0)  # what is wrong with the message comes before what is wrong with the target
        self.progress: Callable[[float, Result], None] | None = None
        """Told twice a second how many seconds have passed, and what was measured so far."""
        self._rng = random.Random(plan.seed)  # noqa: S311 (a schedule must be repeatable)
        self._selector = selectors.DefaultSelector()
        self._connections: list[_Connection] = []
        self._due: dict[str, tuple[float, _Connection]] = {}
        """By STAN, the oldest first: when a request was due, and where it was sent."""
        self._count = 0
        self._expected = response_mti(plan.message["mti"])
        self._counted_from = 0.0
        self.result = Result(loop="closed" if plan.rate is None else "open")

    def run(self) -> Result:
        """Send, wait for what is out, and return what was measured.

        Raises:
            OSError: the target cannot be reached.
        """
        plan, clock = self._plan, time.perf_counter
        for number in range(plan.connections):
            self._connect(number)
        try:
            began, cpu = clock(), time.process_time()
            self._counted_from = began + plan.warmup_s
            end = self._counted_from + plan.duration_s
            self._drive(began, end)
            self.result.seconds = plan.duration_s
            self.result.cpu_share = (time.process_time() - cpu) / (clock() - began)
            self._drain(clock() + min(DRAIN_S, plan.answer_timeout_s))
        finally:
            for connection in self._connections:
                connection.socket.close()
            self._selector.close()
        self.result.faults.update({"no answer": len(self._due)} if self._due else {})
        self._judge()
        return self.result

    def _connect(self, number: int) -> None:
        sock = socket.create_connection(self._plan.target)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        connection = _Connection(sock, self._plan.framing.decoder(), Prepared(self._plan, number))
        self._connections.append(connection)
        self._selector.register(sock, selectors.EVENT_READ, connection)

    def _drive(self, began: float, end: float) -> None:
        plan, clock = self._plan, time.perf_counter
        next_at, told_at, turn = began, began, 0
        now = began
        while now < end and not all(connection.ended for connection in self._connections):
            now = clock()
            if plan.rate is None:
                for connection in self._connections:
                    while connection.out < plan.in_flight and not connection.ended:
                        self._request(connection, now)
                wait = end - now
            else:
                while next_at <= min(now, end):
                    if next_at >= self._counted_from:
                        self.result.late(now - next_at)
                    self._request(self._connections[turn % len(self._connections)], next_at)
                    turn += 1
                    next_at += self._rng.expovariate(plan.rate) if plan.poisson else 1.0 / plan.rate
                wait = next_at - clock()
            self._write()
            self._read(max(0.0, min(wait, 0.05)))
            self._expire(now)
            if self.progress is not None and now - told_at > 0.5:
                self.progress(now - began, self.result)
                told_at = now

    def _drain(self, deadline: float) -> None:
        while self._due and time.perf_counter() < deadline and not all(each.ended for each in self._connections):
            self._write()
            self._read(0.05)
            self._expire(time.perf_counter())

    def _expire(self, now: float) -> None:
        """Give up what is past its time."""
        while self._due:
            stan, (due, connection) = next(iter(self._due.items()))
            if now < due + self._plan.answer_timeout_s:
                return
            del self._due[stan]
            connection.out -= 1
            self.result.faults["no answer in time"] += 1

    def _request(self, connection: _Connection, due: float) -> None:
        if connection.ended or len(connection.unsent) > MAX_UNSENT:
            self.result.faults["the target does not read"] += 1
            return
        lap, number = divmod(self._count, LAST_STAN)
        self._count += 1
        stan = f"{number + 1:06d}"
        connection.unsent += connection.prepared.next(stan, lap)
        connection.out += 1
        self._due[stan] = due, connection

    def _write(self) -> None:
        for connection in self._connections:
            if not connection.unsent or connection.ended:
                continue
            try:
                sent = connection.socket.send(connection.unsent)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._end(connection, "connection lost")
                continue
            del connection.unsent[:sent]
            self._watch(connection, bool(connection.unsent))

    def _watch(self, connection: _Connection, waits: bool) -> None:  # noqa: FBT001 (its one fact)
        if waits != connection.waits_to_write:
            connection.waits_to_write = waits
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if waits else 0)
            self._selector.modify(connection.socket, events, connection)

    def _read(self, timeout: float) -> None:
        for key, mask in self._selector.select(timeout):
            if not mask & selectors.EVENT_READ:
                continue
            connection = key.data
            try:
                data = connection.socket.recv(READ_SIZE)
                frames = connection.decoder.feed(data)
            except BlockingIOError:
                continue
            except (OSError, FrameError) as error:
                self._end(connection, f"connection lost: {type(error).__name__}")
                continue
            if not data:
                self._end(connection, "connection closed by the target")
                continue
            now = time.perf_counter()
            for frame in frames:
                self._answer(connection, frame, now)

    def _end(self, connection: _Connection, why: str) -> None:
        self.result.faults[why] += 1
        connection.ended = True
        self._selector.unregister(connection.socket)

    def _answer(self, connection: _Connection, frame: bytes, now: float) -> None:
        faults = self.result.faults
        try:
            answer = self._plan.dialect.decode(frame)
        except CodecError:
            faults["an answer that does not decode"] += 1
            return
        if answer.mti[2:3] == "0":
            faults["a request instead of an answer"] += 1
            return
        stan = answer.get(11) or ""
        due, asked = self._due.pop(stan, (0.0, None))
        if asked is None:
            faults["an answer that nothing waits for"] += 1
            return
        asked.out -= 1
        if asked is not connection:
            faults["an answer on another connection"] += 1
        elif (why := self._misfit(answer, asked, stan)) is not None:
            faults[f"an answer with another {why}"] += 1
        elif due >= self._counted_from:
            self.result.answered(response_code(answer) or "none", now - due, now - self._counted_from)

    def _misfit(self, answer: Message, asked: _Connection, stan: str) -> str | None:
        if answer.mti != self._expected:
            return "MTI"
        for element, value in asked.prepared.echoed.items():
            if answer.get(element) != value:
                return f"DE {element}"
        if (answer.get(37) or "")[-STAN_DIGITS:] != stan:
            return "DE 37"
        return None if 39 in answer else "DE 39 (none)"

    def _judge(self) -> None:
        lateness = self.result.lateness_ms(99.0)
        if self._plan.rate is not None and lateness > TOO_LATE_MS:
            self.result.invalid = f"the generator itself was {lateness:.0f} ms late (p99)"
        elif self.result.cpu_share > 0.95:
            self.result.invalid = f"the generator used {self.result.cpu_share:.0%} of its core"
