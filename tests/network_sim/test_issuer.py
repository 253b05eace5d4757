from datetime import UTC, datetime

import pytest
import trio

from saklar.codecs import network_code, response_code
from saklar.hsm_sim import Hsm, load_lmk, serve_hsm
from saklar.network_sim import Fleet, Issuer, IssuerConfiguration

OPENING = 100_000
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def with_pin(acquirer):
    """A purchase with a PIN block under the issuer's key."""

    def make(pin=None, *, first_stan=42, **changes):
        fleet = Fleet(acquirer(**changes), first_stan=first_stan)
        return fleet.purchase(fleet._configuration.card_named("gold"), 10_000, pin=pin)

    return make


async def test_a_purchase_is_approved_and_repeats_what_it_was_asked(make_issuer, talk, purchase):
    request = purchase({32: "100001", 42: "NORTHMARKET0001"})
    async with talk(make_issuer()) as peer:
        answer = await peer.ask(request)
    assert (answer.mti, answer[39]) == ("0210", "00")
    assert len(answer[38]) == 6
    for element in (2, 3, 4, 7, 11, 32, 37, 41, 42, 49):
        assert answer[element] == request[element]


@pytest.mark.parametrize(
    ("mti", "response"),
    [("0100", "0110"), ("0101", "0110"), ("0200", "0210"), ("0201", "0210"), ("0220", "0230"), ("0221", "0230")],
)
async def test_a_repeat_is_answered_with_the_plain_response(make_issuer, talk, purchase, mti, response):
    async with talk(make_issuer()) as peer:
        assert (await peer.ask(purchase(mti=mti))).mti == response


async def test_a_repeat_gets_the_first_answer_and_moves_nothing(make_issuer, talk, purchase, balance):
    issuer = make_issuer()
    async with talk(issuer) as peer:
        first = await peer.ask(purchase())
        assert (await peer.ask(purchase(mti="0201")))[38] == first[38]
    assert balance(issuer) == OPENING - 10_000


async def test_pipelined_requests_all_get_their_answers(make_issuer, talk, purchase):
    stans = [f"{n:06d}" for n in range(1, 9)]
    async with talk(make_issuer()) as peer:
        await peer.send(*[purchase({11: stan}) for stan in stans])
        assert sorted([(await peer.receive())[11] for _ in stans]) == stans


async def test_a_card_expires_by_the_issuers_clock(issuer_table, talk, purchase):
    configuration = IssuerConfiguration(**issuer_table(card={"expiry": "2610"}))
    async with talk(Issuer(configuration, clock=lambda: NOON)) as peer:
        assert (await peer.ask(purchase()))[39] == "54"


REVERSALS = {
    "by DE 90": {90: "0200" + "000042" + "1123120000" + "0" * 22},
    "by RRN and terminal": {},
}


@pytest.mark.parametrize("named", REVERSALS.values(), ids=REVERSALS.keys())
async def test_a_reversal_and_its_repeat_give_the_money_back_once(make_issuer, talk, purchase, balance, named):
    issuer = make_issuer()
    async with talk(issuer) as peer:
        await peer.ask(purchase())
        for mti, response in (("0420", "0430"), ("0421", "0430"), ("0400", "0410")):
            answer = await peer.ask(purchase({11: "000043", **named}, mti=mti))
            assert (answer.mti, answer[39]) == (response, "00")
    assert balance(issuer) == OPENING


async def test_of_a_partial_reversal_the_replacement_amount_stands(make_issuer, talk, purchase, balance):
    issuer = make_issuer()
    replacement = "000000004000" + "0" * 12 + "C00000000" + "C00000000"
    async with talk(issuer) as peer:
        await peer.ask(purchase())
        await peer.ask(purchase({11: "000043", 95: replacement}, mti="0420"))
    assert balance(issuer) == OPENING - 4_000


async def test_of_a_partial_reversal_in_1993_de_4_stands(make_issuer, talk, acquirer, balance):
    issuer = make_issuer(dialect="iso93-ascii")
    fleet = Fleet(acquirer(dialect="iso93-ascii", zpk=None))
    card = fleet._configuration.card_named("gold").model_copy(update={"pin": None})
    async with talk(issuer, "iso93-ascii") as peer:
        original = fleet.purchase(card, 10_000)
        await peer.ask(original)
        partial = fleet.reversal(original, mti="0420")
        partial[4], partial[24], partial[30] = "000000004000", "401", "000000010000" + "0" * 12
        await peer.ask(partial)
    assert balance(issuer) == OPENING - 4_000


async def test_a_reversal_of_1993_finds_its_original(make_issuer, talk, acquirer, balance):
    issuer = make_issuer(dialect="iso93-ascii")
    fleet = Fleet(acquirer(dialect="iso93-ascii", zpk=None))
    card = fleet._configuration.card_named("gold").model_copy(update={"pin": None})
    async with talk(issuer, "iso93-ascii") as peer:
        original = fleet.purchase(card, 10_000)
        assert response_code(await peer.ask(original)) == "00"
        assert balance(issuer) == OPENING - 10_000
        assert response_code(await peer.ask(fleet.reversal(original))) == "00"
    assert balance(issuer) == OPENING


@pytest.mark.parametrize("dialect", ["iso87-ascii", "iso87-binary", "iso93-ascii"])
async def test_network_management_is_approved(make_issuer, talk, acquirer, dialect):
    fleet = Fleet(acquirer(dialect=dialect))
    async with talk(make_issuer(dialect=dialect), dialect) as peer:
        for code in ("001", "301", "002"):
            answer = await peer.ask(fleet.network(code))
            assert (answer.mti[1:], response_code(answer), network_code(answer)) in [
                ("810", "00", code),
                ("814", "00", code),
            ]


@pytest.mark.parametrize("mti", ["0210", "0110", "0410", "0430", "0810", "0240"])
async def test_what_is_no_request_is_not_answered(make_issuer, talk, purchase, autojump_clock, mti):
    async with talk(make_issuer()) as peer:
        await peer.send(purchase(mti=mti))
        assert await peer.silent_for(100)


async def test_an_unknown_class_of_request_is_refused(make_issuer, talk, purchase):
    async with talk(make_issuer()) as peer:
        assert (await peer.ask(purchase(mti="0600")))[39] == "12"


# PINs.


async def test_a_right_pin_is_approved(make_issuer, running, with_pin):
    async with running(make_issuer()) as peer:
        assert (await peer.ask(with_pin()))[39] == "00"


async def test_a_wrong_pin_is_refused(make_issuer, running, with_pin, balance):
    issuer = make_issuer()
    async with running(issuer) as peer:
        assert (await peer.ask(with_pin("0000")))[39] == "55"
    assert balance(issuer) == OPENING


async def test_a_pin_block_under_another_key_is_no_approval(make_issuer, running, with_pin, balance):
    issuer = make_issuer()
    async with running(issuer) as peer:
        answer = await peer.ask(with_pin(zpk="U857CBADBB8D99135F0015AD765135CE4"))
    assert answer[39] == "96"
    assert balance(issuer) == OPENING


async def test_a_reversal_right_behind_its_purchase_finds_it(make_issuer, talk, purchase, balance):
    issuer = make_issuer()
    async with talk(issuer) as peer:
        await peer.send(purchase(), purchase({11: "000043"}, mti="0420"))
        assert [(await peer.receive())[39] for _ in range(2)] == ["00", "00"]
    assert balance(issuer) == OPENING


async def test_the_third_wrong_pin_in_a_row_blocks_pins(make_issuer, running, with_pin):
    async with running(make_issuer()) as peer:
        codes = [(await peer.ask(with_pin(pin, first_stan=n)))[39] for n, pin in enumerate(["0000"] * 3 + [None], 1)]
    assert codes == ["55", "55", "75", "75"]


async def test_pins_are_checked_side_by_side(make_issuer, running, with_pin):
    requests = [with_pin(first_stan=number) for number in range(1, 9)]
    async with running(make_issuer()) as peer:
        await peer.send(*requests)
        answers = [await peer.receive() for _ in requests]
    assert {(answer[11], answer[39]) for answer in answers} == {(request[11], "00") for request in requests}


async def test_a_card_may_require_a_pin(make_issuer, talk, purchase):
    async with talk(make_issuer(card={"pin_required": True})) as peer:
        assert (await peer.ask(purchase()))[39] == "55"


async def test_without_an_hsm_only_pins_cannot_be_answered(make_issuer, talk, purchase, with_pin):
    async with talk(make_issuer(zpk=None, pvk=None, hsm=None)) as peer:
        assert (await peer.ask(with_pin()))[39] == "96"
        assert (await peer.ask(purchase({11: "000043"})))[39] == "00"


async def test_an_hsm_that_does_not_answer_is_a_malfunction_after_its_time_limit(
    make_issuer, running, with_pin, autojump_clock
):
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, _never_answer, 0)
        port = listeners[0].socket.getsockname()[1]
        issuer = make_issuer(hsm={"connect": f"127.0.0.1:{port}", "timeout_ms": 3_000})
        async with running(issuer) as peer:
            assert (await peer.ask(with_pin()))[39] == "96"
        nursery.cancel_scope.cancel()


async def test_an_hsm_that_is_away_does_not_keep_the_rest_from_being_answered(
    make_issuer, running, purchase, autojump_clock
):
    async with trio.open_nursery() as nursery:
        issuer = make_issuer(hsm={"connect": "127.0.0.1:9", "timeout_ms": 200})
        async with running(issuer) as peer:
            assert (await peer.ask(purchase()))[39] == "00"
        nursery.cancel_scope.cancel()


async def test_an_hsm_over_tcp_is_connected_before_the_issuer_is_started(make_issuer):
    async with trio.open_nursery() as nursery:
        host, port = await nursery.start(serve_hsm, Hsm(load_lmk("test")), "127.0.0.1", 0)
        issuer = make_issuer(hsm={"connect": f"{host}:{port}"})
        await nursery.start(issuer.run)
        assert issuer._hsm.connected
        nursery.cancel_scope.cancel()


async def _never_answer(_):
    await trio.sleep_forever()


async def test_65_with_a_pin_goes_by_the_rules(make_issuer, running, acquirer):
    fleet = Fleet(acquirer())
    async with running(make_issuer(cents=True)) as peer:
        answer = await peer.ask(fleet.purchase(fleet._configuration.card_named("gold"), 1_065))
    assert answer[39] == "00"


# Secrets.


async def test_no_secret_is_logged(make_issuer, running, with_pin, purchase, secrets, log):
    async with running(make_issuer()) as peer:
        await peer.ask(with_pin())
        await peer.ask(with_pin("0000"))
        await peer.ask(bytes(purchase())[:-2])
        await peer.ask(purchase({11: "000045"}, mti="0420"))
    said = repr(log)
    assert "issuer.answered" in said and "400000******0002" in said
    assert [secret for secret in (*secrets, with_pin()[52]) if secret in said] == []
