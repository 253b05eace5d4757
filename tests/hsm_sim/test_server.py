"""The HSM over TCP: one client at a time, many, and the hostile ones."""

import pytest
import trio
from trio.testing import lockstep_stream_pair, memory_stream_pair

from saklar.hsm_sim import serve_hsm
from saklar.hsm_sim.server.connection import serve_connection


def frame(payload):
    return len(payload).to_bytes(2, "big") + payload


async def read_frame(stream, buffer=None):
    data = bytearray()
    while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
        chunk = await stream.receive_some(1)
        assert chunk, "the HSM closed the connection"
        data += chunk
    return bytes(data[2:])


@pytest.fixture
async def address(hsm, nursery):
    return await nursery.start(
        lambda task_status: serve_hsm(hsm, "127.0.0.1", 0, max_connections=3, task_status=task_status)
    )


@pytest.mark.parametrize("length", [0, 1, 4, 255])
async def test_a_header_of_any_length_is_sent_back(hsm, nursery, length):
    ours, theirs = memory_stream_pair()
    nursery.start_soon(serve_connection, hsm, theirs, length)
    await ours.send_all(frame(b"h" * length + b"B20002AB"))
    assert await read_frame(ours) == b"h" * length + b"B300AB"


async def test_pipelined_commands_are_answered_in_order(address):
    async with await trio.open_tcp_stream(*address) as stream:
        await stream.send_all(b"".join(frame(b"%04d" % n + b"B20004%04d" % n) for n in range(100)))
        for n in range(100):
            assert await read_frame(stream) == b"%04d" % n + b"B300%04d" % n


async def test_a_command_may_come_byte_by_byte(address):
    async with await trio.open_tcp_stream(*address) as stream:
        for byte in frame(b"0001NC"):
            await stream.send_all(bytes([byte]))
        assert (await read_frame(stream)).startswith(b"0001ND00")


@pytest.mark.parametrize("bad", [b"\xff\xff", b"\x00\x00", frame(b"0001"), frame(b"0001C"), frame(b"x")])
async def test_what_is_no_command_ends_its_connection_and_no_other(address, bad):
    async with await trio.open_tcp_stream(*address) as good, await trio.open_tcp_stream(*address) as hostile:
        await hostile.send_all(bad)
        assert await hostile.receive_some() == b""
        await good.send_all(frame(b"0001B20002OK"))
        assert await read_frame(good) == b"0001B300OK"


@pytest.mark.parametrize("bad", [b"\xff\xff", frame(b"0002")])
async def test_what_came_before_nonsense_is_answered(hsm, nursery, bad):
    ours, theirs = memory_stream_pair()
    nursery.start_soon(serve_connection, hsm, theirs, 4)
    await ours.send_all(frame(b"0001B20002OK") + bad)
    assert await read_frame(ours) == b"0001B300OK"
    assert await ours.receive_some() == b""


async def test_a_client_that_does_not_read_is_cut_off(hsm, nursery, autojump_clock):
    ours, theirs = lockstep_stream_pair()
    nursery.start_soon(serve_connection, hsm, theirs, 4)
    await ours.send_all(frame(b"0001NC"))
    await trio.sleep(31)
    with pytest.raises(trio.BrokenResourceError):
        await ours.send_all(frame(b"0002NC"))


async def test_half_a_frame_and_then_nothing_is_cut_off(hsm, nursery, autojump_clock):
    ours, theirs = memory_stream_pair()
    nursery.start_soon(serve_connection, hsm, theirs, 4)
    await ours.send_all(b"\x00\x10half")
    assert await ours.receive_some() == b""


async def test_a_client_over_the_limit_is_turned_away(address):
    streams = []
    for _ in range(3):
        streams.append(await trio.open_tcp_stream(*address))
        await _diagnose(streams[-1])
    async with await trio.open_tcp_stream(*address) as fourth:
        assert await fourth.receive_some() == b""
    for stream in streams:
        await _diagnose(stream)
        await stream.aclose()


async def _diagnose(stream):
    await stream.send_all(frame(b"0001NC"))
    assert (await read_frame(stream)).startswith(b"0001ND00")


async def test_a_client_that_leaves_makes_room(address):
    for _ in range(10):
        async with await trio.open_tcp_stream(*address) as stream:
            await stream.send_all(frame(b"0001NC"))
            assert (await read_frame(stream)).startswith(b"0001ND00")
