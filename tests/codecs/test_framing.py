import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.codecs import FrameError, framing
from saklar.codecs.framing import make_framing

payloads = st.lists(st.binary(min_size=1, max_size=50), max_size=8)
names = st.sampled_from(["binary-2", "ascii-4"])


def test_binary_2_is_two_bytes_big_endian():
    assert framing("binary-2").encode(b"a" * 258) == b"\x01\x02" + b"a" * 258


def test_ascii_4_is_four_digits():
    assert framing("ascii-4").encode(b"a" * 258) == b"0258" + b"a" * 258


@given(names, payloads, st.lists(st.integers(1, 20), max_size=60))
def test_frames_come_out_whole_however_they_were_cut(name, frames, cuts):
    rule = framing(name)
    stream = b"".join(map(rule.encode, frames))
    decoder = rule.decoder()
    found = []
    for size in cuts:
        found += decoder.feed(stream[:size])
        stream = stream[size:]
    found += decoder.feed(stream)
    assert found == frames
    assert decoder.buffered == 0


@given(names, st.binary(max_size=300))
def test_any_bytes_are_frames_or_a_frame_error(name, stream):
    rule = framing(name, 100)
    decoder = rule.decoder()
    try:
        frames = decoder.feed(stream)
    except FrameError as error:
        frames = error.frames
    else:
        assert decoder.buffered <= 100 + rule.size
    assert all(0 < len(frame) <= 100 for frame in frames)


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("binary-2", b"\x00\x00"),
        ("binary-2", b"\x00\x65"),
        ("binary-2", b"\xff\xff"),
        ("ascii-4", b"0000"),
        ("ascii-4", b"0101"),
        ("ascii-4", b"9999"),
        ("ascii-4", b"12 4"),
        ("ascii-4", b"-100"),
        ("ascii-4", b"+100"),
        ("ascii-4", b"0x10"),
        ("ascii-4", "１".encode()[:4].ljust(4, b"0")),
    ],
)
def test_a_length_that_cannot_be_is_an_error_as_soon_as_it_is_read(name, prefix):
    with pytest.raises(FrameError):
        framing(name, 100).decoder().feed(prefix)


def test_frames_before_an_impossible_length_are_not_lost():
    rule = framing("binary-2", 100)
    with pytest.raises(FrameError) as caught:
        rule.decoder().feed(rule.encode(b"one") + rule.encode(b"two") + b"\xff\xffrest")
    assert caught.value.frames == [b"one", b"two"]


@pytest.mark.parametrize("size", [0, 101])
def test_what_is_empty_or_too_long_is_not_framed(size):
    with pytest.raises(FrameError, match="1 to 100 bytes"):
        framing("binary-2", 100).encode(b"a" * size)


def test_the_maximum_is_never_above_what_the_length_can_state():
    assert framing("ascii-4", 50_000).max_length == 9_999


def test_an_unknown_framing_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="binary-2, ascii-4"):
        framing("binary-3")


@pytest.mark.parametrize(
    ("facts", "payload", "frame"),
    [
        ({"size": 2, "encoding": "binary"}, b"abc", b"\x00\x03abc"),
        ({"size": 2, "encoding": "binary", "plus": 2}, b"abc", b"\x00\x05abc"),
        ({"size": 2, "encoding": "binary", "plus": -2}, b"abc", b"\x00\x01abc"),
        ({"size": 2, "encoding": "binary", "halves": True}, b"abc", b"\x00\x06abc"),
        ({"size": 2, "encoding": "bcd"}, b"a" * 12, b"\x00\x12" + b"a" * 12),
        ({"size": 4, "encoding": "hex"}, b"a" * 12, b"000C" + b"a" * 12),
        ({"size": 4, "encoding": "ebcdic"}, b"a" * 12, b"\xf0\xf0\xf1\xf2" + b"a" * 12),
    ],
)
def test_a_length_is_written_as_it_is_described(facts, payload, frame):
    made = make_framing(**facts)
    assert made.encode(payload) == frame
    assert made.unwrap(frame) == payload
    assert made.decoder().feed(frame + frame) == [payload, payload]


@pytest.mark.parametrize("frame", [b"\x00", b"\x00\x03ab", b"\x00\x03abcd", b"\x00\x00"])
def test_what_is_not_one_whole_frame_is_refused(frame):
    with pytest.raises(FrameError):
        make_framing(2, "binary").unwrap(frame)


@pytest.mark.parametrize(
    ("encoding", "prefix"), [("bcd", b"\x0a\x12"), ("hex", b"xy"), ("ebcdic", b"12"), ("ascii", b"1x")]
)
def test_a_length_that_is_none_is_refused(encoding, prefix):
    with pytest.raises(FrameError, match="is no length as"):
        make_framing(2, encoding).unwrap(prefix + b"abc")
