"""Answers checked by shape and answers checked by decoding: both say the same of any bytes."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saklar.bench.load.checker import Checker
from saklar.bench.load.mix import GroupTable, Mix
from saklar.bench.load.request import Writer, requests_of
from saklar.codecs import FrameError, framing, load_dialect
from saklar.switch.engine.messages import answer_to

FRAMING = framing("binary-2", 65_535)
DIALECTS = ("iso87-ascii", "iso87-binary", "iso87-ebcdic", "iso93-ascii", "iso93-binary")
CARDS = [{"pan": "4000000000000002"}, {"pan": "5100000000000000008"}, {"pan": "378282246310005"}]
MIX = Mix.model_validate({"card": CARDS, "message": [{"expect": ["00", "51", "10"]}, {"name": "auth", "mti": "0100"}]})


class Desk:
    """A checker with two connections, and requests that are out on the first."""

    def __init__(self, dialect, *, learns):
        self.dialect = load_dialect(dialect)
        self.faults = Counter()
        self.tallies = {}
        group = GroupTable()
        self.requests = [request for request, _ in requests_of(MIX, group, self.dialect, FRAMING, self.tallies)]
        self.checker = Checker(self.dialect, FRAMING, group.echoed, self.faults, learns=learns)
        self.write = Writer(self.dialect)
        self.book = self.checker.book(self.write(41, "B0000000"))
        self.other = self.checker.book(self.write(41, "B0000001"))

    def send(self, number, kind):
        """A request goes out; returns it as the target reads it."""
        request = self.requests[kind % len(self.requests)]
        stan, rrn = self.write(11, f"{number:06d}"), self.write(37, f"{number:012d}")
        self.book.due[stan] = (float(number), request, rrn, b"")
        gaps = {7: self.write(7, "0101000000"), 11: stan, 37: rrn, 41: self.book.terminal}
        return self.dialect.decode(request.filled(gaps)[2:])

    def receive(self, data, now=1000.0, book=None):
        try:
            return self.checker.receive(book or self.book, data, now)
        except FrameError:
            self.faults["frame"] += 1
            return b""

    @property
    def state(self):
        counted = {name: (sorted(tally.micros), tally.codes) for name, tally in self.tallies.items()}
        return self.faults, counted, set(self.book.due)


def framed(message):
    return FRAMING.encode(bytes(message))


@pytest.fixture(params=DIALECTS)
def dialect(request):
    return request.param


@pytest.fixture
def desk(dialect):
    """One that has learned what right answers look like."""
    desk = Desk(dialect, learns=True)
    for number in range(12):
        desk.receive(framed(answer_to(desk.send(number, number), "00")))
    assert not desk.faults
    for tally in desk.tallies.values():
        tally.micros.clear()
        tally.codes.clear()
    return desk


def test_right_answers_are_counted_with_their_latency(desk):
    desk.receive(framed(answer_to(desk.send(990, 0), "00")), now=990.25)
    assert desk.tallies["0200"].micros == [250_000]
    assert desk.tallies["0200"].codes == {"00": 1}
    assert not desk.faults
    assert not desk.book.due


def test_answers_that_come_together_are_all_counted(desk):
    answers = [framed(answer_to(desk.send(100 + number, number), "00")) for number in range(40)]
    desk.receive(b"".join(answers))
    assert sum(len(tally.micros) for tally in desk.tallies.values()) == 40
    assert not desk.faults


def test_an_answer_in_pieces_is_counted_when_it_is_whole(desk):
    answer = framed(answer_to(desk.send(100, 0), "00"))
    for byte in answer[:-1]:
        desk.receive(bytes([byte]))
    assert desk.book.due
    desk.receive(answer[-1:])
    assert not desk.book.due
    assert not desk.faults


def test_the_second_of_two_answers_is_a_fault(desk):
    answer = framed(answer_to(desk.send(100, 0), "00"))
    desk.receive(answer * 2)
    assert desk.faults == {"an answer that nothing waits for": 1}


def test_an_answer_on_another_connection_is_a_fault(desk):
    answer = framed(answer_to(desk.send(100, 0), "00"))
    desk.receive(answer, book=desk.other)
    assert desk.faults == {"an answer on another connection": 1}
    assert not desk.book.due


@pytest.mark.parametrize("element", [2, 4, 37, 41])
def test_what_is_not_repeated_as_it_was_sent_is_a_fault(desk, element):
    answer = answer_to(desk.send(100, 0), "00")
    answer[element] = ("9" if answer[element][0] != "9" else "8") + answer[element][1:]
    desk.receive(framed(answer))
    assert desk.faults == {f"an answer with another DE {element}": 1}


def test_another_amount_is_right_where_a_part_is_approved(desk):
    answer = answer_to(desk.send(100, 0), "10")
    answer[4] = "000000000001"
    desk.receive(framed(answer))
    assert not desk.faults


def test_a_response_code_that_the_mix_does_not_expect_is_a_fault(desk):
    desk.receive(framed(answer_to(desk.send(100, 0), "05")))
    assert desk.faults == {"response code 05, which the mix does not expect": 1}


def test_answers_to_the_warm_up_are_checked_and_not_counted(desk):
    desk.checker.counted_from = 500.0
    desk.receive(framed(answer_to(desk.send(100, 0), "05")))
    desk.receive(framed(answer_to(desk.send(101, 0), "00")) * 2)
    assert not desk.tallies["0200"].micros
    assert desk.faults == {"an answer that nothing waits for": 1}


def test_a_request_of_the_target_is_answered_if_it_is_an_echo_test():
    desk = Desk("iso87-ascii", learns=True)
    echo = desk.dialect.message({"mti": "0800", "7": "0101000000", "11": "000001", "70": "301"})
    said = desk.dialect.decode(desk.receive(framed(echo))[2:])
    assert (said.mti, said[39], said[11]) == ("0810", "00", "000001")
    assert not desk.faults


def test_an_impossible_frame_is_a_frame_error(desk):
    desk.receive(b"\0\0")
    assert desk.faults == {"frame": 1}


# The two ways.

CHANGES = st.one_of(
    st.none(),
    st.tuples(st.sampled_from([2, 3, 4, 7, 11, 12, 37, 38, 39, 41, 42, 49]), st.text("0123456789", min_size=1)),
    st.tuples(st.just("byte"), st.integers(0, 400), st.integers(0, 255)),
    st.tuples(st.just("remove"), st.sampled_from([2, 4, 11, 37, 39, 41])),
    st.tuples(st.just("mti"), st.sampled_from(["0210", "0110", "0200", "0810", "1210", "9999"])),
    st.sampled_from([("twice",), ("never",), ("elsewhere",)]),
)
ANSWERS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["00", "51", "05", "10"]), CHANGES), max_size=12)


def told(desk, number, kind, code, change):
    """What the target says to a request; and whether on the other connection."""
    answer = answer_to(desk.send(number, kind), code)
    match change:
        case (int() as element, str() as digits):
            if element in answer:
                length = len(answer[element])
                answer[element] = (digits * length)[:length]
        case ("remove", element):
            del answer[element]
        case ("mti", mti):
            answer.mti = mti
        case ("never",):
            return b"", False
    frame = framed(answer)
    match change:
        case ("byte", at, value):
            at = 2 + at % (len(frame) - 2)
            return frame[:at] + bytes([value]) + frame[at + 1 :], False
        case ("twice",):
            return frame * 2, False
    return frame, change == ("elsewhere",)


@settings(max_examples=150, deadline=None)
@given(ANSWERS, st.integers(1, 700))
@pytest.mark.parametrize("name", DIALECTS)
def test_both_ways_say_the_same_of_any_answers(name, answers, size):
    fast, full = Desk(name, learns=True), Desk(name, learns=False)
    for number in range(8):
        for desk in (fast, full):
            desk.receive(framed(answer_to(desk.send(number, number), ("00", "51")[number % 2])))
    for desk in (fast, full):
        streams = {False: b"", True: b""}
        for number, (kind, code, change) in enumerate(answers, 100):
            said, elsewhere = told(desk, number, kind, code, change)
            streams[elsewhere] += said
        for elsewhere, stream in streams.items():
            for start in range(0, len(stream), size):
                desk.receive(stream[start : start + size], book=desk.other if elsewhere else desk.book)
    assert fast.state == full.state
