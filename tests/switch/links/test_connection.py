"""One connection of a link, against peers that do not do their part."""

import pytest
import trio
from trio.testing import memory_stream_pair

from saklar.codecs import framing, load_dialect
from saklar.switch.engine import Malformed, Received
from saklar.switch.links import FramedStream, LinkConnection
from saklar.switch.links.connection import WRITE_TIMEOUT_S

DIALECT = load_dialect("iso87-ascii")
ECHO = DIALECT.encode({"mti": "0800", 11: "000001", 70: "301"})


class Ends:
    """A link's connection that runs, what it delivered, why it ended, and the raw peer."""

    def __init__(self, nursery, ours, peer, max_outbox=10_000):
        self.peer = peer
        self.delivered = []
        self.connection = LinkConnection(1, "north", FramedStream(ours, framing("binary-2", 500)), DIALECT, max_outbox)
        self.ended = trio.Event()
        self.reason = None
        nursery.start_soon(self._run)

    async def _run(self):
        self.reason = await self.connection.run(self.delivered.append)
        self.ended.set()


@pytest.fixture
def ends(nursery):
    ours, peer = memory_stream_pair()
    return Ends(nursery, ours, peer)


@pytest.fixture
def stuck(nursery):
    """A connection whose peer takes nothing: what is sent waits for ever."""

    async def never():
        await trio.sleep_forever()

    ours, peer = memory_stream_pair()
    ours.send_stream.send_all_hook = never
    return Ends(nursery, ours, peer, max_outbox=1_000)


async def test_messages_and_what_is_none_are_delivered_in_order(ends):
    good, bad = framing("binary-2").encode(ECHO), framing("binary-2").encode(b"garbage")
    await ends.peer.send_all(good + bad + good)
    await trio.testing.wait_all_tasks_blocked()
    assert [type(event) for event in ends.delivered] == [Received, Malformed, Received]


async def test_frames_before_an_impossible_one_are_delivered(ends):
    await ends.peer.send_all(framing("binary-2").encode(ECHO) + b"\xff\xff")
    await ends.ended.wait()
    assert [type(event) for event in ends.delivered] == [Received]
    assert ends.reason.startswith("impossible frame: a frame of 65535 bytes")


async def test_what_is_queued_together_leaves_together(ends):
    for payload in (b"a", b"bb", b"ccc"):
        ends.connection.send(payload)
    assert await ends.peer.receive_some() == b"\x00\x01a\x00\x02bb\x00\x03ccc"
    await ends.connection.flushed()


async def test_a_peer_that_closes_ends_it(ends):
    await ends.peer.aclose()
    await ends.ended.wait()
    assert ends.reason == "closed by the peer"


async def test_the_first_reason_to_close_is_the_one_told(ends):
    ends.connection.close("one")
    ends.connection.close("two")
    await ends.ended.wait()
    assert ends.reason == "one"


async def test_a_message_that_the_framing_cannot_hold_ends_it(ends):
    ends.connection.send(b"x" * 501)
    await ends.ended.wait()
    assert ends.reason.startswith("a message that cannot be framed")


async def test_a_peer_that_takes_nothing_is_cut_off_after_a_time(stuck, autojump_clock):
    stuck.connection.send(b"x")
    await stuck.ended.wait()
    assert stuck.reason == "the peer does not read"
    assert trio.current_time() == pytest.approx(WRITE_TIMEOUT_S, abs=1)


async def test_a_peer_that_takes_nothing_is_cut_off_at_the_bound_of_its_outbox(stuck):
    for _ in range(11):
        stuck.connection.send(b"x" * 100)
    await stuck.ended.wait()
    assert stuck.reason.startswith("the peer does not read: 1100 bytes wait")


async def test_a_peer_that_is_gone_while_we_write_ends_it(nursery):
    ours, peer = memory_stream_pair()

    async def broken():
        raise trio.BrokenResourceError

    ours.send_stream.send_all_hook = broken
    ends = Ends(nursery, ours, peer)
    ends.connection.send(b"x")
    await ends.ended.wait()
    assert ends.reason == "connection broken"


# What has left, and what has not.


async def test_what_has_left_is_neither_unsent_nor_doubtful(ends):
    ends.connection.send(ECHO, "first", mark=3)
    await trio.testing.wait_all_tasks_blocked()
    assert (ends.connection.outbox.unsent, ends.connection.outbox.doubtful, ends.connection.outbox.oldest_mark) == (
        (),
        (),
        None,
    )


async def test_what_is_being_written_is_doubtful_and_what_waits_behind_it_unsent(stuck):
    stuck.connection.send(ECHO, "first", mark=3)
    stuck.connection.send(ECHO)
    await trio.testing.wait_all_tasks_blocked()
    stuck.connection.send(ECHO, "second", mark=4)
    stuck.connection.send(ECHO, "third", mark=5)
    assert stuck.connection.outbox.oldest_mark == 3
    stuck.connection.close("enough")
    await stuck.ended.wait()
    assert stuck.connection.outbox.doubtful == ("first",)
    assert stuck.connection.outbox.unsent == ("second", "third")


async def test_a_message_that_cannot_be_framed_has_not_left(ends):
    ends.connection.send(b"x" * 600, "too long", mark=1)
    await ends.ended.wait()
    assert (ends.connection.outbox.unsent, ends.connection.outbox.doubtful) == (("too long",), ())
