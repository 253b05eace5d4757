"""Faults made on purpose: how they are written, when they strike, and what a client sees of them."""

import re
from functools import partial
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from trio.testing import memory_stream_pair

from saklar.hsm_sim import serve_hsm
from saklar.hsm_sim.counters import Counters
from saklar.hsm_sim.server.connection import serve_connection
from saklar.hsm_sim.server.fault_rules import FaultError, FaultRule
from saklar.hsm_sim.server.faults import Faults

from .wire import ask, frame, read_frame

# How they are written.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CC error 20 every 3", {"code": "CC", "effect": "error", "error": "20", "every": 3}),
        ("latency 50 jitter 10", {"effect": "latency", "latency_ms": 50, "jitter_ms": 10}),
        ("EC latency 0.5", {"code": "EC", "effect": "latency", "latency_ms": 0.5}),
        ("EC close at 5", {"code": "EC", "effect": "close", "at": 5}),
        ("refuse", {"effect": "refuse"}),
        ("refuse every 2", {"effect": "refuse", "every": 2}),
        ("* error 41 chance 0.01", {"effect": "error", "error": "41", "chance": 0.01}),
        ("  error   A1 ", {"effect": "error", "error": "A1"}),
    ],
)
def test_a_fault_is_read(text, expected):
    assert FaultRule.parse(text) == FaultRule(text, **expected)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", '"" ends where *, a command that there is, error, close, latency or refuse is expected'),
        ("CQ error 20", '"CQ" stands where *, a command that there is, error, close, latency or refuse is expected'),
        ("CC eror 20", '"eror" stands where error, close or latency is expected'),
        ("CC refuse", '"refuse" stands where error, close or latency is expected'),
        ("CC", '"CC" ends where error, close or latency is expected'),
        ("CC error", '"CC error" ends where an error code other than 00 is expected'),
        ("CC error 00", '"00" stands where an error code other than 00 is expected'),
        ("CC error 2", '"2" stands where an error code other than 00 is expected'),
        ("latency fast", '"fast" stands where milliseconds up to 3600000 is expected'),
        ("latency -1", '"-1" stands where milliseconds up to 3600000 is expected'),
        ("latency 3600001", '"3600001" stands where milliseconds up to 3600000 is expected'),
        ("latency 5 jitter nan", '"nan" stands where milliseconds up to 3600000 is expected'),
        ("close sometimes", '"sometimes" stands where nothing more, or at, every or chance is expected'),
        ("close every 0", '"0" stands where a whole number from 1 is expected'),
        ("close at 1.5", '"1.5" stands where a whole number from 1 is expected'),
        ("close chance 2", '"2" stands where a number from 0 to 1 is expected'),
        ("close at 3 every 2", '"every" stands where the fault should end'),
    ],
)
def test_what_is_no_fault_is_told_word_by_word(text, reason):
    with pytest.raises(FaultError) as caught:
        FaultRule.parse(text)
    assert str(caught.value) == (reason if reason.startswith(f'"{text}" ends') else f'"{text}": {reason}')


def test_the_faults_in_the_documentation_are_read():
    page = (Path(__file__).parents[2] / "docs" / "hsm.md").read_text()
    shown = re.findall('--fault "(.*?)"', page)
    assert len(shown) >= 7
    for text in shown:
        FaultRule.parse(text)


WORDS = ["CC", "*", "error", "close", "latency", "refuse", "jitter", "at", "every", "chance", "20", "0.5", "-1", "é"]


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=8).map(" ".join))
def test_any_text_is_a_fault_or_told(text):
    try:
        rule = FaultRule.parse(text)
    except FaultError:
        return
    assert rule.every >= 1
    assert 0 <= rule.chance <= 1


# When they strike.


def faults(*texts, seed=0):
    return Faults(map(FaultRule.parse, texts), seed)


def struck(these, codes):
    """The numbers, from 1, of the commands that are struck."""
    return [number for number, code in enumerate(codes, 1) if these.of_command(code) is not None]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("close", [1, 2, 3, 4, 5, 6]),
        ("close at 4", [4]),
        ("close every 3", [3, 6]),
        ("CC close", [1, 3, 5]),
        ("CC close at 2", [3]),
        ("CC close every 3", [5]),
        ("close chance 0", []),
        ("close chance 1", [1, 2, 3, 4, 5, 6]),
        ("refuse", []),
    ],
)
def test_a_fault_strikes_the_commands_that_it_names(text, numbers):
    assert struck(faults(text), ["CC", "EC"] * 3) == numbers


def test_chance_is_about_what_was_asked_for():
    assert 900 < len(struck(faults("close chance 0.1"), ["CC"] * 10_000)) < 1100


def test_one_seed_makes_the_same_faults_again_and_another_does_not():
    texts = "close chance 0.5", "latency 50 jitter 50"
    first, again, other = (
        [faults_.of_command("CC") for _ in range(100)]
        for faults_ in (faults(*texts, seed=1), faults(*texts, seed=1), faults(*texts, seed=2))
    )
    assert first == again
    assert first != other


def test_delays_add_up_and_the_first_ending_counts():
    fault = faults("latency 50", "latency 25", "error 20", "close").of_command("CC")
    assert (fault.delay_s, fault.error, fault.close) == (pytest.approx(0.075), "20", False)
    assert fault.text == "latency 50, latency 25, error 20, close"


def test_jitter_keeps_within_its_bounds_and_makes_nothing_early():
    delays = [these.of_command("CC").delay_s for these in [faults("latency 5 jitter 10")] for _ in range(1000)]
    assert min(delays) == 0
    assert 0.014 < max(delays) <= 0.015


def test_a_refusal_is_of_connections():
    these = faults("refuse every 2", "close")
    assert [these.of_connection() for _ in range(4)] == [None, "refuse every 2"] * 2


# What a client sees.


@pytest.fixture
def connect(hsm, nursery):
    """Opens a connection to an HSM with these faults."""

    def connect(these, **settings):
        ours, theirs = memory_stream_pair()
        nursery.start_soon(partial(serve_connection, hsm, theirs, 4, faults=these, **settings))
        return ours

    return connect


async def test_an_error_is_the_answer_and_the_trailer_comes_back(connect):
    stream = connect(faults("B2 error 20 at 2"))
    assert await ask(stream, b"B20002AB\x19trail") == b"B300AB\x19trail"
    assert await ask(stream, b"B20003A\x19B\x19trail") == b"B320\x19trail"
    assert await ask(stream, b"B2?\x19trail") == b"B315\x19trail"


async def test_an_error_on_a_request_that_cannot_be_read_sends_back_what_may_be_the_trailer(connect):
    assert await ask(connect(faults("error 41")), b"B2?\x19trail") == b"B341\x19trail"


async def test_a_connection_is_closed_after_the_responses_before_and_the_rest_is_not_done(connect):
    counters = Counters()
    with capture_logs() as lines:
        stream = connect(faults("close at 3"), counters=counters)
        await stream.send_all(b"".join(frame(b"%04dB20001x" % number) for number in range(5)))
        assert [await read_frame(stream) for _ in range(3)] == [b"0000B300x", b"0001B300x", None]
    assert (counters.commands.total(), counters.faults) == (2, 1)
    assert [line["reason"] for line in lines] == ["the fault close at 3"]


async def test_a_response_is_late_by_the_latency(connect, autojump_clock):
    stream = connect(faults("latency 50"))
    assert await ask(stream) == b"B300OK"
    assert trio.current_time() == pytest.approx(0.05)


async def test_pipelined_commands_are_each_late_by_the_latency_and_no_more(connect, autojump_clock):
    stream = connect(faults("latency 50"))
    for number in range(5):
        await stream.send_all(frame(b"%04dB20001x" % number))
        await trio.sleep(0.01)
    for number in range(5):
        assert await read_frame(stream) == b"%04dB300x" % number
        assert trio.current_time() == pytest.approx(0.05 + number * 0.01)


async def test_jitter_keeps_the_order(connect, autojump_clock):
    stream = connect(faults("latency 50 jitter 50"))
    await stream.send_all(b"".join(frame(b"%04dB20001x" % number) for number in range(100)))
    assert [await read_frame(stream) for _ in range(100)] == [b"%04dB300x" % number for number in range(100)]
    assert trio.current_time() <= 0.1


async def test_a_late_response_delays_no_other_connection(connect, autojump_clock):
    these = faults("CC latency 1000")
    late, other = connect(these), connect(these)
    await late.send_all(frame(b"0001CC"))
    assert await ask(other) == b"B300OK"
    assert trio.current_time() == 0
    assert await read_frame(late) == b"0001CD15"
    assert trio.current_time() == pytest.approx(1)


async def test_late_responses_leave_before_a_close(connect, autojump_clock):
    stream = connect(faults("latency 1000", "close at 2"))
    await stream.send_all(frame(b"0001B20001x") + frame(b"0002B20001x"))
    assert await read_frame(stream) == b"0001B300x"
    assert await read_frame(stream) is None


async def test_late_responses_come_to_a_client_that_has_finished_sending(connect, autojump_clock):
    stream = connect(faults("latency 1000"))
    await stream.send_all(frame(b"0001B20001x"))
    await stream.send_eof()
    assert await read_frame(stream) == b"0001B300x"
    assert await read_frame(stream) is None


async def test_late_responses_that_are_not_taken_are_bounded(hsm, nursery, monkeypatch, autojump_clock):
    monkeypatch.setattr("saklar.hsm_sim.server.outlet.MAX_LATE", 10)
    ours, theirs = memory_stream_pair()
    counters = Counters()
    nursery.start_soon(partial(serve_connection, hsm, theirs, 4, counters=counters, faults=faults("latency 10000")))
    for _ in range(100):
        await ours.send_all(frame(b"0001B20001x"))
        await trio.sleep(0.01)
    assert counters.commands.total() < 20
    assert trio.current_time() < 10


async def test_a_refused_connection_is_closed_at_once_and_the_next_is_not(hsm, nursery):
    counters = Counters()
    these = faults("refuse at 1")
    address = await nursery.start(partial(serve_hsm, hsm, "127.0.0.1", 0, faults=these, counters=counters))
    async with await trio.open_tcp_stream(*address) as refused:
        assert await refused.receive_some() == b""
    async with await trio.open_tcp_stream(*address) as stream:
        assert await ask(stream) == b"B300OK"
    assert (counters.refused, counters.connections) == (1, 1)


async def test_a_fault_is_in_the_trace(connect):
    with capture_logs() as lines:
        stream = connect(faults("B2 error 20"), trace=True)
        await ask(stream)
    assert [line.get("fault") for line in lines] == [None, "B2 error 20"]
    assert lines[1]["error"] == "20"
