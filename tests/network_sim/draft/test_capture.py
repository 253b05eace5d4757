"""Messages out of packet captures."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from saklar.cli.app import app
from saklar.codecs import load_dialect
from saklar.network_sim.draft.capture import CaptureError, streams

DIALECT = load_dialect("iso87-ascii")
REQUEST = DIALECT.encode({"mti": "0800", "7": "1123101500", "11": "000042", "70": "301"})
ANSWER = DIALECT.encode({"mti": "0810", "7": "1123101500", "11": "000042", "39": "00", "70": "301"})


def framed(payload):
    return struct.pack(">H", len(payload)) + payload


def tcp(source, destination, sequence, data=b"", flags=0x18):
    segment = struct.pack(">HHIIBBHHH", source, destination, sequence % (1 << 32), 0, 0x50, flags, 0, 0, 0) + data
    address = bytes([127, 0, 0, 1])
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0, address, address) + segment


def tcp6(source, destination, sequence, data):
    segment = struct.pack(">HHIIBBHHH", source, destination, sequence, 0, 0x50, 0x18, 0, 0, 0) + data
    return struct.pack(">IHBB16s16s", 0x60000000, len(segment), 6, 64, bytes(15) + b"\1", bytes(15) + b"\1") + segment


def pcap(*packets, link=101, order="<", magic=0xA1B2C3D4):
    head = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    return head + b"".join(struct.pack(f"{order}IIII", 0, 0, len(p), len(p)) + p for p in packets)


def pcapng(*packets, link=101):
    def block(kind, body):
        size = 12 + len(body)
        return struct.pack("<II", kind, size) + body + struct.pack("<I", size)

    found = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", link, 0, 0))
    for packet in packets:
        padded = packet + bytes(-len(packet) % 4)
        found += block(6, struct.pack("<IIIII", 0, 0, 0, len(packet), len(packet)) + padded)
    return found


def data_of(content):
    return {(stream.source, stream.destination): bytes(stream.data) for stream in streams(content)}


CLIENT, SERVER = "127.0.0.1:40000", "127.0.0.1:8583"


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_both_directions_are_told_apart(make):
    content = make(tcp(40000, 8583, 1, b"abc"), tcp(8583, 40000, 1, b"xyz"), tcp(40000, 8583, 4, b"def"))
    assert data_of(content) == {(CLIENT, SERVER): b"abcdef", (SERVER, CLIENT): b"xyz"}


def test_segments_out_of_order_and_twice_are_put_right():
    parts = [(105, b"efg"), (100, b""), (101, b"abcd"), (101, b"abc"), (103, b"cdef")]
    packets = [tcp(40000, 8583, sequence, data, flags=2 if not data else 0x18) for sequence, data in parts]
    assert data_of(pcap(*packets)) == {(CLIENT, SERVER): b"abcdefg"}


def test_sequence_numbers_may_wrap():
    start = (1 << 32) - 2
    content = pcap(tcp(40000, 8583, start, b"abcd"), tcp(40000, 8583, 2, b"ef"))
    assert data_of(content) == {(CLIENT, SERVER): b"abcdef"}


def test_what_comes_after_a_gap_is_counted():
    (stream,) = streams(pcap(tcp(40000, 8583, 1, b"abc"), tcp(40000, 8583, 10, b"xyz")))
    assert (bytes(stream.data), stream.missing) == (b"abc", 3)


@pytest.mark.parametrize(
    ("link", "before"),
    [
        (1, bytes(12) + b"\x08\x00"),
        (1, bytes(12) + b"\x81\x00\x00\x01\x08\x00"),
        (0, b"\2\0\0\0"),
        (113, bytes(16)),
        (276, bytes(20)),
    ],
)
def test_each_kind_of_link(link, before):
    assert data_of(pcap(before + tcp(40000, 8583, 1, b"abc"), link=link)) == {(CLIENT, SERVER): b"abc"}


def test_ipv6():
    (stream,) = streams(pcap(tcp6(1, 2, 1, b"abc")))
    assert bytes(stream.data) == b"abc"


def test_the_other_byte_order():
    assert data_of(pcap(tcp(40000, 8583, 1, b"abc"), order=">")) == {(CLIENT, SERVER): b"abc"}


@pytest.mark.parametrize(
    "content", [b"", b"no capture", pcap(tcp(1, 2, 3, b"abc"))[:-1], pcapng(tcp(1, 2, 3))[:-5], pcap()[:20]]
)
def test_what_is_no_whole_capture_is_refused(content):
    with pytest.raises(CaptureError):
        streams(content)


@given(tail=st.binary(max_size=80), ng=st.booleans())
def test_any_bytes_in_a_capture_are_streams_or_a_capture_error(tail, ng):
    for content in ((pcapng if ng else pcap)(tail), (pcapng if ng else pcap)() + tail):
        assert streams_or_none(content) is None or isinstance(streams_or_none(content), list)


def streams_or_none(content):
    try:
        return streams(content)
    except CaptureError:
        return None


def decode(path, *options):
    return CliRunner().invoke(app, ["decode", str(path), *options])


@pytest.fixture
def capture(tmp_path):
    """A request and its answer, cut in the middle of a frame."""
    request, answer = framed(REQUEST), framed(ANSWER)
    path = tmp_path / "both.pcap"
    path.write_bytes(
        pcap(tcp(40000, 8583, 1, request[:9]), tcp(40000, 8583, 10, request[9:]), tcp(8583, 40000, 1, answer))
    )
    return path


@pytest.mark.parametrize("options", [[], ["-d", "iso87-ascii"], ["-d", "iso87-ascii", "--framing", "binary-2"]])
def test_every_message_of_a_capture_is_decoded(capture, options):
    run = decode(capture, "--json", *options)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [(line["from"], line["mti"]) for line in lines] == [(CLIENT, "0800"), (SERVER, "0810")]
    assert run.exit_code == 0


def test_people_see_who_speaks_to_whom(capture):
    run = decode(capture)
    assert f"{CLIENT} → {SERVER}" in run.stdout
    assert "echo test" in run.stdout


def test_a_capture_without_messages_says_so(tmp_path):
    path = tmp_path / "none.pcap"
    path.write_bytes(pcap(tcp(40000, 8583, 1, b"\x00\x03abc")))
    run = decode(path)
    assert run.exit_code == 1
    assert "no message that could be read" in run.stderr


def test_a_capture_cut_short_says_where(tmp_path):
    path = tmp_path / "short.pcap"
    path.write_bytes(pcap(tcp(1, 2, 3, b"abc"))[:-1])
    run = decode(path)
    assert run.exit_code == 2
    assert "the capture ends in the middle of the packet at byte 40" in run.stderr
