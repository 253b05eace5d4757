"""Messages in a packet capture: pcap and pcapng files, TCP over IPv4 and IPv6, put back in order.

After the file formats' public descriptions (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng), RFC 791, 8200 and 9293.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
}
"""Byte order, and fractions of a second in a time stamp."""

IF_TSRESOL = 9
"""The option of an interface's block that says how fine its time stamps are."""

PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"

ETHERNET, RAW_IP, LOOPBACK, LINUX_SLL, LINUX_SLL2 = 1, 101, 0, 113, 276
_LINK_HEADERS = {ETHERNET: 14, RAW_IP: 0, 12: 0, 228: 0, 229: 0, LOOPBACK: 4, 108: 4, LINUX_SLL: 16, LINUX_SLL2: 20}
"""Bytes before the IP header, by type of link."""

_VLAN_TAGS = (b"\x81\x00", b"\x88\xa8")
_TCP = 6


class CaptureError(ValueError):
    """The file is no capture, or ends in the middle of a packet; `str()` says where."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The data of one TCP segment, with where it goes."""

    source: str
    destination: str
    sequence: int
    starts: bool
    data: bytes
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet of the file: the type of its link, its bytes, and when it was seen, in seconds since 1970."""

    link: int
    data: bytes
    at_s: float


@dataclass(slots=True)
class Stream:
    """One direction of a connection, its bytes in order; a gap ends what can be read of it."""

    source: str
    destination: str
    data: bytearray = field(default_factory=bytearray)
    missing: int = 0
    """Bytes that the capture has after a gap."""
    starts: bool = False
    """Whether the capture has its first packet, a SYN."""
    arrivals: list[tuple[int, float]] = field(default_factory=list)
    """Up to which byte the stream had come, and when, in seconds since 1970."""

    @property
    def gap(self) -> str:
        """What is missing, in words; "" where nothing is."""
        return f"{self.missing} bytes after a gap in the capture at byte {len(self.data)}" if self.missing else ""

    def came_at(self, byte: int) -> float:
        """When the stream had come up to a byte, the first being number 0."""
        at = bisect_right(self.arrivals, byte, key=lambda arrival: arrival[0])
        return self.arrivals[at][1] if at < len(self.arrivals) else 0.0


def is_capture(content: bytes) -> bool:
    """Whether a file begins as captures do."""
    return content[:4] in PCAP_MAGICS or content[:4] == PCAPNG_MAGIC


def streams(content: bytes) -> list[Stream]:
    """Each direction of each TCP connection, in the order of their first packets.

    Raises:
        CaptureError: the file is no capture, or is cut short.
    """
    found: list[list[Segment]] = []
    latest: dict[tuple[str, str], list[Segment]] = {}
    for packet in _packets(content):
        segment = _segment(packet)
        if segment is None:
            continue
        way = (segment.source, segment.destination)
        if way not in latest or _starts_anew(segment, latest[way]):
            latest[way] = []
            found.append(latest[way])
        latest[way].append(segment)
    return [_in_order(parts) for parts in found]


def _starts_anew(segment: Segment, before: list[Segment]) -> bool:
    """Whether a SYN begins another connection between the same ports; a SYN that is sent again has its old number."""
    first = next((one for one in before if one.starts), None)
    return segment.starts and first is not None and first.sequence != segment.sequence


def _packets(content: bytes) -> Iterator[Packet]:
    magic = content[:4]
    if magic in PCAP_MAGICS:
        yield from _pcap(content, *PCAP_MAGICS[magic])
    elif magic == PCAPNG_MAGIC:
        yield from _pcapng(content)
    else:
        raise CaptureError(f"begins with {magic.hex()}, which is neither pcap nor pcapng")


def _pcap(content: bytes, order: str, fractions: int) -> Iterator[Packet]:
    (link,) = _fields(f"{order}20xI", content, 0)
    position = 24
    while position < len(content):
        seconds, fraction, size = _fields(f"{order}III4x", content, position)
        position += 16
        if position + size > len(content):
            raise CaptureError(f"ends in the middle of the packet at byte {position}")
        yield Packet(link & 0xFFFF, content[position : position + size], seconds + fraction / fractions)
        position += size


def _pcapng(content: bytes) -> Iterator[Packet]:
    position, order, links = 0, "<", []  # type: int, str, list[tuple[int, int]]
    while position < len(content):
        if content[position : position + 4] == PCAPNG_MAGIC:
            order, links = ("<" if content[position + 8 : position + 12] == b"\x4d\x3c\x2b\x1a" else ">"), []
        kind, size = _fields(f"{order}II", content, position)
        if size < 12 or position + size > len(content):
            raise CaptureError(f"ends in the middle of the block at byte {position}")
        body = content[position + 8 : position + size - 4]
        if kind == 1:
            links.append((_fields(f"{order}H", body, 0)[0], _resolution(body[8:], order)))
        elif kind == 6:
            interface, high, low, length = _fields(f"{order}IIII", body, 0)
            if interface < len(links):
                link, fractions = links[interface]
                yield Packet(link, body[20 : 20 + length], ((high << 32) + low) / fractions)
        elif kind == 3 and links:
            yield Packet(links[0][0], body[4 : 4 + _fields(f"{order}I", body, 0)[0]], 0.0)
        position += size


def _resolution(options: bytes, order: str) -> int:
    """Fractions of a second in the time stamps of an interface: its option if_tsresol, or millionths."""
    at = 0
    while at + 4 <= len(options):
        code, size = _fields(f"{order}HH", options, at)
        if code == IF_TSRESOL and size and at + 4 < len(options):
            power = options[at + 4]
            return int(2 ** (power & 0x7F)) if power & 0x80 else int(10**power)
        at += 4 + size + -size % 4
    return 1_000_000


def _fields(layout: str, content: bytes, start: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, content, start)
    except struct.error:
        raise CaptureError(f"ends in the middle of a header at byte {start}") from None


def _segment(whole: Packet) -> Segment | None:
    """The TCP segment in a packet; None where there is none, or only a part."""
    link, packet = whole.link, whole.data
    if link not in _LINK_HEADERS:
        return None
    start = _LINK_HEADERS[link]
    if link == ETHERNET:
        while packet[start - 2 : start] in _VLAN_TAGS:
            start += 4
    found = _ip_payload(packet[start:])
    if found is None:
        return None
    source, destination, tcp = found
    header = 4 * (tcp[12] >> 4) if len(tcp) > 12 else 0
    if header < 20 or len(tcp) < header:
        return None
    from_port, to_port, sequence = struct.unpack_from(">HHI", tcp)
    starts = bool(tcp[13] & 2)
    return Segment(f"{source}:{from_port}", f"{destination}:{to_port}", sequence, starts, tcp[header:], whole.at_s)


def _ip_payload(packet: bytes) -> tuple[str, str, bytes] | None:
    """Addresses and TCP segment of an IP packet that is not a fragment."""
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 20:
        size, total = 4 * (packet[0] & 15), int.from_bytes(packet[2:4], "big")
        fragment = int.from_bytes(packet[6:8], "big") & 0x3FFF
        if packet[9] != _TCP or fragment:
            return None
        # A length of 0 is what captures show where the network card cuts the packets.
        source, destination = (".".join(map(str, packet[at : at + 4])) for at in (12, 16))
        return source, destination, packet[size : total or None]
    if version == 6 and len(packet) >= 40 and packet[6] == _TCP:
        length = int.from_bytes(packet[4:6], "big")
        source, destination = (f"[{packet[at : at + 16].hex(':', 2)}]" for at in (8, 24))
        return source, destination, packet[40 : 40 + length]
    return None


def _in_order(segments: list[Segment]) -> Stream:
    """The segments' bytes by their sequence numbers: repeats dropped, and what is behind a gap counted."""
    first = next((segment for segment in segments if segment.starts), None)
    base = first.sequence + 1 if first else segments[0].sequence
    stream = Stream(segments[0].source, segments[0].destination, starts=first is not None)
    latest = 0.0
    for segment in sorted(segments, key=lambda one: _distance(base, one.sequence + one.starts)):
        begin = _distance(base, segment.sequence + segment.starts) - len(stream.data)
        if begin > 0:
            stream.missing += len(segment.data)
        elif -begin < len(segment.data):
            stream.data += segment.data[-begin:]
            latest = max(latest, segment.at_s)
            stream.arrivals.append((len(stream.data), latest))
    return stream


def _distance(base: int, sequence: int) -> int:
    """How far after the base a sequence number is; they wrap at 2**32 (RFC 9293 §3.4)."""
    ahead = (sequence - base) % (1 << 32)
    return ahead if ahead < 1 << 31 else ahead - (1 << 32)
