"""What nobody should send to a simulated issuer."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saklar.network_sim import Fleet


@pytest.mark.parametrize("changes", [{2: None}, {11: None}], ids=["no PAN", "no STAN"])
async def test_a_request_that_cannot_be_decided_is_a_format_error(make_issuer, talk, purchase, changes):
    async with talk(make_issuer()) as peer:
        assert (await peer.ask(purchase(changes)))[39] == "30"


async def test_a_message_that_breaks_off_is_a_format_error(make_issuer, talk, purchase):
    async with talk(make_issuer()) as peer:
        answer = await peer.ask(bytes(purchase())[:-2])
    assert (answer.mti, answer[39], answer[11]) == ("0210", "30", "000042")


async def test_what_is_no_message_at_all_is_passed_over(make_issuer, talk, purchase):
    async with talk(make_issuer()) as peer:
        await peer.send(b"garbage", bytes([0xFF]) * 40)
        assert (await peer.ask(purchase()))[39] == "00"


async def test_an_impossible_frame_ends_its_connection_only(make_issuer, talk, purchase):
    issuer = make_issuer()
    async with talk(issuer) as good, talk(issuer) as bad:
        await bad.stream.send_all(b"\xff\xff")
        assert await bad.receive() is None
        assert (await good.ask(purchase()))[39] == "00"


async def test_half_a_frame_times_out(make_issuer, talk, autojump_clock):
    async with talk(make_issuer()) as peer:
        await peer.stream.send_all(b"\x00\x50half")
        assert await peer.receive() is None


DIALECTS = ("iso87-ascii", "iso87-binary", "iso93-ascii")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.data())
async def test_no_bytes_bring_an_issuer_down(make_issuer, talk, acquirer, data):
    dialect = data.draw(st.sampled_from(DIALECTS))
    fleet = Fleet(acquirer(dialect=dialect))
    good = fleet.purchase(fleet._configuration.card_named("gold"), 10_051)
    message = bytearray(bytes(data.draw(st.sampled_from([good, fleet.reversal(good), fleet.network("301")]))))
    for _ in range(data.draw(st.integers(0, 4))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    issuer = make_issuer(dialect=dialect, zpk=None, pvk=None, hsm=None)
    async with talk(issuer, dialect) as peer:
        await peer.send(bytes(message), fleet.network("301"))
        await peer.receive()
        assert issuer.accounts.cards
