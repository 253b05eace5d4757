"""A closed loop: each slot sends its next request when it has the answer to its last.

It finds what a target can do at a given number of requests in flight. It does not find how late answers are at
a given rate: a target that stalls stops the load with it (coordinated omission).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import trio

from saklar.bench.result import Result
from saklar.codecs import DecodeError, Dialect, FrameError, Framing, Message, response_code
from saklar.codecs.mti import response_mti
from saklar.switch.links import Address, FramedStream

LAST_STAN = 999_999

MAX_GROWTH = 256
"""Requests by which what is out may grow between two reads: a target that answers must be read, or both sides stop."""


@dataclass(frozen=True)
class Load:
    """What to send, and how much of it at a time. Times in seconds.

    `message` is the request; each sending has a STAN, an RRN, a DE 7 and a terminal of its own (one terminal a
    connection). `answer_timeout_s`: a request without an answer by then is a fault, and its slot goes on.
    """

    target: Address
    dialect: Dialect
    framing: Framing
    message: Mapping[str, str]
    connections: int
    in_flight: int
    duration_s: float
    warmup_s: float = 1.0
    answer_timeout_s: float = 30.0


class ClosedLoop:
    """One run of a load; nothing that happens before the warm-up is over is counted."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.result = Result()
        self.counting = False
        self.ending = False

    async def run(self) -> Result:
        """Send until the time is over, wait for what is out, and return what was measured.

        Raises:
            OSError: the target cannot be reached (for a group of connections: an ExceptionGroup of these).
        """
        load = self.load
        async with trio.open_nursery() as nursery:
            for number in range(load.connections):
                await nursery.start(_Connection(self, number).run)
            await trio.sleep(load.warmup_s)
            self.counting, began = True, trio.current_time()
            await trio.sleep(load.duration_s)
            self.counting, self.ending = False, True
            self.result.seconds = trio.current_time() - began
        return self.result

    def fault(self, kind: str) -> None:
        """Count what must not happen; whenever it does, it spoils the run."""
        self.result.faults[kind] += 1


class _Connection:
    """One connection and its slots."""

    def __init__(self, loop: ClosedLoop, number: int) -> None:
        self._loop = loop
        self._terminal = f"BENCH{number % 1000:03d}"
        self._number = number
        self._sent_count = 0
        self._out: dict[str, tuple[float, Message]] = {}
        self._template = loop.load.dialect.message(dict(loop.load.message))
        self._template[41] = self._terminal
        self._expected = response_mti(self._template.mti)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        load = self._loop.load
        stream = await trio.open_tcp_stream(*load.target)
        framed = FramedStream(stream, load.framing)
        task_status.started()
        async with stream:
            try:
                await self._converse(framed)
            except (trio.BrokenResourceError, FrameError) as error:
                self._loop.fault(f"connection lost: {type(error).__name__}")
            except trio.TooSlowError:
                self._loop.fault("the target does not read")
        for _ in self._out:
            self._loop.fault("no answer")

    async def _converse(self, framed: FramedStream) -> None:
        await self._fill(framed, 0)
        while self._out:
            oldest, _ = next(iter(self._out.values()))
            with trio.move_on_at(oldest + self._loop.load.answer_timeout_s) as limit:
                frames = await framed.receive()
            if limit.cancelled_caught:
                frames = []
            elif not frames:
                self._loop.fault("connection closed by the target")
                return
            for frame in frames:
                self._take(frame)
            self._give_up_late_ones()
            await self._fill(framed, len(frames))

    async def _fill(self, framed: FramedStream, answered: int) -> None:
        """Send until as many requests are out as the load says, but not too many at once."""
        if self._loop.ending:
            return
        free = self._loop.load.in_flight - len(self._out)
        payloads = [self._next() for _ in range(min(free, answered + MAX_GROWTH))]
        if not payloads:
            return
        with trio.fail_after(self._loop.load.answer_timeout_s):
            await framed.send(*payloads)

    def _give_up_late_ones(self) -> None:
        """Count the oldest requests out that are past their time, and free their slots."""
        now = trio.current_time()
        while self._out:
            stan, (sent_at, _) = next(iter(self._out.items()))
            if now < sent_at + self._loop.load.answer_timeout_s:
                return
            del self._out[stan]
            self._loop.fault("no answer in time")

    def _next(self) -> bytes:
        """The next request, in no other's place: STANs of a connection come round after 999,999."""
        self._sent_count += 1
        stan = f"{self._sent_count % LAST_STAN + 1:06d}"
        message = self._template.copy()
        message[11] = stan
        message[37] = f"{self._number % 1_000_000:06d}{stan}"
        message[7] = f"{datetime.now(UTC):%m%d%H%M%S}"
        payload = bytes(message)
        self._out[stan] = (trio.current_time(), message)
        return payload

    def _take(self, frame: bytes) -> None:
        """Check an answer, and free its slot."""
        loop = self._loop
        try:
            answer = loop.load.dialect.decode(frame)
        except DecodeError:
            loop.fault("an answer that does not decode")
            return
        if answer.mti[2:3] == "0":
            loop.fault("a request instead of an answer")
            return
        out = self._out.pop(answer.get(11) or "", None)
        if out is None:
            loop.fault("an answer that nothing waits for")
            return
        sent_at, request = out
        if (why := _misfit(request, answer, self._expected)) is not None:
            loop.fault(f"an answer with another {why}")
        elif loop.counting:
            loop.result.answered(response_code(answer) or "none", trio.current_time() - sent_at)


def _misfit(request: Message, answer: Message, expected_mti: str) -> str | None:
    if answer.mti != expected_mti:
        return "MTI"
    for element in (2, 4, 37, 41):
        if element in request and answer.get(element) != request[element]:
            return f"DE {element}"
    return None if 39 in answer else "DE 39 (none)"


def default_message(dialect: Dialect, pan: str) -> dict[str, str]:
    """A purchase without a PIN, of 1.00."""
    now = datetime.now(UTC)
    fields = {
        "mti": "0200" if dialect.version == "1987" else "1200",
        "2": pan,
        "3": "000000",
        "4": "000000000100",
        "7": f"{now:%m%d%H%M%S}",
        "12": f"{now:%H%M%S}" if dialect.version == "1987" else f"{now:%y%m%d%H%M%S}",
        "13": f"{now:%m%d}" if dialect.version == "1987" else "",
        "22": "052" if dialect.version == "1987" else "500001500000",
        "25": "00" if dialect.version == "1987" else "",
        "32": "100009",
        "42": "BENCHMERCHANT01",
        "49": "360",
    }
    return {key: value for key, value in fields.items() if value}
