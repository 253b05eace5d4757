"""The load generator, against targets that answer as they are told to; they run in threads, on real sockets."""

import socket
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saklar.bench import Generator, Plan
from saklar.bench.generator import Prepared, default_message
from saklar.codecs import framing, load_dialect
from saklar.switch.engine.messages import answer_to
from saklar.switch.links import Address

FRAMING = framing("binary-2")
PAN = "4000000000000002"


class Target:
    """Answers each request with what `behave(request, count)` says."""

    def __init__(self, dialect, behave):
        self.dialect = dialect
        self.behave = behave
        self.requests = []
        self.most_out = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.lock = threading.Lock()
        self.threads = []
        self.sockets = []
        self._start(self._accept)

    def _start(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.sockets.append(connection)
            self._start(self._serve, connection)

    def _serve(self, connection):
        decoder = FRAMING.decoder()
        try:
            while data := connection.recv(65536):
                frames = decoder.feed(data)
                self.most_out = max(self.most_out, len(frames))
                for frame in frames:
                    self._answer(connection, frame)
        except OSError:
            return

    def _answer(self, connection, frame):
        request = self.dialect.decode(frame)
        with self.lock:
            self.requests.append(request)
            answers = self.behave(request, len(self.requests))
        if answers is None:
            connection.shutdown(socket.SHUT_RDWR)
            return
        connection.sendall(b"".join(FRAMING.encode(bytes(answer)) for answer in answers))

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.sockets:
            connection.close()
        for thread in self.threads:
            thread.join(5)


@pytest.fixture
def measure():
    targets = []

    def measure(behave, *, dialect="iso87-ascii", **changes):
        spoken = load_dialect(dialect)
        target = Target(spoken, behave)
        targets.append(target)
        options = {"connections": 2, "in_flight": 4, "duration_s": 0.3, "warmup_s": 0.05, "answer_timeout_s": 2.0}
        address = Address(*target.listener.getsockname())
        plan = Plan(address, spoken, FRAMING, default_message(spoken, PAN), **options | changes)
        return Generator(plan).run(), target

    yield measure
    for target in targets:
        target.close()


def approve(request, _=0):
    return [answer_to(request, "00")]


def once(odd):
    """Approves every request but the fifth, which gets what `odd` says."""
    return lambda request, count: odd(request) if count == 5 else approve(request)


def with_changed(element, value):
    def odd(request):
        answer = answer_to(request, "00")
        if value is None:
            del answer[element]
        else:
            answer[element] = value
        return [answer]

    return odd


def with_mti(mti):
    def odd(request):
        answer = answer_to(request, "00")
        answer.mti = mti
        return [answer]

    return odd


# Both loops.


@pytest.mark.parametrize("rate", [None, 500.0], ids=["closed", "open"])
@pytest.mark.parametrize("dialect", ["iso87-ascii", "iso87-binary", "iso93-ascii"])
def test_right_answers_are_counted_and_none_is_a_fault(measure, dialect, rate):
    result, _ = measure(approve, dialect=dialect, rate=rate)
    assert result.faults == {}
    assert result.codes == {"00": result.answers}
    assert result.latencies.get_total_count() == result.answers > 0


def test_declines_are_no_faults_and_are_counted_apart(measure):
    result, _ = measure(lambda request, count: [answer_to(request, "51" if count % 2 else "00")])
    assert result.faults == {}
    assert set(result.codes) == {"00", "51"}


def test_no_two_requests_are_alike(measure):
    _, target = measure(approve, connections=3)
    assert len({request[11] for request in target.requests}) == len(target.requests)
    assert len({request[37] for request in target.requests}) == len(target.requests)


def test_each_connection_is_a_terminal(measure):
    _, target = measure(approve, connections=3)
    assert {request[41] for request in target.requests} == {"BENCH000", "BENCH001", "BENCH002"}


FAULTS = {
    "answered twice": (lambda request: approve(request) * 2, {"an answer that nothing waits for": 1}),
    "another MTI": (with_mti("0110"), {"an answer with another MTI": 1}),
    "another terminal": (with_changed(41, "BENCH999"), {"an answer with another DE 41": 1}),
    "another amount": (with_changed(4, "000000000101"), {"an answer with another DE 4": 1}),
    "another card": (with_changed(2, "4000000000000010"), {"an answer with another DE 2": 1}),
    "another RRN": (with_changed(37, "000000000000"), {"an answer with another DE 37": 1}),
    "no response code": (with_changed(39, None), {"an answer with another DE 39 (none)": 1}),
    "never answered": (lambda _: [], {"no answer in time": 1}),
    "another STAN": (
        with_changed(11, "999999"), {"an answer that nothing waits for": 1, "no answer in time": 1},
    ),
    "garbage": (lambda _: [b"garbage"], {"an answer that does not decode": 1, "no answer in time": 1}),
    "a request": (lambda request: [request], {"a request instead of an answer": 1, "no answer in time": 1}),
}  # fmt: skip


@pytest.mark.parametrize(("odd", "faults"), FAULTS.values(), ids=FAULTS.keys())
def test_one_wrong_answer_is_found_and_named(measure, odd, faults):
    result, _ = measure(once(odd), duration_s=0.5)
    assert result.faults == faults
    assert not result.ok


def test_a_target_that_hangs_up_is_a_fault(measure):
    result, _ = measure(lambda *_: None, connections=1)
    assert result.faults["connection closed by the target"] == 1
    assert result.faults["no answer"] == 4


def test_a_target_that_is_not_there_is_an_oserror():
    spoken = load_dialect("iso87-ascii")
    with pytest.raises(OSError):
        Generator(Plan(Address("127.0.0.1", 9), spoken, FRAMING, default_message(spoken, PAN))).run()


# The closed loop.


def test_what_is_out_is_never_more_than_the_load_says(measure):
    _, target = measure(approve, connections=1, in_flight=7)
    assert 1 < target.most_out <= 7


def test_a_slot_whose_answer_never_came_is_used_again(measure):
    result, target = measure(
        lambda request, count: [] if count <= 4 else approve(request),
        connections=1,
        duration_s=2.0,
        answer_timeout_s=1.0,
    )
    assert result.faults == {"no answer in time": 4}
    assert len(target.requests) > 8


def test_the_warm_up_is_not_counted(measure):
    result, target = measure(approve, warmup_s=0.5, duration_s=0.05)
    assert result.answers < len(target.requests) / 2


# The open loop.


def test_requests_are_sent_at_the_rate_however_slow_the_answers_are(measure):
    result, target = measure(
        lambda *_: [], rate=200.0, poisson=False, duration_s=0.5, warmup_s=0.0, answer_timeout_s=10.0
    )
    assert len(target.requests) in (100, 101)  # the last is due at the very end
    assert result.faults == {"no answer": len(target.requests)}


def test_a_stall_makes_everything_late_that_was_due_meanwhile(measure):
    def stall(request, count):
        if count == 20:
            time.sleep(0.3)
        return approve(request)

    result, _ = measure(
        stall, rate=200.0, poisson=False, connections=1, duration_s=1.0, warmup_s=0.0, answer_timeout_s=5.0
    )
    assert result.percentile_ms(100) >= 290
    # Some 60 of 200 were due during the stall; half of these waited for more than half of it.
    assert result.percentile_ms(90) >= 50


def test_the_same_seed_is_the_same_schedule(measure):
    assert len({len(measure(approve, rate=300.0)[1].requests) for _ in range(3)}) == 1


# Prepared messages.


@settings(max_examples=60)
@given(st.integers(1, 999_999), st.integers(0, 99), st.integers(0, 9_999))
@pytest.mark.parametrize("name", ["iso87-ascii", "iso87-binary", "iso87-ebcdic", "iso93-ascii"])
def test_a_prepared_message_is_what_the_codec_writes(name, stan, lap, connection):
    dialect = load_dialect(name)
    plan = Plan(Address("", 1), dialect, FRAMING, default_message(dialect, PAN))
    sent = Prepared(plan, connection).next(f"{stan:06d}", lap)
    expected = dialect.message(default_message(dialect, PAN))
    expected[11], expected[41] = f"{stan:06d}", f"BENCH{connection % 1000:03d}"
    expected[37] = f"{lap:02d}{connection:04d}{stan:06d}"
    assert sent == FRAMING.encode(bytes(expected))


@pytest.mark.parametrize("name", ["iso87-ascii", "iso87-binary", "iso93-ascii"])
def test_the_default_message_is_right_in_every_dialect(name):
    dialect = load_dialect(name)
    message = dialect.message({**default_message(dialect, PAN), "11": "000001"})
    assert dialect.check(message) == ()
    assert dialect.decode(bytes(message)) == message
