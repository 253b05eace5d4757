"""A tap on live traffic: it passes everything on, and hears the messages in it."""

import trio
import trio.testing

from saklar.codecs import framing, load_dialect
from saklar.network_sim.draft import Tap
from saklar.switch.links import Address

DIALECT = load_dialect("iso87-ascii")
ECHO = DIALECT.encode({"mti": "0800", "7": "1123101500", "11": "000042", "70": "301"})
FRAMING = framing("binary-2", 9999)


async def heard_of(data):
    tap = Tap(Address("127.0.0.1", 1), DIALECT, FRAMING)
    terminal, client = trio.testing.memory_stream_pair()
    onward, host = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tap.between, client, onward)
        await terminal.send_all(data)
        passed = await host.receive_some(len(data))
        await terminal.send_eof()
    return passed, tap.recording


async def test_a_message_is_passed_on_and_heard(autojump_clock):
    data = FRAMING.encode(ECHO)
    passed, recording = await heard_of(data)
    assert (bytes(passed), [one.message.mti for one in recording.heard]) == (data, ["0800"])


async def test_what_is_no_message_is_passed_on_and_named(autojump_clock):
    passed, recording = await heard_of(b"\x00\x00nonsense")
    assert bytes(passed) == b"\x00\x00nonsense"
    assert "a frame of length 0" in recording.troubles[0]
