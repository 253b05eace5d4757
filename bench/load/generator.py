"""The load generator: prepared messages, and a schedule that no target can change.

In an open loop requests are sent when they are due, whatever the target does, and a latency counts from when its
request was due: a target that stalls is late with everything that was due meanwhile. In a closed loop each slot sends
its next request when it has the answer to its last; that shows what a target can do, and flatters its latency.
"""

from __future__ import annotations

import gc
import random
import resource
import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from saklar.bench.load.checker import Book, Checker
from saklar.bench.load.plan import Group, Plan
from saklar.bench.load.request import RRN, STAN, TERMINAL, TRANSMISSION, Prepared, Reversals, Writer
from saklar.bench.load.result import Result
from saklar.bench.load.schedule import by_weight
from saklar.bench.load.tally import AT_A_TIME
from saklar.bench.load.validity import Usage, judge
from saklar.codecs import FrameError, convert, load_dialect, response_code
from saklar.network_sim.arrivals import arrivals

LAST_STAN = 999_999
READ_SIZE = 262_144
DRAIN_S = 5.0
"""After the last request, for the last answers."""

MAX_UNSENT = 4 << 20
"""Bytes that may wait for a target that does not read; more is not sent, and counts as unanswered."""

LONGEST_WAIT_S = 0.05
EXPIRE_EVERY_S = 0.1
PROGRESS_EVERY_S = 0.5
SPARE_FILES = 64
SIGN_ON_TIMEOUT_S = 10.0

_SIGN_ON = {"mti": "0800", "7": "0101000000", "11": "000000", "70": "001"}

_READ, _WRITE = select.EPOLLIN, select.EPOLLOUT


@dataclass(eq=False)
class _Connection:
    socket: socket.socket
    fd: int
    lane: _Lane
    book: Book
    number: str
    unsent: bytearray = field(default_factory=bytearray)
    waits_to_write: bool = False
    ended: bool = False


class _Lane:
    """A group as it runs."""

    def __init__(self, group: Group, result: Result, rng: random.Random) -> None:
        self.group = group
        self.requests: Iterator[Prepared | Reversals] = by_weight(group.requests, rng)
        self.checker = Checker(group.dialect, group.framing, group.echoed, result.faults)
        self.write = Writer(group.dialect)
        self.moment, self.transmission = "", b""
        self.connections: list[_Connection] = []

    def renew(self, now: datetime) -> None:
        """The time that requests say."""
        self.moment = f"{now:%m%d%H%M%S}"
        self.transmission = self.write(TRANSMISSION, self.moment)


class Generator:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.progress: Callable[[float, Result], None] | None = None
        """Told twice a second how many seconds have passed, and what was measured so far."""
        self.usage: Usage | None = None
        """Who else serves the load; asked at the begin and the end of what is counted."""
        self.result = Result(loop="closed" if plan.rate is None else "open", tallies=plan.tallies)
        self._stopped = False
        self._rng = random.Random(plan.seed)  # noqa: S311 (a schedule must be repeatable)
        self._lanes = [_Lane(group, self.result, self._rng) for group in plan.groups]
        self._connections: list[_Connection] = []
        self._by_fd: dict[int, _Connection] = {}
        self._poll = select.epoll()
        self._count = 0
        self._counted_from = 0.0
        self._renewed_at = self._settled_at = self._expired_at = self._told_at = 0.0

    def run(self) -> Result:
        """Send, wait for what is out, and return what was measured.

        Raises:
            OSError: the target cannot be reached.
        """
        plan, clock = self._plan, time.perf_counter
        try:
            self._connect()
            began, cpu = clock(), time.process_time()
            self._begin(began)
            if self.usage is not None:
                self.usage.begin()
            gc.disable()  # nothing here is in cycles, and a look for them would delay what is due
            if plan.rate is None:
                self._drive_closed(began, self._counted_from + plan.duration_s)
            else:
                self._drive_open(began, self._counted_from + plan.duration_s, plan.rate)
            ended = clock() if self._stopped else self._counted_from + plan.duration_s
            self.result.seconds = min(plan.duration_s, max(0.0, ended - self._counted_from))
            self.result.cpu_share = (time.process_time() - cpu) / (clock() - began)
            if self.usage is not None:
                self.usage.end(self.result)
            self._drain(clock() + min(DRAIN_S, plan.answer_timeout_s))
        finally:
            gc.enable()
            for connection in self._connections:
                connection.socket.close()
            self._poll.close()
        self._sum_up()
        return self.result

    def stop(self) -> None:
        """Send no more: the run ends with what it has, once what is out is answered. For signal handlers too."""
        self._stopped = True

    # Connections.

    def _connect(self) -> None:
        allow_files(sum(lane.group.connections for lane in self._lanes) + SPARE_FILES)
        for lane in self._lanes:
            for _ in range(lane.group.connections):
                self._open(lane)

    def _open(self, lane: _Lane) -> None:
        number = len(self._connections)
        sock = socket.create_connection(lane.group.target)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        terminal = lane.write(TERMINAL, f"B{number % 10_000_000:07d}")
        book = lane.checker.book(terminal)
        connection = _Connection(sock, sock.fileno(), lane, book, f"{number % 10_000:04d}")
        self._connections.append(connection)
        if lane.group.sign_on:
            _sign_on(sock, lane)
        sock.setblocking(False)
        lane.connections.append(connection)
        self._by_fd[connection.fd] = connection
        self._poll.register(connection.fd, _READ)

    def _begin(self, began: float) -> None:
        self._counted_from = began + self._plan.warmup_s
        self._settled_at = self._counted_from
        self._renewed_at = self._expired_at = self._told_at = began
        for lane in self._lanes:
            lane.checker.counted_from = self._counted_from
            lane.renew(datetime.now(UTC))

    # The loops.

    def _drive_closed(self, began: float, end: float) -> None:
        clock, in_flight = time.perf_counter, self._plan.in_flight
        for connection in self._connections:
            self._request(connection, in_flight, clock())
        now = clock()
        while now < end and self._goes_on():
            for connection in self._readable(min(end - now, LONGEST_WAIT_S)):
                free = in_flight - len(connection.book.due)
                if free > 0 and not connection.ended:
                    self._request(connection, free, clock())
            now = clock()
            if self._keep_time(now, began):
                for connection in self._connections:
                    self._request(connection, in_flight - len(connection.book.due), now)

    def _drive_open(self, began: float, end: float, rate: float) -> None:
        clock, counted_from, late = time.perf_counter, self._counted_from, []
        turns = self._turns()
        due_times = arrivals(rate, poisson=self._plan.poisson, rng=self._rng)
        next_at, now = began + next(due_times), began
        while now < end and self._goes_on():
            now = clock()
            batches: dict[_Connection, list[float]] = {}
            while next_at <= now and next_at <= end:
                if next_at >= counted_from:
                    late.append(int((now - next_at) * 1e6))
                batches.setdefault(next(turns), []).append(next_at)
                next_at = began + next(due_times)
            for connection, due in batches.items():
                self._send(connection, due)
            for _ in self._readable(max(0.0, min(next_at - clock(), LONGEST_WAIT_S))):
                pass
            self._keep_time(now, began)
            if len(late) >= AT_A_TIME:
                self.result.lateness.add(late)
                late.clear()
        self.result.lateness.add(late)

    def _turns(self) -> Iterator[_Connection]:
        """Whose turn it is, in an open loop: groups by weight, and the connections of each in order."""
        lanes = by_weight([(lane, lane.group.weight) for lane in self._lanes], self._rng)
        at = dict.fromkeys(self._lanes, 0)
        for lane in lanes:
            number = at[lane]
            at[lane] = (number + 1) % len(lane.connections)
            yield lane.connections[number]

    def _drain(self, deadline: float) -> None:
        while any(each.book.due for each in self._connections) and time.perf_counter() < deadline and self._alive():
            for _ in self._readable(LONGEST_WAIT_S):
                pass
            self._expire(time.perf_counter())

    def _goes_on(self) -> bool:
        return not self._stopped and self._alive()

    def _alive(self) -> bool:
        return len(self._by_fd) > 0

    def _keep_time(self, now: float, began: float) -> bool:
        """What is to be done now and then; whether requests were given up, and slots are free."""
        if now - self._renewed_at >= 1.0:
            self._renewed_at = now
            for lane in self._lanes:
                lane.renew(datetime.now(UTC))
        for tally in self.result.tallies:
            tally.count()
        while now - self._settled_at >= self._plan.interval_s:
            self._settle(self._plan.interval_s)
        if self.progress is not None and now - self._told_at >= PROGRESS_EVERY_S:
            self._told_at = now
            self.progress(now - began, self.result)
        if now - self._expired_at >= EXPIRE_EVERY_S:
            self._expired_at = now
            return self._expire(now)
        return False

    def _settle(self, seconds: float) -> None:
        self._settled_at += seconds
        self.result.settle(seconds, *((None, None) if self.usage is None else self.usage.sample()))

    def _expire(self, now: float) -> bool:
        """Give up what is past its time."""
        limit, given_up = now - self._plan.answer_timeout_s, 0
        for connection in self._connections:
            due = connection.book.due
            while due:
                stan, waiting = next(iter(due.items()))
                if waiting[0] > limit:
                    break
                del due[stan]
                given_up += 1
        if given_up:
            self.result.faults["no answer in time"] += given_up
        return given_up > 0

    # Bytes.

    def _request(self, connection: _Connection, count: int, now: float) -> None:
        """So many requests, due now."""
        if count > 0:
            self._send(connection, [now] * count)

    def _send(self, connection: _Connection, due_times: Iterable[float]) -> None:
        """Requests that were due at these times."""
        if connection.ended or len(connection.unsent) > MAX_UNSENT:
            self.result.faults["the target does not read"] += sum(1 for _ in due_times)
            return
        lane, book = connection.lane, connection.book
        requests, write_stan, write_rrn, due = lane.requests, lane.write.stan, lane.write.rrn, book.due
        transmission, terminal, count, frames = lane.transmission, book.terminal, self._count, list[bytes]()
        for when in due_times:
            turn = next(requests)
            request, original = (turn, b"") if isinstance(turn, Prepared) else book.next_of(turn)
            number = f"{count % LAST_STAN + 1:06d}"
            stan = write_stan(number)
            rrn = write_rrn(f"{count // LAST_STAN % 100:02d}{connection.number}{number}")
            count += 1
            naming = b"" if request.reversal is None else lane.write.naming(request, number, lane.moment)
            due[stan] = (when, request, rrn, naming)
            if request.is_plain:
                one, two, three, four, five = request.parts
                frames += (one, transmission, two, stan, three, rrn, four, terminal, five)
            else:
                own = {
                    TRANSMISSION: transmission,
                    STAN: stan,
                    RRN: rrn,
                    TERMINAL: terminal,
                    lane.write.original: original,
                }
                frames.append(request.filled(own))
        self._count = count
        self._write(connection, b"".join(frames))

    def _write(self, connection: _Connection, data: bytes) -> None:
        """Send what can be sent; the rest when the socket takes it."""
        if connection.unsent:
            connection.unsent += data
            return
        try:
            sent = connection.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._end(connection, "connection lost")
            return
        if sent < len(data):
            connection.unsent += data[sent:]
            self._watch(connection)

    def _flush(self, connection: _Connection) -> None:
        waiting = bytes(connection.unsent)
        connection.unsent.clear()
        self._write(connection, waiting)
        self._watch(connection)

    def _watch(self, connection: _Connection) -> None:
        waits = bool(connection.unsent)
        if waits != connection.waits_to_write and not connection.ended:
            connection.waits_to_write = waits
            self._poll.modify(connection.fd, _READ | _WRITE if waits else _READ)

    def _readable(self, timeout: float) -> Iterator[_Connection]:
        """Wait for what comes, check it, and give the connections that it came on."""
        if timeout > 0:
            # epoll counts whole milliseconds; select, which can wait for the epoll itself, microseconds.
            select.select([self._poll.fileno()], [], [], timeout)
        for fd, events in self._poll.poll(0):
            connection = self._by_fd.get(fd)
            if connection is None:
                continue
            if events & _WRITE:
                self._flush(connection)
            if events & ~_WRITE and not connection.ended:
                self._read(connection)
                yield connection

    def _read(self, connection: _Connection) -> None:
        try:
            data = connection.socket.recv(READ_SIZE)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(connection, f"connection lost: {type(error).__name__}")
            return
        if not data:
            self._end(connection, "connection closed by the target")
            return
        try:
            said = connection.lane.checker.receive(connection.book, data, time.perf_counter())
        except FrameError:
            self._end(connection, "connection lost: FrameError")
            return
        if said:
            self._write(connection, said)

    def _end(self, connection: _Connection, why: str) -> None:
        self.result.faults[why] += 1
        connection.ended = True
        del self._by_fd[connection.fd]
        self._poll.unregister(connection.fd)

    def _sum_up(self) -> None:
        result = self.result
        rest = result.seconds - (self._settled_at - self._counted_from)
        if rest > self._plan.interval_s / 2:
            self._settle(rest)
        result.settle_rest()
        unanswered = sum(len(connection.book.due) for connection in self._connections)
        if unanswered:
            result.faults["no answer"] += unanswered
        result.answered_calls = sum(lane.checker.answered_calls for lane in self._lanes)
        judge(result)


def allow_files(count: int) -> None:
    """Let this process have so many files open, as far as it may.

    Raises:
        OSError: it may not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if count <= soft:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(hard, count)))
    except (ValueError, OSError):
        raise OSError(f"{count} open files are needed, and {hard} are allowed (ulimit -n)") from None


def _sign_on(sock: socket.socket, lane: _Lane) -> None:
    """Sign a connection on, and wait for the answer.

    Raises:
        OSError: there is none, or not a good one.
    """
    dialect, framing = lane.group.dialect, lane.group.framing
    request = convert(load_dialect("iso87-ascii").message(_SIGN_ON), dialect)
    sock.settimeout(SIGN_ON_TIMEOUT_S)
    sock.sendall(framing.encode(bytes(request)))
    decoder, frames = framing.decoder(), list[bytes]()
    while not frames:
        data = sock.recv(READ_SIZE)
        if not data:
            raise ConnectionError("the target closed the connection instead of answering the sign-on")
        frames = decoder.feed(data)
    code = response_code(dialect.decode(frames[0]))
    if code != "00":
        raise ConnectionError(f"the target answers the sign-on with {code}")
