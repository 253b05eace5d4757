"""The client of one HSM: over TCP and embedded, and an HSM that does what it should not."""

from itertools import pairwise

import pytest
import trio
from trio.testing import memory_stream_pair

from saklar.codecs import FrameError
from saklar.hsm_sim import HsmClient, HsmEndpoint, HsmUnavailable, embedded_hsm, serve_hsm, tcp_hsm
from saklar.hsm_sim.client.dispatcher import Dispatcher

from .fake_hsm import DIAGNOSED, FakeHsm, answer, echo, echoed, frame, hang_up, say_nothing


@pytest.fixture(params=["tcp", "embedded", "tcp without header", "tcp with four connections"])
async def client(request, hsm, nursery):
    length = 0 if "without" in request.param else 4
    if request.param == "embedded":
        endpoint = embedded_hsm(hsm, nursery, header_length=length)
    else:
        serve = lambda task_status: serve_hsm(hsm, "127.0.0.1", 0, header_length=length, task_status=task_status)  # noqa: E731
        endpoint = tcp_hsm(*await nursery.start(serve))
    client = HsmClient(endpoint, header_length=length, connections=4 if "four" in request.param else 1)
    nursery.start_soon(client.run)
    await client.wait_connected()
    return client


async def test_each_command_gets_its_own_response(client):
    responses = {}

    async def call(n):
        responses[n] = await client.call(echo(b"%04d" % n))

    async with trio.open_nursery() as calls:
        for n in range(200):
            calls.start_soon(call, n)
    assert responses == {n: echoed(b"%04d" % n) for n in range(200)}


async def test_a_command_too_long_for_a_frame_is_refused_and_not_waited_for(client):
    with pytest.raises(FrameError):
        await client.call(b"B2" + b"x" * 40_000)
    assert (await client.call(b"NC")).startswith(b"ND00")


async def test_without_a_connection_a_command_fails_at_once():
    client = HsmClient(tcp_hsm("127.0.0.1", 1))
    with pytest.raises(HsmUnavailable):
        await client.call(b"NC")
    assert client.counters.refused == 1


@pytest.fixture
def fake(nursery):
    return FakeHsm(nursery)


@pytest.fixture
async def to_fake(nursery, fake):
    client = HsmClient(fake.endpoint)
    nursery.start_soon(client.run)
    await client.wait_connected()
    return client


async def call_all(client, *data):
    responses = {}

    async def call(one):
        responses[one] = await client.call(echo(one))

    async with trio.open_nursery() as calls:
        for one in data:
            calls.start_soon(call, one)
    return responses


async def test_a_client_that_waits_for_no_response_sleeps(fake, nursery, autojump_clock, monkeypatch):
    ticks = []
    tick = Dispatcher.tick
    monkeypatch.setattr(Dispatcher, "tick", lambda self, now: ticks.append(now) or tick(self, now))
    client = HsmClient(fake.endpoint, health_interval_s=600)
    nursery.start_soon(client.run)
    await trio.sleep(3_601)
    assert fake.checks == 7
    assert len(ticks) <= 2 * fake.checks


def backwards(count):
    """A habit: to answer when so many commands have come, the last one first."""
    waiting = []

    async def habit(stream, header, data):
        waiting.append((header, data))
        if len(waiting) == count:
            for one in reversed(waiting):
                await answer(stream, *one)

    return habit


async def test_responses_may_come_in_any_order(fake, to_fake):
    fake.habit = backwards(3)
    assert await call_all(to_fake, b"a", b"b", b"c") == {one: echoed(one) for one in (b"a", b"b", b"c")}


async def test_commands_out_when_the_only_connection_is_lost_fail_and_later_ones_do_not(fake, to_fake, autojump_clock):
    fake.habit = hang_up
    with pytest.raises(HsmUnavailable):
        await to_fake.call(echo(b"a"))
    fake.habit = answer
    await to_fake.wait_connected()
    assert await to_fake.call(echo(b"b")) == echoed(b"b")


async def test_a_command_whose_connection_is_lost_goes_to_another_of_the_same_hsm(fake, nursery, autojump_clock):
    client = HsmClient(fake.endpoint, connections=2)
    nursery.start_soon(client.run)
    await trio.sleep(0.01)

    async def hang_up_once(stream, header, data):
        fake.habit = answer
        await stream.aclose()

    fake.habit = hang_up_once
    assert await client.call(echo(b"a")) == echoed(b"a")
    assert client.counters.retried == 1


@pytest.mark.parametrize(
    "nonsense", [frame(b"FFFFXX00"), frame(b"x"), b"\xff\xff"], ids=["unknown header", "short", "impossible length"]
)
async def test_nonsense_from_the_hsm_harms_no_later_command(fake, to_fake, autojump_clock, nonsense):
    async def send_nonsense(stream, header, data):
        fake.habit = answer
        await stream.send_all(nonsense)
        await answer(stream, header, data)

    fake.habit = send_nonsense
    to_fake.submit(echo(b"a"), lambda _: None)
    await trio.sleep(0.01)
    await to_fake.wait_connected()
    assert await to_fake.call(echo(b"b")) == echoed(b"b")


async def test_responses_before_nonsense_count(fake, to_fake):
    async def answer_then_nonsense(stream, header, data):
        await stream.send_all(frame(header + echoed(data)) + b"\xff\xff")

    fake.habit = answer_then_nonsense
    assert await to_fake.call(echo(b"a")) == echoed(b"a")


async def test_an_hsm_that_answers_nothing_is_left(fake, to_fake, autojump_clock):
    fake.freeze()
    with pytest.raises(HsmUnavailable):
        await to_fake.call(echo(b"a"))
    assert not to_fake.connected


async def test_a_command_fails_when_its_time_limit_is_over_and_not_before(fake, to_fake, autojump_clock):
    fake.habit = say_nothing
    began = trio.current_time()
    with pytest.raises(HsmUnavailable):
        await to_fake.call(echo(b"a"))
    assert 3.0 <= trio.current_time() - began <= 3.11


async def test_a_response_that_came_while_the_process_stalled_counts(fake, to_fake, autojump_clock):
    async def answer_and_stall(stream, header, data):
        await answer(stream, header, data)
        autojump_clock.jump(10)

    fake.habit = answer_and_stall
    for _ in range(10):
        assert await to_fake.call(echo(b"a")) == echoed(b"a")


async def test_an_idle_connection_is_kept(fake, to_fake, autojump_clock):
    await trio.sleep(1000)
    assert await to_fake.call(echo(b"a")) == echoed(b"a")
    assert fake.connections == 1


async def test_a_response_to_a_call_given_up_is_dropped(fake, to_fake):
    fake.habit = backwards(3)
    with trio.move_on_after(0):
        await to_fake.call(echo(b"x"))
    assert await call_all(to_fake, b"a", b"b") == {b"a": echoed(b"a"), b"b": echoed(b"b")}


async def test_tries_to_connect_grow_rare_even_if_the_hsm_hangs_up_each_time(autojump_clock):
    tried_at = []

    async def connect():
        tried_at.append(trio.current_time())
        ours, theirs = memory_stream_pair()
        await theirs.aclose()
        return ours

    with trio.move_on_after(100):
        await HsmClient(HsmEndpoint("hsm", connect)).run()
    pauses = [later - earlier for earlier, later in pairwise(tried_at)]
    assert pauses[0] <= 0.1
    assert all(2.5 <= pause <= 5 for pause in pauses[10:])
    assert len(pauses) > 20


async def test_a_connection_that_does_not_come_about_is_tried_again(autojump_clock):
    tries = []

    async def connect():
        tries.append(None)
        await trio.sleep_forever()

    with trio.move_on_after(60):
        await HsmClient(HsmEndpoint("hsm", connect)).run()
    assert len(tries) > 4


async def test_no_more_than_so_many_commands_wait(fake, to_fake, monkeypatch):
    monkeypatch.setattr("saklar.hsm_sim.client.dispatcher.MAX_PENDING", 2)
    fake.habit = say_nothing
    failed = []
    for n in range(3):
        to_fake.submit(echo(b"a"), lambda response, n=n: failed.append((n, response)))
    assert failed == [(2, None)]


async def test_what_is_pending_when_the_client_is_cancelled_fails_once(fake, nursery):
    client = HsmClient(fake.endpoint, connections=2)
    fake.habit = say_nothing
    told = []
    async with trio.open_nursery() as running:
        running.start_soon(client.run)
        await client.wait_connected()
        for n in range(10):
            client.submit(echo(b"a"), lambda response, n=n: told.append((n, response)))
        running.cancel_scope.cancel()
    assert sorted(told) == [(n, None) for n in range(10)]
    assert not client.connected


# Health.


async def test_an_hsm_is_used_only_after_it_has_answered_nc(fake, nursery, autojump_clock):
    fake.diagnosed = None
    client = HsmClient(fake.endpoint)
    nursery.start_soon(client.run)
    await trio.sleep(1)
    assert (fake.connections, client.connected) == (1, False)
    fake.diagnosed = DIAGNOSED
    await client.wait_connected()


async def test_nc_is_sent_at_every_interval(fake, nursery, autojump_clock):
    client = HsmClient(fake.endpoint, health_interval_s=2)
    nursery.start_soon(client.run)
    await trio.sleep(9)
    assert fake.checks == 5


async def test_an_idle_hsm_that_freezes_is_noticed_at_its_next_nc(fake, to_fake, autojump_clock):
    fake.freeze()
    await trio.sleep(5 + 3 + 0.2)
    assert not to_fake.connected
    fake.thaw()
    with trio.fail_after(15):
        await to_fake.wait_connected()
