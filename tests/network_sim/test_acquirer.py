from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio

from saklar.codecs import framing, load_dialect, response_code
from saklar.network_sim import Acquirer, NoAnswer
from saklar.switch.engine.messages import answer_to
from saklar.switch.links import FramedStream

FRAMING = framing("binary-2")


@pytest.fixture
def connected(acquirer):
    """An acquirer whose switch answers each message with what `behave` says of it, as a list of messages or bytes."""

    @asynccontextmanager
    async def connected(behave, **changes):
        async with trio.open_nursery() as nursery:
            dialect = load_dialect(changes.get("dialect", "iso87-ascii"))
            listeners = await nursery.start(
                partial(trio.serve_tcp, host="127.0.0.1"), partial(_serve, dialect, behave), 0
            )
            port = listeners[0].socket.getsockname()[1]
            party = Acquirer(acquirer(connect=f"127.0.0.1:{port}", **{"sign_on": False} | changes))
            await nursery.start(party.run)
            yield party
            nursery.cancel_scope.cancel()

    return connected


async def _serve(dialect, behave, stream):
    framed = FramedStream(stream, FRAMING)
    while frames := await framed.receive():
        for frame in frames:
            answers = behave(dialect.decode(frame))
            if answers is None:
                await stream.aclose()
                return
            await framed.send(*[bytes(answer) for answer in answers])


def approve(request):
    return [answer_to(request, "00")]


@pytest.fixture
def buy(acquirer):
    def buy(party, amount=1_000):
        return party.fleet.purchase(party.configuration.card_named("gold"), amount)

    return buy


@pytest.mark.parametrize("dialect", ["iso87-ascii", "iso87-binary", "iso93-ascii"])
async def test_a_request_gets_its_answer(connected, buy, dialect):
    async with connected(approve, dialect=dialect) as party:
        request = buy(party)
        answer = await party.request(request)
    assert response_code(answer) == "00" and answer[11] == request[11]


async def test_answers_find_their_requests_in_whatever_order_they_come(connected, buy):
    held = []

    def backwards(request):
        held.insert(0, answer_to(request, "00"))
        return held if len(held) == 5 else []

    got = {}

    async def ask(party, request):
        got[request[11]] = (await party.request(request))[11]

    async with connected(backwards) as party, trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(ask, party, buy(party))
    assert len(got) == 5 and all(asked == answered for asked, answered in got.items())


async def test_one_stan_of_two_terminals_is_two_requests(connected, acquirer):
    async with connected(approve) as party:
        requests = [
            party.fleet.purchase(party.configuration.card_named("gold"), amount, stan="000007") for amount in (1, 2)
        ]
        assert [(await party.request(request))[41] for request in requests] == ["NTH00001", "NTH00002"]


async def test_a_request_without_an_answer_ends_after_its_time(connected, buy, autojump_clock):
    async with connected(lambda _: []) as party:
        with pytest.raises(NoAnswer):
            await party.request(buy(party), timeout_s=30)
    assert trio.current_time() == pytest.approx(30, abs=1)


async def test_a_late_answer_is_counted_and_dropped(connected, buy, autojump_clock):
    held = []

    def late(request):
        held.append(answer_to(request, "00"))
        return held[:-1]

    async with connected(late) as party:
        with pytest.raises(NoAnswer):
            await party.request(buy(party))
        with pytest.raises(NoAnswer):
            await party.request(buy(party))
        assert party.counters["unmatched"] == 1


async def test_a_second_answer_is_counted_and_dropped(connected, buy):
    async with connected(lambda request: approve(request) * 2) as party:
        assert (await party.request(buy(party)))[39] == "00"
        await party.request(buy(party))
        assert party.counters["unmatched"] >= 1


async def test_a_lost_connection_ends_what_waits_and_what_comes_after(connected, buy):
    async with connected(lambda _: None) as party:
        for _ in range(2):
            with pytest.raises(NoAnswer):
                await party.request(buy(party), timeout_s=float("inf"))


async def test_an_answer_that_does_not_decode_is_counted(connected, buy, autojump_clock):
    async with connected(lambda _: [b"garbage"]) as party:
        with pytest.raises(NoAnswer):
            await party.request(buy(party))
        assert party.counters["malformed"] == 1


async def test_a_request_that_is_out_cannot_be_sent_twice(connected, buy):
    async with connected(lambda _: []) as party, trio.open_nursery() as nursery:
        request = buy(party)
        nursery.start_soon(party.request, request)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(ValueError, match="in flight"):
            await party.request(request)
        nursery.cancel_scope.cancel()


async def test_an_echo_of_the_switch_is_answered(connected, buy):
    answered = []

    def echo_first(request):
        if request.mti == "0810":
            answered.append(request)
            return []
        echo = request.dialect.message({"mti": "0800", 7: "1123120000", 11: "000001", 70: "301"})
        return [echo, *approve(request)]

    async with connected(echo_first) as party:
        await party.request(buy(party))
        await party.request(buy(party))
    assert [(answer[11], answer[39], answer[70]) for answer in answered][:1] == [("000001", "00", "301")]


async def test_the_first_message_is_the_sign_on(connected):
    seen = []

    def note(request):
        seen.append((request.mti, request[70]))
        return approve(request)

    async with connected(note, sign_on=True):
        assert seen == [("0800", "001")]


async def test_a_refused_sign_on_is_an_error(connected):
    with pytest.RaisesGroup(NoAnswer, flatten_subgroups=True, allow_unwrapped=True):
        async with connected(lambda request: [answer_to(request, "91")], sign_on=True):
            pytest.fail("it signed on")


async def test_a_switch_that_is_not_there_is_an_oserror(acquirer):
    with pytest.RaisesGroup(OSError, flatten_subgroups=True, allow_unwrapped=True):
        async with trio.open_nursery() as nursery:
            await nursery.start(Acquirer(acquirer(connect="127.0.0.1:9")).run)


async def test_no_secret_is_logged(connected, buy, secrets, log):
    async with connected(approve) as party:
        request = buy(party)
        await party.request(request)
    said = repr(log)
    assert "acquirer.answered" in said and "400000******0002" in said
    assert [secret for secret in (*secrets, request[52]) if secret in said] == []
