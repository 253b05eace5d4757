"""Plain tests: the parts run beside them, in a thread of their own. Amounts are in minor units."""

import pytest


def test_a_purchase_moves_money(card_network):
    before = card_network.issuer.balance("gold")
    bought = card_network.acquirer.purchase("gold", 12_50)
    assert bought.approved
    assert card_network.issuer.balance("gold") == before - 12_50


def test_a_reversal_gives_it_back(card_network):
    before = card_network.issuer.balance("gold")
    bought = card_network.acquirer.purchase("gold", 12_50)
    assert card_network.acquirer.reversal(bought).approved
    card_network.switch.wait_for(rrn=bought.request[37], state="reversed")
    card_network.issuer.wait_for_balance("gold", before)


@pytest.mark.parametrize(("card", "pin", "code"), [("gold", "0000", "55"), ("poor", None, "51"), ("stray", None, "92")])
def test_what_is_declined(card_network, card, pin, code):
    assert card_network.acquirer.purchase(card, 500_00, pin=pin).code == code


def test_the_journal_outlives_the_switch(card_network):
    bought = card_network.acquirer.purchase("gold", 12_50)
    card_network.switch.kill()
    card_network.start()
    (found,) = card_network.switch.journal(rrn=bought.request[37])
    assert (found.state, found.amount) == ("approved", 12_50)
