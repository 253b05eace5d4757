"""What decides where a command goes, without I/O: single cases, and any sequence of events."""

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from saklar.codecs import FrameError
from saklar.hsm_sim.client.dispatcher import Dispatcher
from saklar.hsm_sim.client.exchange import MAX_OUT, Exchange

TIMEOUT_S = 3.0


class Wire:
    """A connection's other end: what was sent to it, and whether it was closed."""

    def __init__(self, hsm, header_length=4):
        self.sent = []
        self.reasons = []
        self.exchange = Exchange(hsm, header_length, self.sent.append, self.reasons.append)


def joined(dispatcher, *hsms, **settings):
    wires = [Wire(hsm, **settings) for hsm in hsms]
    for wire in wires:
        dispatcher.join(wire.exchange)
    return wires


def response_to(frame):
    return frame[:4] + b"B300" + frame[4:]


@pytest.mark.parametrize(("hsm_count", "share_s"), [(1, 3.0), (2, 1.5), (3, 1.0), (16, 1.0)])
def test_each_hsm_has_an_equal_share_of_the_time(hsm_count, share_s):
    assert Dispatcher(hsm_count, 3.0).share_s == share_s


def ask_and_answer(dispatcher, wire, now):
    """Something else is answered on this connection."""
    dispatcher.ask(wire.exchange, b"NC", lambda _: None, now)
    dispatcher.received(wire.exchange, response_to(wire.sent.pop()), now)


def submit_to(dispatcher, *wires):
    """Submit a command; the connection that it is sent on first, then the others."""
    dispatcher.submit(b"x", lambda _: None, 0.0)
    return sorted(wires, key=lambda wire: not wire.sent)


def test_a_connection_that_answers_but_for_one_command_is_ended():
    dispatcher = Dispatcher(1, TIMEOUT_S)
    (wire,) = joined(dispatcher, "one")
    dispatcher.submit(b"x", lambda _: None, 0.0)
    for now in (1.0, 2.0):
        ask_and_answer(dispatcher, wire, now)
    dispatcher.tick(3.0)
    assert wire.reasons == ["a response has been missing for 3 s"]


def test_a_slow_hsm_is_not_asked_again_on_another_connection():
    dispatcher = Dispatcher(2, TIMEOUT_S)
    slow, other = submit_to(dispatcher, *joined(dispatcher, "one", "one"))
    ask_and_answer(dispatcher, slow, 1.0)
    dispatcher.tick(1.6)
    assert other.sent == []


def test_a_command_that_went_elsewhere_stays_there_when_its_first_connection_is_lost():
    dispatcher = Dispatcher(2, TIMEOUT_S)
    slow, other = submit_to(dispatcher, *joined(dispatcher, "one", "two"))
    ask_and_answer(dispatcher, slow, 1.0)
    dispatcher.tick(1.6)
    dispatcher.leave(slow.exchange, 1.7)
    assert len(other.sent) == 1


def test_an_hsm_that_comes_up_in_time_gets_what_is_slow_elsewhere():
    dispatcher = Dispatcher(2, TIMEOUT_S)
    (slow,) = submit_to(dispatcher, *joined(dispatcher, "one"))
    ask_and_answer(dispatcher, slow, 1.0)
    dispatcher.tick(1.6)
    (other,) = joined(dispatcher, "two")
    dispatcher.tick(1.7)
    assert len(other.sent) == 1


def test_a_connection_on_which_too_many_responses_are_missing_is_ended():
    dispatcher = Dispatcher(1, TIMEOUT_S)
    (wire,) = joined(dispatcher, "one")
    for _ in range(MAX_OUT + 1):
        dispatcher.ask(wire.exchange, b"NC", lambda _: None, 0.0)
    dispatcher.tick(0.1)
    assert wire.reasons == [f"{MAX_OUT + 1} responses are missing"]


@pytest.mark.parametrize("header_length", [0, 1, 3])
def test_with_a_short_header_responses_are_taken_in_order(header_length):
    dispatcher = Dispatcher(1, TIMEOUT_S)
    (wire,) = joined(dispatcher, "one", header_length=header_length)
    told = []
    for n in range(3):
        dispatcher.submit(b"x", lambda response, n=n: told.append((n, response)), 0.0)
    for n in range(3):
        dispatcher.received(wire.exchange, b"0" * header_length + b"%d" % n, 0.1)
    assert told == [(0, b"0"), (1, b"1"), (2, b"2")]


@pytest.mark.parametrize("header", [b"", b"F", b"FFFF", b"0x00", b"00000"])
def test_a_frame_whose_header_is_no_commands_is_counted(header):
    dispatcher = Dispatcher(1, TIMEOUT_S)
    (wire,) = joined(dispatcher, "one")
    dispatcher.submit(b"x", lambda _: None, 0.0)
    dispatcher.received(wire.exchange, response_to(wire.sent[0]), 0.1)
    assert not dispatcher.received(wire.exchange, header, 0.1)
    assert dispatcher.counters.unexpected == 1


def test_a_command_that_cannot_be_framed_is_not_pending():
    def refuse(_):
        raise FrameError("too long")

    dispatcher = Dispatcher(1, TIMEOUT_S)
    dispatcher.join(Exchange("one", 4, refuse, lambda _: None))
    with pytest.raises(FrameError):
        dispatcher.submit(b"x", pytest.fail, 0.0)
    dispatcher.tick(10.0)
    assert dispatcher.counters.sent == 0


def test_done_may_submit_the_next_command():
    dispatcher = Dispatcher(1, TIMEOUT_S)
    (wire,) = joined(dispatcher, "one")
    told = []

    def done(response):
        told.append(response)
        if len(told) < 3:
            dispatcher.submit(b"x", done, 0.0)

    dispatcher.submit(b"x", done, 0.0)
    dispatcher.leave(wire.exchange, 0.1)
    assert told == [None, None, None]


def test_a_command_leaves_no_trace_of_itself_in_a_repr():
    dispatcher = Dispatcher(1, TIMEOUT_S)
    (wire,) = joined(dispatcher, "one")
    dispatcher.submit(b"CC0123456789ABCDEF", lambda _: None, 0.0)
    (command,) = wire.exchange.abandon()
    assert "0123456789ABCDEF" not in repr(command)


class AnyEvents(RuleBasedStateMachine):
    """Connections come and go, answer or not, and time passes; nothing that happens is told a command twice."""

    wires = Bundle("wires")

    @initialize(target=wires, hsm_count=st.integers(1, 3))
    def begin(self, hsm_count):
        self.now = 0.0
        self.hsm_count = hsm_count
        self.dispatcher = Dispatcher(hsm_count, TIMEOUT_S)
        self.begun = {}
        self.told = Counter()
        self.wrong = []
        self.open = []
        return multiple()

    @rule(target=wires, hsm=st.integers(0, 2))
    def connect(self, hsm):
        (wire,) = joined(self.dispatcher, f"hsm {hsm % self.hsm_count}")
        self.open.append(wire)
        return wire

    @rule(count=st.integers(1, 5))
    def submit(self, count):
        for _ in range(count):
            number = len(self.begun)
            self.begun[number] = self.now
            self.dispatcher.submit(
                b"%d" % number, lambda response, number=number: self._done(number, response), self.now
            )

    @rule(wire=wires)
    def check(self, wire):
        if wire in self.open:
            number = len(self.begun)
            self.begun[number] = self.now
            done = lambda response: self._done(number, response)  # noqa: E731
            self.dispatcher.ask(wire.exchange, b"%d" % number, done, self.now)

    def _done(self, number, response):
        self.told[number] += 1
        if response is not None and response != b"B300%d" % number:
            self.wrong.append((number, response))

    @rule(wire=wires, data=st.data())
    def answer(self, wire, data):
        if wire.sent and wire in self.open:
            frame = wire.sent.pop(data.draw(st.integers(0, len(wire.sent) - 1)))
            self.dispatcher.received(wire.exchange, response_to(frame), self.now)

    @rule(wire=consumes(wires))
    def lose(self, wire):
        if wire in self.open:
            self.open.remove(wire)
        self.dispatcher.leave(wire.exchange, self.now)

    @rule(seconds=st.sampled_from([0.0, 0.1, 0.5, 1.0, 3.0]))
    def wait(self, seconds):
        self.now += seconds
        self.dispatcher.tick(self.now)
        self.open = [wire for wire in self.open if not wire.reasons]

    @invariant()
    def each_is_told_at_most_once_and_its_own_response(self):
        assert self.wrong == []
        assert not self.told or max(self.told.values()) == 1

    @invariant()
    def the_counters_add_up(self):
        counters, pending = self.dispatcher.counters, len(self.begun) - len(self.told)
        assert counters.sent == counters.answered + counters.timed_out + counters.lost + pending
        assert counters.sent + counters.refused == len(self.begun)

    def teardown(self):
        """When the time of the last is over, every command has been told."""
        self.dispatcher.tick(self.now + TIMEOUT_S)
        assert self.told == Counter(self.begun.keys())


TestAnyEvents = AnyEvents.TestCase
TestAnyEvents.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
