"""Who may connect to the HSM, and for how long it may be silent."""

import math
import socket
import struct
from functools import partial

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import memory_stream_pair

from saklar.hsm_sim import serve_hsm
from saklar.hsm_sim.counters import Counters
from saklar.hsm_sim.server.access import Access, AccessError
from saklar.hsm_sim.server.connection import serve_connection

from .wire import ask, frame, read_frame


def allowing(*networks):
    return Access.of(networks, None, None)


@pytest.mark.parametrize(
    ("networks", "host", "admitted"),
    [
        ([], "203.0.113.9", True),
        (["10.0.0.0/8"], "10.1.2.3", True),
        (["10.0.0.0/8"], "11.1.2.3", False),
        (["10.0.0.0/8", "192.0.2.7"], "192.0.2.7", True),
        (["10.0.0.0/8", "192.0.2.7"], "192.0.2.8", False),
        (["10.0.0.0/8"], "::ffff:10.1.2.3", True),
        (["10.0.0.0/8"], "::ffff:11.1.2.3", False),
        (["10.0.0.0/8"], "::1", False),
        (["2001:db8::/32"], "2001:db8::1", True),
        (["2001:db8::/32"], "2001:db9::1", False),
        (["fe80::/10"], "fe80::1%eth0", True),
    ],
)
def test_the_allow_list_admits_its_networks_and_no_other(networks, host, admitted):
    assert allowing(*networks).admits(host) == admitted


@pytest.mark.parametrize("text", ["", "localhost", "10.0.0.0/33", "10.0.0.1/8", "10.0.0"])
def test_what_is_no_network_is_told_with_its_option(text):
    with pytest.raises(AccessError, match=r"^--allow: "):
        allowing(text)


@pytest.mark.parametrize("seconds", [-1.0, math.nan])
def test_what_is_no_time_is_told_with_its_option(seconds):
    with pytest.raises(AccessError, match=r"^--idle-timeout: "):
        Access.of([], seconds, None)


async def serve(nursery, hsm, **settings):
    return await nursery.start(partial(serve_hsm, hsm, "127.0.0.1", 0, **settings))


async def test_a_client_of_another_network_is_closed_and_logged(hsm, nursery):
    counters = Counters()
    address = await serve(nursery, hsm, access=allowing("192.0.2.0/24"), counters=counters)
    with capture_logs() as lines:
        async with await trio.open_tcp_stream(*address) as stream:
            client = stream.socket.getsockname()
            assert await stream.receive_some() == b""
    assert counters.refused == 1
    assert lines == [
        {
            "event": "hsm.client_refused",
            "log_level": "warning",
            "client": f"127.0.0.1:{client[1]}",
            "reason": "its address is not allowed",
        }
    ]


async def test_a_client_of_an_allowed_network_is_answered(hsm, nursery):
    address = await serve(nursery, hsm, access=allowing("127.0.0.0/8"))
    async with await trio.open_tcp_stream(*address) as stream:
        assert await ask(stream) == b"B300OK"


async def test_clients_that_reset_at_once_do_not_end_the_server(hsm, nursery):
    address = await serve(nursery, hsm)
    for _ in range(20):
        reset_at_once(address)
    async with await trio.open_tcp_stream(*address) as stream:
        assert await ask(stream) == b"B300OK"


def reset_at_once(address):
    client = socket.create_connection(address)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


# Silence.


@pytest.fixture
def connect(hsm, nursery):
    """Opens a connection to an HSM that takes 10 seconds of silence, in virtual time."""

    def connect(**settings):
        ours, theirs = memory_stream_pair()
        nursery.start_soon(partial(serve_connection, hsm, theirs, 4, 10.0, **settings))
        return ours

    return connect


async def test_a_silent_client_is_cut_off(connect, autojump_clock):
    with capture_logs() as lines:
        assert await connect(client="here").receive_some() == b""
    assert trio.current_time() == pytest.approx(10)
    assert lines == [
        {"event": "hsm.client_dropped", "log_level": "warning", "client": "here", "reason": "it is silent"}
    ]


async def test_each_command_gives_a_client_its_time_again(connect, autojump_clock):
    stream = connect()
    for _ in range(5):
        await trio.sleep(9)
        assert await ask(stream) == b"B300OK"
    assert await stream.receive_some() == b""
    assert trio.current_time() == pytest.approx(55)


async def test_in_the_middle_of_a_frame_the_limit_is_that_of_frames(connect, autojump_clock):
    with capture_logs() as lines:
        stream = connect()
        await stream.send_all(b"\x00\x10half")
        assert await stream.receive_some() == b""
    assert trio.current_time() == pytest.approx(30)
    assert lines[0]["reason"] == "it does not finish its frame"


async def test_a_byte_a_second_buys_a_frame_no_more_time(connect, autojump_clock):
    stream = connect()
    await stream.send_all(b"\x00\xff")
    with pytest.raises(trio.BrokenResourceError):
        await dribble(stream)
    assert trio.current_time() == pytest.approx(30, abs=1)


async def dribble(stream):
    while True:
        await trio.sleep(1)
        await stream.send_all(b"x")


async def test_frames_that_each_begin_in_the_read_of_another_are_not_one_long_frame(connect, autojump_clock):
    stream = connect()
    command = frame(b"0001B20002OK")
    await stream.send_all(command[:5])
    for _ in range(10):
        await trio.sleep(9)
        await stream.send_all(command[5:] + command[:5])
        assert await read_frame(stream) == b"0001B300OK"
