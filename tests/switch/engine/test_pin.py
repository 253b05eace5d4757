"""PIN blocks: from the acquirer's key to the issuer's, or not at all."""

import pytest

from saklar.hsm_sim import build_command, parse_response
from saklar.switch.engine import HsmDone, PinKey

NORTH_ZPK = "U1EF828AA8F6B80EB83E19FBC373F3A85"
BANK_ZPK = "U7AC018136B04AE541075AD0AADEEB90D"
PVK = "UE4D98C70C699D619FDE92B2D97140185"


@pytest.fixture
def network(make_desk):
    desk = make_desk(north={"pin_key": PinKey("ZPK", NORTH_ZPK)}, bank_a={"pin_key": PinKey("ZPK", BANK_ZPK)})
    desk.north, desk.bank = desk.connect("north"), desk.connect("bank-a")
    desk.bank_b = desk.connect("bank-b")
    return desk


@pytest.fixture
def pin_block(network):
    """A block under the acquirer's key that the HSM itself made, by translating one of the published vectors back."""
    fields = {
        "source_zpk": BANK_ZPK,
        "destination_zpk": NORTH_ZPK,
        "maximum_pin_length": "12",
        "source_pin_block": "949F53FE63F1DCFC",
        "source_format": "01",
        "destination_format": "01",
        "account_number": "724547254322",
    }
    response = network.hsm.execute(build_command("CC", **fields))
    return parse_response("CC", response).values["destination_pin_block"]


PAN = "4000007245472543220"
"""Its 12 digits before the check digit are those of the vector."""


def test_the_issuer_gets_the_pin_under_its_own_key(network, pin_block):
    network.request(network.north, e2=PAN, e52=pin_block)
    assert len(network.hsm_calls) == 1


def test_the_published_vector_comes_out_at_the_issuer(network, pin_block):
    network.request(network.north, e2=PAN, e52=pin_block)
    assert network.last(network.bank)[52] == "949F53FE63F1DCFC"


def test_the_acquirers_pin_block_is_not_forwarded_while_the_hsm_thinks(network, pin_block):
    network.hsm_answers = False
    network.request(network.north, e52=pin_block)
    assert network.to(network.bank) == []
    assert network.stored == []


@pytest.mark.parametrize(
    "response", [None, b"CD20", b"CD10", b"CD15", b"CD", b"", b"XX00", b"CD0004", b"\xff\xff\xff\xff"]
)
def test_whatever_else_the_hsm_says_is_a_96(network, pin_block, response):
    network.hsm_answers = False
    network.request(network.north, e52=pin_block)
    network.handle(HsmDone(network.hsm_calls[-1].transaction, response))
    assert network.last(network.north)[39] == "96"
    assert network.to(network.bank) == []


def test_an_hsm_that_does_not_answer_is_a_96_at_its_time_limit(network, pin_block):
    network.hsm_answers = False
    network.request(network.north, e52=pin_block)
    network.wait(2.9)
    assert network.to(network.north) == []
    network.wait(0.1)
    assert network.last(network.north)[39] == "96"


def test_that_time_limit_is_the_hsms_alone(network, pin_block):
    network.commits = False
    network.request(network.north, e2=PAN, e52=pin_block)
    network.wait(10)
    assert [record.state for record in network.stored] == ["forwarding"]


def test_an_hsm_answer_after_that_changes_nothing(network, pin_block):
    network.hsm_answers = False
    network.request(network.north, e52=pin_block)
    network.wait(30)
    network.handle(HsmDone(network.hsm_calls[-1].transaction, b"CD0004949F53FE63F1DCFC01"))
    assert [m[39] for m in network.to(network.north)] == ["96"]
    assert network.to(network.bank) == []


def test_an_issuer_without_a_pin_key_makes_a_96(network, pin_block):
    network.request(network.north, e2="5100000000000008", e52=pin_block)
    assert network.last(network.north)[39] == "96"
    assert network.hsm_calls == []


def test_a_terminal_key_is_translated_with_ca(make_desk, pin_block):
    desk = make_desk(
        north={"pin_key": PinKey("TPK", "UF6621E916916A206202E300F335220C2")},
        bank_a={"pin_key": PinKey("ZPK", BANK_ZPK)},
    )
    north, bank = desk.connect("north"), desk.connect("bank-a")
    desk.request(north, e2=PAN, e52="85225521CD8DEFE2")
    assert desk.hsm_calls[-1].request.startswith(b"CA")
    assert desk.last(bank)[52] == "949F53FE63F1DCFC"


def test_a_pin_block_is_not_journaled(network, pin_block):
    network.request(network.north, e52=pin_block)
    assert pin_block not in repr([(r, vars(r) if hasattr(r, "__dict__") else r) for r in network.stored])


@pytest.mark.parametrize(("response", "code"), [(b"CD20", "81"), (None, "96")], ids=["an error", "no answer"])
def test_a_pin_block_that_cannot_be_translated_gets_the_code_that_the_link_says(make_desk, response, code):
    key = PinKey("ZPK", NORTH_ZPK)
    desk = make_desk(north={"pin_key": key, "pin_error_code": "81"}, bank_a={"pin_key": PinKey("ZPK", BANK_ZPK)})
    north, bank = desk.connect("north"), desk.connect("bank-a")
    desk.hsm_answers = False
    desk.request(north, e52="1122334455667788")
    desk.handle(HsmDone(desk.hsm_calls[0].transaction, response))
    assert desk.last(north)[39] == code
    assert desk.to(bank) == []
    assert desk.engine.counters["pin_errors.north"] == 1
