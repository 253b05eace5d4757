from datetime import UTC, datetime

import pytest

from saklar.codecs import load_dialect, network_code
from saklar.hsm_sim import Hsm, HsmError, build_command, load_lmk, parse_response
from saklar.network_sim import Fleet
from saklar.network_sim.terminal import ECHO, SIGN_ON

NOON = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
DIALECTS = ("iso87-ascii", "iso87-binary", "iso93-ascii")


@pytest.fixture
def fleet(acquirer):
    def make(**changes):
        return Fleet(acquirer(**changes), clock=lambda: NOON, first_stan=42)

    return make


@pytest.fixture
def card(acquirer):
    return acquirer().card_named("gold")


def test_what_nobody_said_is_filled_in(fleet, card, pan):
    message = fleet().purchase(card, 1_050)
    said = {number: message[number] for number in message if number != 52}
    assert message.mti == "0200"
    assert said == {
        2: pan, 3: "000000", 4: "000000001050", 7: "1123123456", 11: "000042", 12: "123456", 13: "1123", 14: "4912",
        18: "5999", 22: "051", 25: "00", 32: "100001", 35: "4000000000000002=4912201", 37: "632712000042",
        41: "NTH00001", 42: "NORTHMARKET0001", 49: "360",
    }  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_purchase_is_a_message_of_its_dialect(fleet, card, dialect):
    message = fleet(dialect=dialect).purchase(card, 1_050)
    decoded = load_dialect(dialect).decode(bytes(message))
    assert decoded == message
    assert message.dialect.check(decoded) == ()


def test_without_a_pin_there_is_no_pin_block(fleet, acquirer):
    card = acquirer().card_named("gold").model_copy(update={"pin": None})
    message = fleet().purchase(card, 1_050)
    assert 52 not in message and message[22] == "052"


ZPK, PVK = "U8CBA4A503005143A81BAFC3300333F48", "U9A08FF345A5A3C77785C5AF91C5B6902"


@pytest.fixture
def hsm():
    """Sends a command to an HSM, and reads the response."""
    unit = Hsm(load_lmk("test"))
    return lambda code, **fields: parse_response(code, unit.execute(build_command(code, **fields)))


@pytest.fixture
def verified(hsm, card):
    """Whether the HSM takes the PIN in a block under the ZPK for the card's own."""
    fields = {"pin_block_format": "01", "account_number": card.pan[-13:-1], "pvki": "1", "pvv": "5203"}
    return lambda block: hsm("EC", zpk=ZPK, pvk=PVK, pin_block=block, **fields).ok


def test_the_hsm_finds_the_cards_pin_under_a_zpk(fleet, card, verified):
    assert verified(fleet().purchase(card, 1_050)[52])


def test_a_pin_as_typed_comes_before_the_cards_own(fleet, card, verified):
    assert not verified(fleet().purchase(card, 1_050, pin="0000")[52])


def test_the_hsm_finds_the_cards_pin_under_a_tpk(fleet, card, hsm, verified):
    tpk = hsm("A0", mode="0", key_type="002", lmk_scheme="U").values["key_under_lmk"]
    block = fleet(zpk=None, tpk=tpk).purchase(card, 1_050)[52]
    fields = {"source_format": "01", "destination_format": "01", "account_number": card.pan[-13:-1]}
    translated = hsm(
        "CA", source_tpk=tpk, destination_zpk=ZPK, maximum_pin_length="12", source_pin_block=block, **fields
    )
    assert verified(translated.values["destination_pin_block"])


def test_a_key_that_is_none_is_refused(acquirer):
    with pytest.raises(HsmError):
        Fleet(acquirer(zpk="U" + "0" * 32))


def test_a_pin_without_a_key_is_refused(acquirer, card):
    with pytest.raises(ValueError, match="no zpk or tpk"):
        Fleet(acquirer(zpk=None)).purchase(card, 1_050)


def test_a_pin_without_a_card_is_refused(fleet):
    with pytest.raises(ValueError, match="needs a card"):
        fleet().message("0200", {}, pin="1234")


def test_stans_come_round_after_the_last(acquirer, card):
    fleet = Fleet(acquirer(), first_stan=999_998)
    stans = [fleet.purchase(card, 1)[11] for _ in range(4)]
    assert stans == ["999998", "999999", "000001", "000002"]


def test_no_two_messages_of_a_fleet_have_one_stan(acquirer, card):
    fleet = Fleet(acquirer())
    assert len({fleet.purchase(card, 1)[11] for _ in range(500)}) == 500


def test_terminals_take_turns(fleet, card):
    made = fleet()
    assert [made.purchase(card, 1)[41] for _ in range(3)] == ["NTH00001", "NTH00002", "NTH00001"]


def test_a_reversal_names_its_original(fleet, card):
    made = fleet()
    original = made.purchase(card, 1_050)
    reversal = made.reversal(original)
    assert reversal.mti == "0400"
    assert reversal[90] == "0200" + "000042" + "1123123456" + "00000100001" + "0" * 11
    kept = (2, 3, 4, 32, 37, 41, 42, 49)
    assert [reversal[number] for number in kept] == [original[number] for number in kept]
    assert reversal[11] != original[11]
    assert 52 not in reversal


def test_a_reversal_of_1993_names_its_original_in_its_own_element(fleet, card):
    made = fleet(dialect="iso93-ascii")
    original = made.purchase(card, 1_050)
    reversal = made.reversal(original)
    assert reversal.mti == "1400"
    assert reversal[24] == "400"
    assert reversal[56] == f"{original.mti}{original[11]}{original[12]}06100001"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("code", [SIGN_ON, ECHO])
def test_network_management_says_what_it_wants(fleet, dialect, code):
    message = load_dialect(dialect).decode(bytes(fleet(dialect=dialect).network(code)))
    assert message.mti[1:3] == "80"
    assert network_code(message) == code


def test_what_is_said_comes_before_what_is_generated(fleet, card):
    message = fleet().message("0100", {3: "310000", 11: "000007", 49: "840"}, card=card)
    assert (message.mti, message[3], message[11], message[37], message[49]) == (
        "0100", "310000", "000007", "632712000007", "840",
    )  # fmt: skip


def test_a_fleet_shows_no_secret(fleet, secrets):
    shown = repr(fleet())
    assert not any(secret in shown for secret in secrets)
