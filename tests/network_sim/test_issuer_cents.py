"""What the last two digits of an amount make a simulated issuer do."""

import pytest
import trio

OPENING = 100_000
LATE_S = 40


@pytest.fixture
def with_cents(make_issuer):
    return make_issuer(cents=True, zpk=None, pvk=None, hsm=None, late_answer_ms=LATE_S * 1000)


async def test_the_cents_are_the_response_code(with_cents, talk, purchase, balance):
    async with talk(with_cents) as peer:
        answer = await peer.ask(purchase({4: "000000001051"}))
    assert answer[39] == "51" and 38 not in answer
    assert balance(with_cents) == OPENING


async def test_cents_that_approve_move_the_money(with_cents, talk, purchase, balance):
    async with talk(with_cents) as peer:
        answer = await peer.ask(purchase({4: "000000001008"}))
    assert answer[39] == "08" and 38 in answer
    assert balance(with_cents) == OPENING - 1_008


async def test_round_amounts_go_by_the_rules(with_cents, talk, purchase):
    async with talk(with_cents) as peer:
        assert (await peer.ask(purchase({4: "000000060000"})))[39] == "61"


async def test_cents_mean_nothing_unless_asked_to(make_issuer, talk, purchase):
    async with talk(make_issuer()) as peer:
        assert (await peer.ask(purchase({4: "000000001051"})))[39] == "00"


async def test_65_asks_for_a_pin(with_cents, talk, purchase):
    async with talk(with_cents) as peer:
        assert (await peer.ask(purchase({4: "000000001065"})))[39] == "65"


async def test_66_is_answered_twice(with_cents, talk, purchase, balance):
    async with talk(with_cents) as peer:
        assert await peer.ask(purchase({4: "000000001066"})) == await peer.receive()
    assert balance(with_cents) == OPENING - 1_066


async def test_67_disconnects(with_cents, talk, purchase):
    async with talk(with_cents) as peer:
        assert await peer.ask(purchase({4: "000000001067"})) is None


async def test_68_is_answered_late(with_cents, talk, purchase, autojump_clock):
    async with talk(with_cents) as peer:
        began = trio.current_time()
        answer = await peer.ask(purchase({4: "000000001068"}))
    assert answer[39] == "00"
    assert trio.current_time() - began == pytest.approx(LATE_S, abs=0.1)


async def test_others_are_answered_while_a_late_answer_waits(with_cents, talk, purchase, autojump_clock):
    async with talk(with_cents) as peer:
        await peer.send(purchase({4: "000000001068"}), purchase({11: "000043"}))
        assert [(await peer.receive())[11] for _ in range(2)] == ["000043", "000042"]


@pytest.mark.parametrize("amount", [1_066, 1_067, 1_068, 1_069])
async def test_the_money_moves_however_the_answer_goes_astray(with_cents, talk, purchase, balance, amount):
    async with talk(with_cents) as peer:
        await peer.send(purchase({4: f"{amount:012d}"}))
        await trio.testing.wait_all_tasks_blocked()
    assert balance(with_cents) == OPENING - amount


async def test_69_is_not_answered(with_cents, talk, purchase, autojump_clock):
    async with talk(with_cents) as peer:
        await peer.send(purchase({4: "000000001069"}))
        assert await peer.silent_for(1_000)


async def test_the_reversal_of_an_unanswered_purchase_is_answered(with_cents, talk, purchase, balance):
    async with talk(with_cents) as peer:
        await peer.send(purchase({4: "000000001069"}))
        answer = await peer.ask(purchase({4: "000000001069", 11: "000043"}, mti="0420"))
    assert (answer.mti, answer[39]) == ("0430", "00")
    assert balance(with_cents) == OPENING
