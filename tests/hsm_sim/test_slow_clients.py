"""Clients that do not read, dribble, flood or hit a bug: what the others notice of it, which is nothing."""

import threading
from functools import partial

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import lockstep_stream_pair, memory_stream_pair

from saklar.hsm_sim import serve_hsm
from saklar.hsm_sim.counters import Counters
from saklar.hsm_sim.crypto import rsa
from saklar.hsm_sim.server.connection import READ_SIZE, serve_connection

from .wire import ask, frame, read_frame


@pytest.fixture
def counters():
    return Counters()


@pytest.fixture
async def address(hsm, nursery, counters):
    return await nursery.start(partial(serve_hsm, hsm, "127.0.0.1", 0, counters=counters))


@pytest.fixture
def connect(hsm, nursery):
    """Opens a connection in memory."""

    def connect(pair=memory_stream_pair):
        ours, theirs = pair()
        nursery.start_soon(serve_connection, hsm, theirs, 4)
        return ours

    return connect


async def test_a_client_that_never_reads_delays_no_other(connect, autojump_clock):
    unread, other = connect(lockstep_stream_pair), connect()
    await unread.send_all(frame(b"0001NC"))
    assert await ask(other) == b"B300OK"
    assert trio.current_time() == 0


async def test_a_client_that_never_reads_is_read_no_further(address, counters, nursery):
    async with await trio.open_tcp_stream(*address) as stream, await trio.open_tcp_stream(*address) as other:
        nursery.start_soon(flood, stream)
        quiet = 0
        while quiet < 100:  # commands of the other client during which nothing else was read
            before = counters.bytes_in
            assert await ask(other) == b"B300OK"
            quiet = quiet + 1 if counters.bytes_in - before == len(frame(b"0001B20002OK")) else 0


async def test_a_client_that_sends_a_byte_a_second_delays_no_other(connect, nursery, autojump_clock):
    dribbling, other = connect(), connect()
    nursery.start_soon(dribble, dribbling)
    for second in range(20):
        await trio.sleep_until(second + 0.5)
        assert await ask(other) == b"B300OK"
        assert trio.current_time() == second + 0.5


async def dribble(stream):
    for byte in frame(b"0001B2000ADRIBBLING!"):
        await stream.send_all(bytes([byte]))
        await trio.sleep(1)


async def test_a_client_that_floods_delays_another_by_few_reads(address, counters, nursery):
    async with await trio.open_tcp_stream(*address) as flooding, await trio.open_tcp_stream(*address) as other:
        nursery.start_soon(flood, flooding)
        nursery.start_soon(drain, flooding)
        while not counters.commands["NC", "00"]:
            await trio.lowlevel.checkpoint()
        for _ in range(10):
            before = counters.commands["NC", "00"]
            assert await ask(other) == b"B300OK"
            assert counters.commands["NC", "00"] - before <= 10 * READ_SIZE / len(frame(b"0001NC"))


async def flood(stream):
    try:
        while True:
            await stream.send_all(frame(b"0001NC") * 1000)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass


async def drain(stream):
    try:
        async for _ in stream:
            pass
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass


async def test_a_bug_in_a_command_is_error_41_and_the_log_says_where_and_no_value():
    class Buggy:
        counters = Counters()

        def execute(self, command):
            return int(command[2:])

    ours, theirs = memory_stream_pair()
    with capture_logs() as lines:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve_connection, Buggy(), theirs, 4)
            assert await ask(ours, b"B2SECRET\x19trailer") == b"B341\x19trailer"
            await ours.aclose()
    (line,) = lines
    assert (line["event"], line["error"], line["file"]) == ("hsm.command_failed", "ValueError", __file__)
    assert "SECRET" not in str(lines)


async def test_making_a_key_pair_keeps_no_other_client_waiting(monkeypatch, hsm):
    """The first client's key pair is not made before the second has had its answer."""
    made, real = threading.Event(), rsa.generate

    def generate(bits):
        assert made.wait(10)
        return real(bits)

    monkeypatch.setattr(rsa, "generate", generate)
    first, second = memory_stream_pair(), memory_stream_pair()
    async with trio.open_nursery() as nursery:
        for _, theirs in (first, second):
            nursery.start_soon(serve_connection, hsm, theirs, 4)
        await first[0].send_all(frame(b"0001B20001x") + frame(b"0002EI2102401") + frame(b"0003B20001y"))
        assert await ask(second[0], b"B20001z") == b"B300z"
        made.set()
        answers = [await read_frame(first[0]) for _ in range(3)]
        assert [answer[:8] for answer in answers] == [b"0001B300", b"0002EJ00", b"0003B300"]
        for ours, _ in (first, second):
            await ours.aclose()


async def test_each_request_for_a_key_pair_has_its_own(hsm):
    ours, theirs = memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_connection, hsm, theirs, 4)
        await ours.send_all(frame(b"0001EI2102401") * 2)
        answers = [await read_frame(ours) for _ in range(2)]
        await ours.aclose()
    assert answers[0] != answers[1]
