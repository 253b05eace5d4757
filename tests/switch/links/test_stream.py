import pytest
import trio
from trio.testing import memory_stream_pair

from saklar.codecs import FrameError, framing
from saklar.switch.links import FramedStream, FrameTimeout


@pytest.fixture
def ends():
    """A framed end, and the raw other end of its connection."""
    ours, theirs = memory_stream_pair()
    return FramedStream(ours, framing("binary-2", 100), frame_timeout_s=10), theirs


async def test_every_frame_of_one_read_is_returned(ends):
    framed, peer = ends
    await peer.send_all(b"\x00\x01a\x00\x02bb\x00\x03c")
    assert await framed.receive() == [b"a", b"bb"]


async def test_a_frame_may_come_byte_by_byte(ends, autojump_clock):
    framed, peer = ends
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_trickle, peer, b"\x00\x03abc", 1.0)
        assert await framed.receive() == [b"abc"]


async def test_the_end_of_the_stream_is_an_empty_list(ends):
    framed, peer = ends
    await peer.send_all(b"\x00\x03ab")
    await peer.aclose()
    assert await framed.receive() == []


async def test_half_a_frame_and_then_nothing_times_out(ends, autojump_clock):
    framed, peer = ends
    await peer.send_all(b"\x00\x03ab")
    with pytest.raises(FrameTimeout):
        await framed.receive()
    assert trio.current_time() == pytest.approx(10, abs=0.1)


async def test_a_trickle_does_not_put_off_the_time_limit(ends, autojump_clock):
    framed, peer = ends
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_trickle, peer, b"\x00\x50" + b"a" * 80, 3.0)
        with pytest.raises(FrameTimeout):
            await framed.receive()
        nursery.cancel_scope.cancel()


async def test_silence_between_frames_is_never_timed_out(ends, autojump_clock):
    framed, peer = ends
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_later, peer, b"\x00\x01a", 100_000)
        assert await framed.receive() == [b"a"]


async def test_an_oversize_length_is_an_error_that_keeps_the_frames_before_it(ends):
    framed, peer = ends
    await peer.send_all(b"\x00\x01a\xff\xff")
    with pytest.raises(FrameError) as caught:
        await framed.receive()
    assert caught.value.frames == [b"a"]


async def test_all_payloads_leave_in_one_call(ends):
    framed, peer = ends
    await framed.send(b"a", b"bb")
    assert await peer.receive_some() == b"\x00\x01a\x00\x02bb"


async def _trickle(peer, data, pause):
    for byte in data:
        await peer.send_all(bytes([byte]))
        await trio.sleep(pause)


async def _later(peer, data, wait):
    await trio.sleep(wait)
    await peer.send_all(data)
