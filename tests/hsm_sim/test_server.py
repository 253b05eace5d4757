"""The HSM over TCP: one client at a time, many, and the hostile ones."""

from itertools import pairwise

import pytest
import trio
from trio.testing import lockstep_stream_pair, memory_stream_pair

from saklar.codecs import FrameError
from saklar.hsm_sim import HsmClient, HsmUnavailable, embedded_hsm, serve_hsm, tcp_hsm
from saklar.hsm_sim.server import serve_connection


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


# The client.


@pytest.fixture(params=["tcp", "embedded", "tcp without header"])
async def client(request, hsm, nursery):
    length = 0 if "without" in request.param else 4
    if request.param == "embedded":
        connect = embedded_hsm(hsm, nursery, header_length=length)
    else:
        serve = lambda task_status: serve_hsm(hsm, "127.0.0.1", 0, header_length=length, task_status=task_status)  # noqa: E731
        connect = tcp_hsm(*await nursery.start(serve))
    client = HsmClient(connect, header_length=length)
    nursery.start_soon(client.run)
    await client.wait_connected()
    return client


async def test_each_command_gets_its_own_response(client):
    responses = {}

    async def call(n):
        responses[n] = await client.call(b"B20004%04d" % n)

    async with trio.open_nursery() as calls:
        for n in range(200):
            calls.start_soon(call, n)
    assert responses == {n: b"B300%04d" % n for n in range(200)}


async def test_a_command_too_long_for_a_frame_is_refused_and_not_waited_for(client):
    with pytest.raises(FrameError):
        await client.call(b"B2" + b"x" * 40_000)
    assert (await client.call(b"NC")).startswith(b"ND00")


async def test_without_a_connection_a_command_fails_at_once():
    client = HsmClient(tcp_hsm("127.0.0.1", 1))
    with pytest.raises(HsmUnavailable):
        await client.call(b"NC")


def scripted(nursery, *scripts):
    """Connections to a fake HSM: each in turn is served by the next script, a coroutine function of its stream."""
    remaining = list(scripts)

    async def connect():
        ours, theirs = memory_stream_pair()
        nursery.start_soon(remaining.pop(0), theirs)
        return ours

    return connect


async def answer_backwards(stream):
    frames = [await read_frame(stream) for _ in range(3)]
    for command in reversed(frames):
        await stream.send_all(frame(command[:4] + b"B300" + command[10:]))
    await trio.sleep_forever()


async def hang_up(stream):
    await read_frame(stream)
    await stream.aclose()


async def silent(stream):
    await trio.sleep_forever()


async def nonsense(stream):
    await stream.send_all(frame(b"FFFFXX00") + frame(b"x") + b"\xff\xff")
    await trio.sleep_forever()


async def test_responses_may_come_in_any_order(nursery):
    client = HsmClient(scripted(nursery, answer_backwards))
    nursery.start_soon(client.run)
    await client.wait_connected()
    responses = {}

    async def call(n):
        responses[n] = await client.call(b"B20001%d" % n)

    async with trio.open_nursery() as calls:
        for n in range(3):
            calls.start_soon(call, n)
    assert responses == {n: b"B300%d" % n for n in range(3)}


async def test_commands_out_when_the_connection_is_lost_fail_and_later_ones_do_not(nursery, hsm, autojump_clock):
    async def serve(stream):
        await serve_connection(hsm, stream, 4)

    client = HsmClient(scripted(nursery, hang_up, serve))
    nursery.start_soon(client.run)
    await client.wait_connected()
    with pytest.raises(HsmUnavailable):
        await client.call(b"NC")
    await client.wait_connected()
    assert (await client.call(b"NC")).startswith(b"ND00")


async def test_nonsense_from_the_hsm_ends_the_connection_and_nothing_else(nursery, hsm, autojump_clock):
    async def serve(stream):
        await serve_connection(hsm, stream, 4)

    client = HsmClient(scripted(nursery, nonsense, serve))
    nursery.start_soon(client.run)
    with trio.fail_after(60):
        while True:
            await client.wait_connected()
            try:
                response = await client.call(b"NC")
            except HsmUnavailable:
                continue
            break
    assert response.startswith(b"ND00")


async def test_responses_before_nonsense_count(nursery):
    async def answer_then_nonsense(stream):
        command = await read_frame(stream)
        await stream.send_all(frame(command[:4] + b"ND00") + b"\xff\xff")
        await trio.sleep_forever()

    client = HsmClient(scripted(nursery, answer_then_nonsense))
    nursery.start_soon(client.run)
    await client.wait_connected()
    assert await client.call(b"NC") == b"ND00"


async def test_an_hsm_that_answers_nothing_is_left(nursery, autojump_clock):
    client = HsmClient(scripted(nursery, silent))
    nursery.start_soon(client.run)
    await client.wait_connected()
    with pytest.raises(HsmUnavailable):
        await client.call(b"NC")
    assert not client.connected


async def test_an_idle_connection_is_kept(nursery, hsm, autojump_clock):
    async def serve(stream):
        await serve_connection(hsm, stream, 4)

    client = HsmClient(scripted(nursery, serve))
    nursery.start_soon(client.run)
    await client.wait_connected()
    await trio.sleep(1000)
    assert (await client.call(b"NC")).startswith(b"ND00")


async def test_a_response_to_a_call_given_up_is_dropped(nursery):
    client = HsmClient(scripted(nursery, answer_backwards))
    nursery.start_soon(client.run)
    await client.wait_connected()
    with trio.move_on_after(0):
        await client.call(b"B20001x")
    responses = []
    async with trio.open_nursery() as calls:
        for n in range(2):
            calls.start_soon(lambda n=n: _collect(client, b"B20001%d" % n, responses))
    assert sorted(responses) == [b"B3000", b"B3001"]


async def _collect(client, request, responses):
    responses.append(await client.call(request))


async def test_tries_to_connect_grow_rare_even_if_the_hsm_hangs_up_each_time(nursery, autojump_clock):
    tried_at = []

    async def connect():
        tried_at.append(trio.current_time())
        ours, theirs = memory_stream_pair()
        await theirs.aclose()
        return ours

    client = HsmClient(connect)
    with trio.move_on_after(100):
        await client.run()
    pauses = [later - earlier for earlier, later in pairwise(tried_at)]
    assert pauses[0] <= 0.1
    assert all(2.5 <= pause <= 5 for pause in pauses[10:])
    assert len(pauses) > 20


async def test_a_connection_that_does_not_come_about_is_tried_again(nursery, autojump_clock):
    tries = []

    async def connect():
        tries.append(None)
        await trio.sleep_forever()

    with trio.move_on_after(60):
        await HsmClient(connect).run()
    assert len(tries) > 4


async def test_no_more_than_so_many_commands_wait(nursery, monkeypatch):
    monkeypatch.setattr("saklar.hsm_sim.client.MAX_PENDING", 2)
    client = HsmClient(scripted(nursery, silent))
    nursery.start_soon(client.run)
    await client.wait_connected()
    failed = []
    for n in range(3):
        client.submit(b"NC", lambda response, n=n: failed.append((n, response)))
    assert failed == [(2, None)]
