"""What the HSM counts."""

from functools import partial

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import memory_stream_pair

from saklar.hsm_sim import serve_hsm
from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.counters import Counters
from saklar.hsm_sim.server.connection import serve_connection

from .wire import ask, frame


@pytest.fixture
def counters():
    return Counters()


@pytest.fixture
async def served(hsm, counters):
    """Serves the requests of one connection to its end."""

    async def served(*requests):
        ours, theirs = memory_stream_pair()
        await ours.send_all(b"".join(map(frame, requests)))
        await ours.send_eof()
        await serve_connection(hsm, theirs, 4, counters=counters)

    return served


async def test_commands_are_counted_by_code_and_error(served, counters):
    await served(b"0001NC", b"0002NC", b"0003NC!", b"0004B2")
    assert counters.commands == {("NC", "00"): 2, ("NC", "15"): 1, ("B2", "15"): 1}


async def test_all_that_is_no_command_is_counted_as_one(served, counters):
    assert not COMMANDS.keys() & {"ZZ", "YY"}
    await served(b"0001ZZ", b"0002YY", b"0003\xff\xff")
    assert counters.commands == {("??", "68"): 3}


async def test_bytes_are_counted_both_ways(served, counters):
    await served(b"0001B20002OK")
    assert (counters.bytes_in, counters.bytes_out) == (len(frame(b"0001B20002OK")), len(frame(b"0001B300OK")))


async def test_the_time_that_commands_take_is_counted(served, counters):
    await served(b"0001A00001U")
    assert counters.busy_ns > 0


async def test_what_the_hsm_ends_is_counted_and_what_the_client_ends_is_not(served, counters):
    await served(b"0001NC")
    assert counters.dropped == 0
    await served(b"0001")
    assert counters.dropped == 1


async def test_connections_are_counted_while_they_are_open_and_after(hsm, nursery, counters):
    address = await nursery.start(partial(serve_hsm, hsm, "127.0.0.1", 0, max_connections=1, counters=counters))
    async with await trio.open_tcp_stream(*address) as stream:
        await ask(stream)
        async with await trio.open_tcp_stream(*address) as second:
            assert await second.receive_some() == b""
        assert (counters.connections, counters.connections_open, counters.refused) == (1, 1, 1)
    while counters.connections_open:
        await trio.lowlevel.checkpoint()
    assert (counters.connections, counters.refused) == (1, 1)


async def test_the_totals_are_logged_at_the_end(hsm):
    with capture_logs() as lines:
        async with trio.open_nursery() as nursery:
            address = await nursery.start(partial(serve_hsm, hsm, "127.0.0.1", 0))
            async with await trio.open_tcp_stream(*address) as stream:
                await ask(stream, b"NC")
                await ask(stream, b"ZZ")
            nursery.cancel_scope.cancel()
    (line,) = (line for line in lines if line["event"] == "hsm.stopped")
    assert (line["commands"], line["errors"], line["connections"]) == (2, 1, 1)
