"""How many host commands a second an HSM does, and how late its answers are at half of that.

Rates are of a closed loop: each connection keeps so many commands out. Latencies are of an open loop: commands are due
by a schedule, and each is late from when it was due, whether or not it could be sent then.
"""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import trio
from hdrh.histogram import HdrHistogram

from saklar.bench.load.tally import HIGHEST_US, LOWEST_US, SIGNIFICANT_DIGITS
from saklar.bench.micro.hsm_process import running_hsm
from saklar.bench.micro.hsm_work import HEADER_LENGTH, WORK, Work
from saklar.bench.proc import cores

READ_SIZE = 256 * 1024
TICK_S = 0.001
"""Between two looks at the schedule where load and HSM share a core; elsewhere the load looks without a pause."""

ANSWER_TIMEOUT_S = 30.0
"""For an answer; an HSM that owes one longer has failed."""

_REFERENCE = "B2"


class WrongAnswerError(Exception):
    """The HSM answered something else than what is right."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A command as it goes over a connection: its frame, and the frame of the right answer."""

    request: bytes
    response: bytes

    @classmethod
    def of(cls, work: Work) -> Wire:
        """The frames of a command, with the same header each time: an HSM answers in order."""
        return cls(*(_framed(b"0" * HEADER_LENGTH + body) for body in (work.request(), work.response())))


def _framed(body: bytes) -> bytes:
    return len(body).to_bytes(2, "big") + body


class Checker:
    """Compares what comes with the right answers, one after the other without an end."""

    def __init__(self, response: bytes) -> None:
        self._response = response
        self._many = response * 1024
        self._place = 0

    def feed(self, data: bytes | bytearray) -> int:
        """How many answers became whole.

        Raises:
            WrongAnswerError: a byte is not that of the right answer.
        """
        size, answered, at = len(self._response), 0, 0
        while at < len(data):
            expected = self._many[self._place : self._place + len(data) - at]
            if data[at : at + len(expected)] != expected:
                raise WrongAnswerError(f"byte {self._place} of an answer is not the right one")
            at += len(expected)
            whole, self._place = divmod(self._place + len(expected), size)
            answered += whole
        return answered


@dataclass(slots=True)
class Figure:
    """What was measured of one command over so many connections.

    Attributes:
        rates: commands a second, of each round.
        to_reference: each round's rate over that of B2 in the same round.
        p50_us, p99_us: lateness of answers at half the rate; 0 where it was not measured.
    """

    code: str
    connections: int
    rates: list[float] = field(default_factory=list)
    to_reference: list[float] = field(default_factory=list)
    p50_us: int = 0
    p99_us: int = 0

    @property
    def rate(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rates)


@dataclass(slots=True)
class HsmResult:
    """All figures; commands a second of the cryptography alone; the load's share of its core; the cores."""

    figures: list[Figure] = field(default_factory=list)
    pure: dict[str, float] = field(default_factory=dict)
    load_cpu: float = 0.0
    cores: tuple[int, int] | None = None

    def as_document(self) -> dict[str, object]:
        """All of it as JSON has it."""
        return {
            "figures": [
                {
                    "command": figure.code,
                    "connections": figure.connections,
                    "per_second": round(figure.rate),
                    "rounds": [round(rate) for rate in figure.rates],
                    "to_b2": round(statistics.median(figure.to_reference), 3),
                    "p50_us": figure.p50_us,
                    "p99_us": figure.p99_us,
                }
                for figure in self.figures
            ],
            "pure_per_second": {code: round(rate) for code, rate in self.pure.items()},
            "load_cpu": round(self.load_cpu, 3),
            "cores": self.cores,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure.

    Attributes:
        codes: commands; B2 is always measured with them.
        connections: numbers of connections.
        in_flight: commands out on each.
        seconds: of each round.
        rounds: in which all commands take turns.
    """

    codes: tuple[str, ...] = tuple(WORK)
    connections: tuple[int, ...] = (1, 4, 16)
    in_flight: int = 32
    seconds: float = 1.0
    rounds: int = 3


def measure(plan: Plan, progress: Callable[[str], None]) -> HsmResult:
    """Start an HSM, measure, and stop it.

    Raises:
        WrongAnswerError: an answer was wrong or missing.
        OSError: the HSM did not start.
    """
    result = HsmResult(cores=cores())
    before = os.sched_getaffinity(0)
    try:
        if result.cores is not None:
            os.sched_setaffinity(0, {result.cores[1]})
        result.pure = {code: _pure_rate(WORK[code], plan.seconds / 4) for code in _codes(plan)}
        with running_hsm(None if result.cores is None else result.cores[0]) as port:
            trio.run(_measure, plan, port, result, progress)
    finally:
        os.sched_setaffinity(0, before)
    return result


def _codes(plan: Plan) -> list[str]:
    return [_REFERENCE, *(code for code in plan.codes if code != _REFERENCE)]


def _pure_rate(work: Work, seconds: float) -> float:
    """How often the cryptography alone is done in a second; 0 where there is none."""
    if work.pure is None:
        return 0.0
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        for _ in range(100):
            work.pure()
        count += 100
    return count / (time.perf_counter() - began)


async def _measure(plan: Plan, port: int, result: HsmResult, progress: Callable[[str], None]) -> None:
    wires = {code: Wire.of(WORK[code]) for code in _codes(plan)}
    cpu, began = _cpu_s(), time.perf_counter()
    for connections in plan.connections:
        figures = {code: Figure(code, connections) for code in wires}
        for number in range(plan.rounds):
            for code, wire in wires.items():
                progress(f"{code}, {connections} connections, round {number + 1} of {plan.rounds}")
                figures[code].rates.append(await closed_loop(port, wire, connections, plan.in_flight, plan.seconds))
        reference = figures[_REFERENCE].rates
        for figure in figures.values():
            figure.to_reference = [rate / other for rate, other in zip(figure.rates, reference, strict=True)]
        result.figures += figures.values()
    result.load_cpu = (_cpu_s() - cpu) / (time.perf_counter() - began)
    for figure in result.figures:
        progress(f"{figure.code}, {figure.connections} connections, lateness at half of its rate")
        tick_s = TICK_S if result.cores is None else 0.0
        rate = figure.rate / 2
        histogram = await open_loop(port, wires[figure.code], figure.connections, rate, plan.seconds, tick_s)
        figure.p50_us, figure.p99_us = (int(histogram.get_value_at_percentile(p)) for p in (50.0, 99.0))


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def closed_loop(port: int, wire: Wire, connections: int, in_flight: int, seconds: float) -> float:
    """Commands a second, with so many out on each connection.

    Raises:
        WrongAnswerError: an answer was wrong or missing.
    """
    answered = 0

    async def one(stream: trio.SocketStream) -> None:
        nonlocal answered
        checker, out = Checker(wire.response), in_flight
        await stream.send_all(wire.request * in_flight)
        while out:
            whole = checker.feed(await _read(stream))
            out -= whole
            answered += whole
            if whole and time.perf_counter() < end:
                await stream.send_all(wire.request * whole)
                out += whole

    streams = [await trio.open_tcp_stream("127.0.0.1", port) for _ in range(connections)]
    began = time.perf_counter()
    end = began + seconds
    await _together(one, streams)
    return answered / (time.perf_counter() - began)


async def open_loop(
    port: int, wire: Wire, connections: int, rate: float, seconds: float, tick_s: float = 0.0
) -> HdrHistogram:
    """How late answers are, in µs, at a rate that does not wait for them.

    Raises:
        WrongAnswerError: an answer was wrong or missing.
    """
    histogram = HdrHistogram(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS)
    each = rate / connections
    count = max(int(each * seconds), 1)

    async def one(stream: trio.SocketStream) -> None:
        began = time.perf_counter()

        async def send() -> None:
            sent = 0
            while sent < count:
                due = min(int((time.perf_counter() - began) * each) + 1, count)
                if due > sent:
                    await stream.send_all(wire.request * (due - sent))
                    sent = due
                await trio.sleep(tick_s)

        async def receive() -> None:
            checker, received = Checker(wire.response), 0
            while received < count:
                whole = checker.feed(await _read(stream))
                now = time.perf_counter()
                for number in range(received, received + whole):
                    histogram.record_value(max(round((now - began - number / each) * 1e6), LOWEST_US))
                received += whole

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send)
            nursery.start_soon(receive)

    await _together(one, [await trio.open_tcp_stream("127.0.0.1", port) for _ in range(connections)])
    return histogram


async def _together(one: Callable[[trio.SocketStream], Awaitable[None]], streams: Iterable[trio.SocketStream]) -> None:
    async with trio.open_nursery() as nursery:
        for stream in streams:
            nursery.start_soon(_closing, one, stream)


async def _closing(one: Callable[[trio.SocketStream], Awaitable[None]], stream: trio.SocketStream) -> None:
    async with stream:
        await one(stream)


async def _read(stream: trio.SocketStream) -> bytes | bytearray:
    with trio.move_on_after(ANSWER_TIMEOUT_S):
        data = await stream.receive_some(READ_SIZE)
        if data:
            return data
        raise WrongAnswerError("the HSM closed the connection")
    raise WrongAnswerError(f"no answer for {ANSWER_TIMEOUT_S:g} s")
