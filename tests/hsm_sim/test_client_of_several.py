"""The client of several HSMs, some of which fail. Time is virtual, connections are in memory."""

import pytest
import structlog.testing
import trio

from saklar.hsm_sim import HsmClient

from .fake_hsm import DIAGNOSED, OTHER_LMK, FakeHsm, answer, echo, echoed, hang_up, say_nothing


@pytest.fixture
def hsms(nursery):
    return [FakeHsm(nursery, "one"), FakeHsm(nursery, "two")]


@pytest.fixture
def start(hsms, nursery):
    """Starts a client of the HSMs and waits until all connections that can be used are."""

    async def start(**settings):
        client = HsmClient(*(hsm.endpoint for hsm in hsms), **settings)
        nursery.start_soon(client.run)
        await trio.sleep(0.01)
        return client

    return start


@pytest.fixture
def logged():
    with structlog.testing.capture_logs() as entries:
        yield lambda: [(entry["event"], entry["hsm"]) for entry in entries]


async def call_many(client, count):
    """Responses to so many commands at once, by number."""
    responses = {}
    complete = trio.Event()

    def done(n, response):
        assert n not in responses
        responses[n] = response
        if len(responses) == count:
            complete.set()

    for n in range(count):
        client.submit(echo(b"%d" % n), lambda response, n=n: done(n, response))
    with trio.fail_after(60):
        await complete.wait()
    return responses


def all_answered(count):
    return {n: echoed(b"%d" % n) for n in range(count)}


@pytest.mark.parametrize("connections", [1, 4])
async def test_commands_go_to_each_hsm_in_turn(hsms, start, connections, autojump_clock):
    client = await start(connections=connections)
    await call_many(client, 80)
    assert [len(hsm.echoes) for hsm in hsms] == [40, 40]
    assert [hsm.connections for hsm in hsms] == [connections, connections]


async def test_an_hsm_that_is_down_gets_no_commands(hsms, start, autojump_clock):
    hsms[0].refuses = True
    client = await start()
    assert await call_many(client, 10) == all_answered(10)
    assert len(hsms[1].echoes) == 10


async def test_what_is_out_when_an_hsm_dies_is_answered_by_the_other(hsms, start, autojump_clock):
    client = await start()
    hsms[0].habit = say_nothing
    responses = {}
    for n in range(10):
        client.submit(echo(b"%d" % n), lambda response, n=n: responses.setdefault(n, response))
    await trio.sleep(0.01)
    await hsms[0].die()
    await trio.sleep(0.01)
    assert responses == all_answered(10)
    assert client.counters.retried == 5


async def test_what_is_out_when_an_hsm_dies_is_spread_over_the_others(hsms, start, nursery, autojump_clock):
    hsms.append(FakeHsm(nursery, "three"))
    client = await start()
    hsms[0].habit = say_nothing
    for _ in range(30):
        client.submit(echo(b"x"), lambda _: None)
    await trio.sleep(0.01)
    await hsms[0].die()
    await trio.sleep(0.01)
    assert [len(hsm.echoes) for hsm in hsms] == [10, 15, 15]


async def test_what_is_out_when_an_hsm_freezes_is_answered_by_the_other_within_the_time_limit(
    hsms, start, autojump_clock
):
    client = await start(timeout_s=3.0)
    hsms[0].freeze()
    began = trio.current_time()
    assert await call_many(client, 10) == all_answered(10)
    assert 1.5 <= trio.current_time() - began <= 1.7


async def test_a_frozen_hsm_is_taken_out(hsms, start, autojump_clock):
    client = await start()
    hsms[0].freeze()
    await call_many(client, 10)
    before = len(hsms[0].echoes)
    await call_many(client, 10)
    assert len(hsms[0].echoes) == before


async def test_an_hsm_that_thaws_is_used_again(hsms, start, autojump_clock):
    client = await start()
    hsms[0].freeze()
    await call_many(client, 10)
    hsms[0].thaw()
    await trio.sleep(10)
    hsms[0].echoes.clear()
    await call_many(client, 10)
    assert len(hsms[0].echoes) == 5


async def test_with_every_hsm_frozen_a_command_fails_when_its_time_is_over(hsms, start, autojump_clock):
    client = await start(timeout_s=3.0)
    for hsm in hsms:
        hsm.freeze()
    began = trio.current_time()
    assert await call_many(client, 1) == {0: None}
    assert trio.current_time() - began <= 3.2


async def test_a_late_response_is_counted_and_not_given_twice(hsms, start, nursery, autojump_clock):
    async def answer_once_late(stream, header, data):
        hsms[0].habit = answer
        nursery.start_soon(answer_later, stream, header, data)

    async def answer_later(stream, header, data):
        await trio.sleep(2)
        await answer(stream, header, data + b" late")

    client = await start()
    hsms[0].habit = answer_once_late
    assert await call_one_by_one(client, 400) == all_answered(400)
    assert (client.counters.retried, client.counters.late, hsms[0].connections) == (1, 1, 1)


async def call_one_by_one(client, count):
    """Responses to a command every 10 ms, so that no HSM is silent for long."""
    responses = {}
    for n in range(count):
        client.submit(echo(b"%d" % n), lambda response, n=n: responses.update({n: response}))
        await trio.sleep(0.01)
    return responses


async def test_a_command_that_makes_hsms_hang_up_does_not_end_every_connection(hsms, start, autojump_clock):
    client = await start(connections=4)
    for hsm in hsms:
        hsm.habit = hang_up
    assert await call_many(client, 1) == {0: None}
    assert client.connected


async def test_a_command_that_too_many_hsms_hang_up_at_is_counted_as_lost(hsms, start, autojump_clock):
    client = await start(connections=4)
    for hsm in hsms:
        hsm.habit = hang_up
    await call_many(client, 1)
    assert (client.counters.retried, client.counters.lost) == (2, 1)


async def test_with_no_hsm_left_a_command_fails_at_once(hsms, start, autojump_clock):
    client = await start()
    for hsm in hsms:
        await hsm.die()
    await trio.sleep(0.01)
    told = []
    client.submit(echo(b"x"), told.append)
    assert told == [None]


async def test_what_is_pending_when_the_client_is_cancelled_fails_once(hsms, autojump_clock):
    client = HsmClient(*(hsm.endpoint for hsm in hsms), connections=2)
    for hsm in hsms:
        hsm.habit = say_nothing
    told = []
    async with trio.open_nursery() as running:
        running.start_soon(client.run)
        await trio.sleep(0.01)
        for n in range(20):
            client.submit(echo(b"x"), lambda response, n=n: told.append((n, response)))
        running.cancel_scope.cancel()
    assert sorted(told) == [(n, None) for n in range(20)]


# Health.


async def test_an_hsm_with_another_lmk_is_not_used(hsms, start, autojump_clock):
    client = await start(lmk_check_value="268604")
    hsms[0].diagnosed = OTHER_LMK
    await trio.sleep(6)
    hsms[0].echoes.clear()
    assert await call_many(client, 10) == all_answered(10)
    assert hsms[0].echoes == []


async def test_without_a_configured_check_value_the_first_ones_holds(hsms, start, autojump_clock):
    hsms[1].diagnosed = None
    client = await start()
    hsms[1].diagnosed = OTHER_LMK
    await trio.sleep(10)
    await call_many(client, 10)
    assert hsms[1].echoes == []


@pytest.mark.parametrize("response", [b"ND41", b"ND15", b"XX00", b"", b"ND00short"])
async def test_an_hsm_that_diagnoses_itself_ill_is_not_used(hsms, start, response, autojump_clock):
    hsms[0].diagnosed = response
    client = await start()
    await call_many(client, 10)
    assert hsms[0].echoes == []


async def test_what_one_nc_says_takes_out_every_connection_to_its_hsm(hsms, start, autojump_clock):
    client = await start(connections=2, health_interval_s=5)
    await trio.sleep(2)
    await hsms[0].drop_one()  # from now on the connections' checks are two seconds apart
    await trio.sleep(2)
    hsms[0].diagnosed = b"ND41"
    await trio.sleep(1.5)
    await call_many(client, 10)
    assert hsms[0].echoes == []


async def test_one_dead_connection_takes_out_no_other_to_its_hsm(hsms, start, autojump_clock):
    await start(connections=2)
    hsms[0].deafen_one()
    await trio.sleep(20)
    assert hsms[0].connections == 3


async def test_an_hsm_that_has_recovered_is_used_again(hsms, start, autojump_clock):
    hsms[0].diagnosed = b"ND41"
    client = await start()
    await trio.sleep(1)
    hsms[0].diagnosed = DIAGNOSED
    await trio.sleep(10)
    await call_many(client, 10)
    assert len(hsms[0].echoes) == 5


# Log lines.


async def test_what_is_wrong_with_an_hsm_is_logged_once(hsms, start, logged, autojump_clock):
    hsms[0].diagnosed = b"ND41"
    hsms[1].refuses = True
    await start()
    await trio.sleep(60)
    assert sorted(logged()) == [("hsm.unhealthy", "one"), ("hsm.unreachable", "two")]


async def test_its_way_down_and_up_is_logged(hsms, start, logged, autojump_clock):
    await start()
    await hsms[1].die()
    await trio.sleep(1)
    hsms[1].refuses = False
    await trio.sleep(5)
    events = [event for event, hsm in logged() if hsm == "two"]
    assert events == ["hsm.connected", "hsm.disconnected", "hsm.unreachable", "hsm.connected", "hsm.recovered"]
