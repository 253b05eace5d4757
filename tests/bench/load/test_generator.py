"""The load generator, against targets that answer as they are told to; they run in threads, on real sockets."""

import socket
import threading
import time

import pytest

from saklar.bench.load import Generator, Mix, Plan, groups_of, load_mix, plain_mix
from saklar.codecs import convert, framing, load_dialect
from saklar.switch.engine.messages import answer_to
from saklar.switch.links import Address

FRAMING = framing("binary-2")


PACE_S = 0.002
"""How long a target takes for an answer, so that a closed loop is one of hundreds a second and not of all that the core
can do; what is asked here is seen of some dozens."""


class Target:
    """Answers each request with what `behave(request, count)` says, at its pace."""

    def __init__(self, dialect, behave, pace_s=PACE_S):
        self.dialect = dialect
        self.behave = behave
        self.pace_s = pace_s
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
        time.sleep(self.pace_s)
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

    def measure(behave, *, dialect="iso87-ascii", connections=2, mix=None, pace_s=PACE_S, **changes):
        target = Target(load_dialect(dialect), behave, pace_s)
        targets.append(target)
        options = {"in_flight": 4, "duration_s": 0.2, "warmup_s": 0.05, "answer_timeout_s": 1.0}
        address = Address(*target.listener.getsockname())
        groups = groups_of(mix or plain_mix(connections=connections), address, dialect)
        return Generator(Plan(*groups, **options | changes)).run(), target

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
    assert len(result.latencies) == result.answers > 0


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
    assert {request[41] for request in target.requests} == {"B0000000", "B0000001", "B0000002"}


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
    result, _ = measure(once(odd), duration_s=0.3)
    assert result.faults == faults
    assert not result.ok


def test_a_target_that_hangs_up_is_a_fault(measure):
    result, _ = measure(lambda *_: None, connections=1)
    assert result.faults["connection closed by the target"] == 1
    assert result.faults["no answer"] == 4


def test_a_target_that_is_not_there_is_an_oserror():
    with pytest.raises(OSError):
        Generator(Plan(*groups_of(plain_mix(), Address("127.0.0.1", 9), "iso87-ascii"))).run()


# The closed loop.


def test_what_is_out_is_never_more_than_the_load_says(measure):
    _, target = measure(approve, connections=1, in_flight=7)
    assert 1 < target.most_out <= 7


def test_a_slot_whose_answer_never_came_is_used_again(measure):
    result, target = measure(
        lambda request, count: [] if count <= 4 else approve(request),
        connections=1,
        duration_s=1.2,
        answer_timeout_s=0.5,
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


# Who the target calls, and what it is told first.


def test_an_echo_test_of_the_target_is_answered_and_is_no_fault(measure):
    echo = load_dialect("iso87-ascii").message({"mti": "0800", "7": "0101000000", "11": "000777", "70": "301"})

    def behave(request, count):
        if request.mti == "0810":
            return []
        return approve(request) + ([echo] if count == 5 else [])

    result, target = measure(behave)
    assert result.faults == {}
    assert result.answered_calls == 1
    assert [request[39] for request in target.requests if request.mti == "0810"] == ["00"]


def signing_on():
    return plain_mix().model_copy(update={"group": (plain_mix().group[0].model_copy(update={"sign_on": True}),)})


def test_a_group_that_signs_on_does_it_once_on_each_connection(measure):
    result, target = measure(approve, mix=signing_on())
    assert result.faults == {}
    assert sum(request.mti == "0800" for request in target.requests) == 4


def test_a_refused_sign_on_ends_the_run(measure):
    with pytest.raises(OSError, match="answers the sign-on with 91"):
        measure(lambda request, _: [answer_to(request, "91")], mix=signing_on())


# Mixes.


def mixed(*messages, groups=({},)):
    cards = [{"name": "a", "bin": "400000", "count": 3, "pin": "1234"}, {"name": "b", "pan": "5100000000000000008"}]
    return Mix.model_validate({"group": list(groups), "card": cards, "message": list(messages)})


def test_kinds_of_message_come_by_weight_and_are_counted_apart(measure):
    mix = mixed({"name": "buy", "weight": 3}, {"name": "echo", "mti": "0800"})
    result, target = measure(approve, mix=mix, duration_s=0.5)
    assert result.faults == {}
    buys = sum(request.mti == "0200" for request in target.requests)
    assert buys / len(target.requests) == pytest.approx(3 / 4, abs=0.1)
    assert {tally.name for tally in result.tallies} == {"buy", "echo"}
    assert all(len(tally.latencies) for tally in result.tallies)


def test_every_card_is_used(measure):
    _, target = measure(approve, mix=mixed({}), duration_s=0.5)
    assert len({request[2] for request in target.requests}) == 4


def test_an_unexpected_response_code_is_a_fault(measure):
    result, _ = measure(once(lambda request: [answer_to(request, "51")]), mix=mixed({"expect": ["00"]}), warmup_s=0)
    assert result.faults == {"response code 51, which the mix does not expect": 1}


def test_groups_speak_their_own_dialects_to_their_own_targets(measure):
    _, ascii_target = measure(approve)
    bcd = load_dialect("iso87-binary")
    target = Target(bcd, approve)
    groups = [
        {"target": str(Address(*ascii_target.listener.getsockname())), "dialect": "iso87-ascii"},
        {"target": str(Address(*target.listener.getsockname())), "dialect": "iso87-binary", "connections": 1},
    ]
    ascii_target.requests.clear()
    plan = Plan(*groups_of(mixed({}, groups=groups), None, None), in_flight=2, duration_s=0.3, warmup_s=0.0)
    result = Generator(plan).run()
    target.close()
    assert result.faults == {}
    assert ascii_target.requests
    assert target.requests
    assert {convert(request, bcd)[2] for request in ascii_target.requests} == {
        request[2] for request in target.requests
    }


def test_an_open_loop_shares_its_rate_by_weight(measure):
    groups = [{"weight": 3, "connections": 1}, {"weight": 1, "connections": 5}]
    _, target = measure(
        approve, mix=mixed({}, groups=groups), rate=1000.0, poisson=False, duration_s=0.5, warmup_s=0, pace_s=0
    )
    first = sum(request[41] == "B0000000" for request in target.requests)
    assert first / len(target.requests) == pytest.approx(3 / 4, abs=0.1)


def test_a_mix_is_read_from_a_file(measure, tmp_path):
    file = tmp_path / "mix.toml"
    file.write_text('[[card]]\npan = "4000000000000002"\n[[message]]\nmti = "0100"\n')
    result, target = measure(approve, mix=load_mix(file))
    assert result.faults == {}
    assert {request.mti for request in target.requests} == {"0100"}


# Reversals.


REVERSED = """
[[group]]
connections = 2
[[card]]
bin = "400000"
count = 4
pin = "1234"
[[message]]
name = "purchase"
mti = "{original}"
amount = 12550
track2 = true
weight = 3
[[message]]
name = "reversal"
mti = "{reversal}"
reverses = "purchase"
"""


def reversed_mix(tmp_path, original="0200", reversal="0420"):
    file = tmp_path / "mix.toml"
    file.write_text(REVERSED.format(original=original, reversal=reversal))
    return load_mix(file)


def originals_of(requests, dialect):
    """Pairs of a reversal and what it says to be its original, by STAN and time, on the same terminal."""
    element, time_element = (90, 7) if load_dialect(dialect).version == "1987" else (56, 12)
    known = {(each.mti, each[11], each[time_element], each[41]): each for each in requests if element not in each}
    for each in requests:
        if element in each:
            text = each[element]
            when = text[10:20] if element == 90 else text[10:22]
            yield each, known.get((text[:4], text[4:10], when, each[41]))


@pytest.mark.parametrize("rate", [None, 500.0], ids=["closed", "open"])
@pytest.mark.parametrize("dialect", ["iso87-ascii", "iso87-binary", "iso93-ascii"])
def test_a_reversal_names_a_request_that_was_approved_there(measure, tmp_path, dialect, rate):
    result, target = measure(approve, mix=reversed_mix(tmp_path), dialect=dialect, rate=rate)
    pairs = [*originals_of(target.requests, dialect)]
    assert result.faults == {}
    assert pairs
    for reversal, original in pairs:
        assert original is not None
        assert (reversal[2], reversal[4], reversal[32]) == (original[2], original[4], original[32])
        assert 35 not in reversal


def test_no_request_is_reversed_twice(measure, tmp_path):
    _, target = measure(approve, mix=reversed_mix(tmp_path))
    originals = [original[11] for _, original in originals_of(target.requests, "iso87-ascii")]
    assert len(originals) == len(set(originals)) > 0


def test_reversals_come_as_often_as_their_weight_says(measure, tmp_path):
    result, _ = measure(approve, mix=reversed_mix(tmp_path), rate=1000.0, poisson=False, pace_s=0, duration_s=0.5)
    purchases, reversals = (len(tally.latencies) for tally in result.tallies)
    assert reversals / (purchases + reversals) == pytest.approx(1 / 4, abs=0.05)


def test_what_was_declined_is_not_reversed(measure, tmp_path):
    _, target = measure(lambda request, _: [answer_to(request, "51")], mix=reversed_mix(tmp_path))
    assert {request.mti for request in target.requests} == {"0200"}


def test_an_authorisation_is_reversed_by_its_own_mti(measure, tmp_path):
    _, target = measure(approve, mix=reversed_mix(tmp_path, "0100", "0400"))
    assert {reversal[90][:4] for reversal, _ in originals_of(target.requests, "iso87-ascii")} == {"0100"}


# Who was the bottleneck is told by `saklar.bench.load.validity`; that it is asked is seen here.


def test_a_run_says_how_busy_the_generator_was(measure):
    result, _ = measure(approve)
    assert 0 < result.cpu_share < 1.5


def test_seconds_are_summed_up_one_by_one(measure):
    result, _ = measure(approve, rate=200.0, poisson=False, duration_s=2.0)
    assert len(result.intervals) == 2
    assert sum(second.answers for second in result.intervals) == pytest.approx(result.answers, abs=5)
