"""Trio tests: the same parts; what takes time is awaited with `.in_trio(…)`."""

import client
import pytest
import trio

pytestmark = pytest.mark.trio


async def test_a_client_of_ones_own_is_answered(switch):
    with trio.fail_after(5):
        answer = await client.ask(
            switch.ports["north"], {"mti": "0800", "7": "1123101500", "11": "000001", "70": "301"}
        )
    assert (answer.mti, answer[39], answer[11]) == ("0810", "00", "000001")


async def test_two_acquirers_at_once(card_network):
    answers = []

    async def buy(acquirer):
        answers.append(await acquirer.purchase.in_trio("blue", 12_00))

    async with trio.open_nursery() as nursery:
        for acquirer in card_network.acquirers.values():
            nursery.start_soon(buy, acquirer)
    assert [answer.approved for answer in answers] == [True, True]
