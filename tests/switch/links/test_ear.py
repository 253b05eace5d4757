"""Many sockets, heard by one task."""

import socket

import pytest
import trio

from saklar.codecs import framing, load_dialect
from saklar.switch.engine import Received
from saklar.switch.links import Ear, FramedStream, LinkConnection
from saklar.switch.links.ear import PortablePoll

FRAMING = framing("binary-2", 500)
DIALECT = load_dialect("iso87-ascii")
FRAME = FRAMING.encode(DIALECT.encode({"mti": "0800", 11: "000001", 70: "301"}))


@pytest.fixture(params=[None, PortablePoll], ids=["of the system", "portable"])
def ear(request):
    ear = Ear(request.param and request.param())
    yield ear
    ear.close()


@pytest.fixture
def heard(ear, nursery):
    """A connection that the ear hears: what it delivered, by turns, why it ended, and its peer."""
    ours, peer = socket.socketpair()
    ours.setblocking(False)
    heard = Heard(peer)

    async def run():
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
        framed = FramedStream(stream, FRAMING, frame_timeout_s=10)
        heard.reason = await LinkConnection(1, "north", framed, DIALECT, 1000).run_together(heard.turns.append, ear)
        heard.ended.set()

    nursery.start_soon(run)
    nursery.start_soon(_hear, ear)
    yield heard
    peer.close()


class Heard:
    def __init__(self, peer):
        self.peer = peer
        self.turns = []
        self.reason = None
        self.ended = trio.Event()

    async def end(self):
        with trio.fail_after(60):
            await self.ended.wait()
        return self.reason


async def _hear(ear):
    while True:
        await ear.wait()
        ear.read()


async def test_what_came_together_is_read_in_one_turn(ear):
    pairs = [socket.socketpair() for _ in range(3)]
    read = []
    with (
        ear.hears(pairs[0][0].fileno(), lambda: read.append(0)),
        ear.hears(pairs[1][0].fileno(), lambda: read.append(1)),
    ):
        pairs[0][1].send(b"x")
        pairs[1][1].send(b"x")
        await ear.wait()
        ear.read()
    for one, other in pairs:
        one.close()
        other.close()
    assert sorted(read) == [0, 1]


async def test_who_has_left_is_not_called(ear):
    one, other = socket.socketpair()
    read = []
    with one, other:
        other.send(b"x")
        with ear.hears(one.fileno(), lambda: read.append(one)):
            pass
        ear.read()
    assert read == []


def test_it_says_whether_anybody_had_something_to_read(ear):
    one, other = socket.socketpair()
    with one, other, ear.hears(one.fileno(), lambda: one.recv(1)):
        other.send(b"x")
        assert [ear.read(), ear.read()] == [True, False]


async def test_what_came_at_once_is_delivered_at_once(heard):
    heard.peer.send(FRAME + FRAME)
    heard.peer.close()
    assert await heard.end() == "closed by the peer"
    assert [[type(event) for event in turn] for turn in heard.turns] == [[Received, Received]]


async def test_a_frame_may_come_byte_by_byte(heard):
    for byte in FRAME:
        heard.peer.send(bytes([byte]))
        await trio.testing.wait_all_tasks_blocked()
    heard.peer.close()
    await heard.end()
    assert [len(turn) for turn in heard.turns] == [1]


async def test_frames_before_an_impossible_one_are_delivered(heard):
    heard.peer.send(FRAME + b"\xff\xff")
    assert (await heard.end()).startswith("impossible frame: a frame of 65535 bytes")
    assert [len(turn) for turn in heard.turns] == [1]


async def test_a_frame_that_is_not_whole_in_time_ends_it(heard, autojump_clock):
    heard.peer.send(FRAME + FRAME[:5])
    assert await heard.end() == "frame timed out: 5 bytes of an unfinished frame"
    assert autojump_clock.current_time() == pytest.approx(10, abs=0.1)


async def test_a_trickle_does_not_put_off_the_time_limit(heard, autojump_clock):
    for byte in FRAME[:4]:
        heard.peer.send(bytes([byte]))
        await trio.sleep(3)
    assert await heard.end() == "frame timed out: 4 bytes of an unfinished frame"


async def test_a_frame_that_became_whole_is_not_timed_out(heard, autojump_clock):
    heard.peer.send(FRAME[:5])
    await trio.sleep(9)
    heard.peer.send(FRAME[5:])
    await trio.sleep(60)
    assert heard.reason is None


async def test_what_follows_an_impossible_frame_is_not_delivered_before_the_connection_has_ended(ear, heard):
    heard.peer.send(b"\xff\xff")
    ear.read()
    heard.peer.send(FRAME)
    ear.read()  # another turn, before any task has run
    await heard.end()
    assert heard.turns == [[]]
