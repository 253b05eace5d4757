"""Prepared requests are what the codec writes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saklar.bench.load import groups_of, one_message, plain_mix
from saklar.bench.load.mix import GroupTable, Mix
from saklar.bench.load.request import GAPS, Writer, requests_of
from saklar.codecs import CodecError, framing, load_dialect
from saklar.hsm_sim import decrypt_under_lmk, load_lmk, pan12
from saklar.hsm_sim.crypto import pin_block, tdes
from saklar.switch.links import Address

FRAMING = framing("binary-2", 65_535)
DIALECTS = ("iso87-ascii", "iso87-binary", "iso87-ebcdic", "iso93-ascii", "postilion-like", "jcb-like")
ZPK = "U2A3181DC9BC9EE48134E8DCFB4A97045"
ANYWHERE = Address("127.0.0.1", 1)


def only(mix, dialect):
    (group,), _ = groups_of(mix, ANYWHERE, dialect)
    ((request, _weight),) = group.requests
    return request


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 999_999), st.integers(0, 10**12 - 1), st.integers(0, 9_999_999))
@pytest.mark.parametrize("name", DIALECTS)
def test_gaps_are_filled_as_the_codec_would(name, stan, rrn, terminal):
    dialect = load_dialect(name)
    request, write = only(plain_mix(), name), Writer(dialect)
    values = {7: "0123112233", 11: f"{stan:06d}", 37: f"{rrn:012d}", 41: f"B{terminal:07d}"}
    sent = request.filled({number: write(number, value) for number, value in values.items()})
    message = dialect.decode(FRAMING.unwrap(sent))
    expected = message.copy()
    for number, value in values.items():
        if number in dialect.elements:
            expected[number] = value
    assert FRAMING.encode(bytes(expected)) == sent
    assert [message[number] for number in request.gaps] == [values[number] for number in request.gaps]


@pytest.mark.parametrize("name", DIALECTS)
def test_the_plain_message_is_right_in_every_dialect(name):
    dialect = load_dialect(name)
    request, write = only(plain_mix(), name), Writer(dialect)
    values = {7: "0123112233", 11: "000001", 37: "000000000001", 41: "B0000000"}
    sent = request.filled({number: write(number, value) for number, value in values.items()})
    message = dialect.decode(sent[2:])
    assert dialect.check(message, [number for number in message if number < 43]) == ()


def mixed(message, **group):
    cards = [{"bin": "400000", "count": 2, "pin": "4321"}]
    return Mix.model_validate({"group": [group], "card": cards, "message": [message]})


def prepared(mix, name="iso87-ascii"):
    return [request for request, _ in requests_of(mix, mix.group[0], load_dialect(name), FRAMING, {})]


def test_each_card_has_its_own_pin_block_under_the_key_of_the_group():
    key = decrypt_under_lmk(load_lmk("test"), "001", ZPK).data
    for request in prepared(mixed({"pin": True}, zpk=ZPK)):
        block = tdes.decrypt(key, bytes.fromhex(request.values[52]))
        assert pin_block.decode("01", block, pan12(request.values[2])) == "4321"


def test_a_message_says_whether_there_is_a_way_to_enter_a_pin():
    assert {request.values[22] for request in prepared(mixed({"pin": True}, zpk=ZPK))} == {"051"}
    assert {request.values[22] for request in prepared(mixed({}))} == {"052"}


def test_the_fields_of_the_mix_win():
    (first, _) = prepared(mixed({"fields": {"3": "310000", "18": "5411"}, "amount": 1999}))
    assert (first.values[3], first.values[18], first.values[4]) == ("310000", "5411", "000000001999")


def test_a_message_of_1987_is_restated_for_1993():
    (first, _) = prepared(mixed({}), "iso93-ascii")
    assert first.answer_mti == "1210"


def test_network_management_needs_no_card():
    mix = Mix.model_validate({"message": [{"mti": "0800"}]})
    (request,) = prepared(mix)
    assert request.gaps == (7, 11)
    assert request.values[70] == "301"


def test_a_message_may_be_given_in_its_own_dialect():
    dialect = load_dialect("iso87-binary")
    groups, _ = one_message({"mti": "0200", "2": "4000000000000002", "11": "123456"}, ANYWHERE, dialect, FRAMING, 1)
    assert groups[0].requests[0][0].gaps == GAPS


def test_an_element_that_the_dialect_cannot_say_is_named():
    with pytest.raises(CodecError, match="DE 4"):
        prepared(mixed({"fields": {"4": "12"}}))


def test_a_group_without_a_dialect_is_named():
    with pytest.raises(ValueError, match=r"group\.0\.dialect: is required"):
        groups_of(Mix(group=(GroupTable(),), message=plain_mix().message), ANYWHERE, None)
