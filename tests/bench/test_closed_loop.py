import pytest
import trio

from saklar.bench import ClosedLoop, Load
from saklar.bench.closed_loop import default_message
from saklar.codecs import framing, load_dialect
from saklar.switch.engine.messages import answer_to
from saklar.switch.links import Address, FramedStream

FRAMING = framing("binary-2")
PAN = "4000000000000002"
THINKING_S = 0.1
"""What the target takes for each read, in virtual time, which a target that takes none would never let pass."""


@pytest.fixture
def measure():
    """Runs a load against a target that answers each request with what `behave(request, count)` says."""

    async def measure(behave, *, dialect="iso87-ascii", connections=2, in_flight=4, **changes):
        spoken = load_dialect(dialect)
        target = _Target(spoken, behave)
        async with trio.open_nursery() as nursery:
            listeners = await nursery.start(_serve, target)
            load = Load(
                target=Address(*listeners[0].socket.getsockname()[:2]),
                dialect=spoken,
                framing=FRAMING,
                message=default_message(spoken, PAN),
                connections=connections,
                in_flight=in_flight,
                **{"duration_s": 0.5, "warmup_s": 0.1, "answer_timeout_s": 5.0} | changes,
            )
            result = await ClosedLoop(load).run()
            nursery.cancel_scope.cancel()
        return result, target

    return measure


class _Target:
    """Answers as it is told to, and remembers what it was asked."""

    def __init__(self, dialect, behave):
        self.dialect = dialect
        self.behave = behave
        self.requests = []
        self.most_out = 0

    async def serve(self, stream):
        framed = FramedStream(stream, FRAMING)
        while frames := await framed.receive():
            self.most_out = max(self.most_out, len(frames))
            await trio.sleep(THINKING_S)
            for frame in frames:
                request = self.dialect.decode(frame)
                self.requests.append(request)
                await framed.send(*[bytes(answer) for answer in self.behave(request, len(self.requests))])


async def _serve(target, *, task_status):
    await trio.serve_tcp(target.serve, 0, host="127.0.0.1", task_status=task_status)


def approve(request, _=0):
    return [answer_to(request, "00")]


def once(odd):
    """Approves every request but the fifth, which gets what `odd` says."""
    return lambda request, count: odd(request) if count == 5 else approve(request)


@pytest.mark.parametrize("dialect", ["iso87-ascii", "iso87-binary", "iso93-ascii"])
async def test_right_answers_are_counted_and_none_is_a_fault(measure, dialect, autojump_clock):
    result, _ = await measure(approve, dialect=dialect)
    assert result.ok and result.answers > 0
    assert result.codes == {"00": result.answers}
    assert result.latencies.get_total_count() == result.answers


async def test_declines_are_no_faults_and_are_counted_apart(measure, autojump_clock):
    result, _ = await measure(lambda request, count: [answer_to(request, "51" if count % 2 else "00")])
    assert result.ok
    assert set(result.codes) == {"00", "51"}


async def test_what_is_out_is_never_more_than_the_load_says(measure, autojump_clock):
    _, target = await measure(approve, connections=1, in_flight=7)
    assert target.most_out == 7


async def test_no_two_requests_are_alike(measure, autojump_clock):
    _, target = await measure(approve, connections=3)
    seen = [(request[41], request[11]) for request in target.requests]
    assert len(set(seen)) == len(seen)
    assert len({request[37] for request in target.requests}) == len(seen)


def without(element):
    def odd(request):
        answer = answer_to(request, "00")
        del answer[element]
        return [answer]

    return odd


def with_changed(element, value):
    def odd(request):
        answer = answer_to(request, "00")
        answer[element] = value
        return [answer]

    return odd


def with_mti(mti):
    def odd(request):
        answer = answer_to(request, "00")
        answer.mti = mti
        return [answer]

    return odd


FAULTS = {
    "answered twice": (lambda request: approve(request) * 2, {"an answer that nothing waits for": 1}),
    "another MTI": (with_mti("0110"), {"an answer with another MTI": 1}),
    "another terminal": (with_changed(41, "BENCH999"), {"an answer with another DE 41": 1}),
    "another amount": (with_changed(4, "000000000101"), {"an answer with another DE 4": 1}),
    "another card": (with_changed(2, "4000000000000010"), {"an answer with another DE 2": 1}),
    "no response code": (without(39), {"an answer with another DE 39 (none)": 1}),
    "never answered": (lambda _: [], {"no answer in time": 1}),
    "another STAN": (
        with_changed(11, "999999"), {"an answer that nothing waits for": 1, "no answer in time": 1},
    ),
    "garbage": (lambda _: [b"garbage"], {"an answer that does not decode": 1, "no answer in time": 1}),
    "a request": (lambda request: [request], {"a request instead of an answer": 1, "no answer in time": 1}),
}  # fmt: skip


@pytest.mark.parametrize(("odd", "faults"), FAULTS.values(), ids=FAULTS.keys())
async def test_one_wrong_answer_is_found_and_named(measure, odd, faults, autojump_clock):
    result, _ = await measure(once(odd), duration_s=10)
    assert result.faults == faults
    assert not result.ok


async def test_a_late_answer_is_counted_as_none_and_as_one_too_many(measure, autojump_clock):
    held = []

    def late(request, count):
        if count == 5:
            held.append((request, trio.current_time()))
            return []
        due = held and trio.current_time() > held[0][1] + 6
        return approve(request) + (approve(held.pop()[0]) if due else [])

    result, _ = await measure(late, connections=1, duration_s=10)
    assert result.faults == {"no answer in time": 1, "an answer that nothing waits for": 1}


async def test_a_slot_whose_answer_never_came_is_used_again(measure, autojump_clock):
    result, target = await measure(
        lambda request, count: [] if count <= 4 else approve(request), connections=1, duration_s=20
    )
    assert result.faults == {"no answer in time": 4}
    assert len(target.requests) > 8


async def test_a_target_that_never_answers_is_all_faults(measure, autojump_clock):
    result, target = await measure(lambda *_: [], connections=1, duration_s=12)
    assert result.answers == 0 and not result.ok
    assert result.faults == {"no answer in time": len(target.requests)}


async def test_a_target_that_hangs_up_is_a_fault(autojump_clock):
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(_serve_with, _hang_up)
        result = await ClosedLoop(_load(listeners)).run()
        nursery.cancel_scope.cancel()
    assert not result.ok
    assert sum(count for kind, count in result.faults.items() if "connection" in kind) == 1
    assert result.faults["no answer"] == 4


async def test_a_target_that_does_not_read_is_found_once_its_buffers_are_full(autojump_clock):
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(_serve_with, _never_read)
        result = await ClosedLoop(_load(listeners, in_flight=100_000, answer_timeout_s=1.0, duration_s=1_000)).run()
        nursery.cancel_scope.cancel()
    assert result.faults["the target does not read"] == 1


async def test_a_target_that_is_not_there_is_an_oserror():
    spoken = load_dialect("iso87-ascii")
    load = Load(Address("127.0.0.1", 9), spoken, FRAMING, default_message(spoken, PAN), 1, 1, 1.0)
    with pytest.RaisesGroup(OSError, flatten_subgroups=True, allow_unwrapped=True):
        await ClosedLoop(load).run()


async def test_the_warm_up_is_not_counted(measure, autojump_clock):
    result, target = await measure(approve, warmup_s=5.0, duration_s=0.1)
    assert result.answers < len(target.requests) / 10


@pytest.mark.parametrize("name", ["iso87-ascii", "iso87-binary", "iso93-ascii"])
def test_the_default_message_is_right_in_every_dialect(name):
    dialect = load_dialect(name)
    message = dialect.message({**default_message(dialect, PAN), "11": "000001"})
    assert dialect.check(message) == ()
    assert dialect.decode(bytes(message)) == message


async def _hang_up(stream):
    await stream.receive_some(1)
    await stream.aclose()


async def _never_read(_):
    await trio.sleep_forever()


async def _serve_with(handler, *, task_status):
    await trio.serve_tcp(handler, 0, host="127.0.0.1", task_status=task_status)


def _load(listeners, *, in_flight=4, answer_timeout_s=5.0, duration_s=0.5):
    spoken = load_dialect("iso87-ascii")
    return Load(
        Address(*listeners[0].socket.getsockname()[:2]), spoken, FRAMING, default_message(spoken, PAN),
        connections=1, in_flight=in_flight, duration_s=duration_s, warmup_s=0.1, answer_timeout_s=answer_timeout_s,
    )  # fmt: skip
