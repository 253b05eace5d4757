"""The file of a mix: what is wrong is told by key."""

import pytest

from saklar.bench.load import load_mix
from saklar.bench.load.mix import MAX_PREPARED, CardTable
from saklar.switch.toml import ConfigurationError

GOOD = """
[[group]]
name = "north"
dialect = "iso87-ascii"
zpk = "U2A3181DC9BC9EE48134E8DCFB4A97045"
connections = 8
weight = 3

[[group]]
name = "south"
target = "127.0.0.1:8584"
dialect = "iso87-binary"
framing = "ascii-4"
messages = ["balance"]

[[card]]
name = "gold"
bin = "400000"
count = 50
pin = "1234"

[[card]]
name = "plain"
pan = "5100000000000000008"

[[message]]
name = "purchase"
pin = true
cards = ["gold"]
weight = 9

[[message]]
name = "balance"
mti = "0100"
amount = 0
fields = { 3 = "310000" }
expect = ["00", "51"]
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        file = tmp_path / "mix.toml"
        file.write_text(text)
        return load_mix(file)

    return read


def test_a_good_file_is_read(read):
    mix = read(GOOD)
    north, south = mix.group
    assert [message.called for message in mix.messages_of(north)] == ["purchase", "balance"]
    assert [message.called for message in mix.messages_of(south)] == ["balance"]
    assert [card.name for card in mix.cards_of(mix.message[0])] == ["gold"]


def test_a_message_alone_is_a_mix(read):
    mix = read('[[message]]\nmti = "0800"')
    assert len(mix.group) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('dialect = "iso87-ascii"', 'dialect = "iso87-asci"'), "group.0.dialect: "),
        (("weight = 3", "weight = 0"), "group.0.weight: input should be greater than 0"),
        (("connections = 8", "conections = 8"), "group.0.conections: unknown key; did you mean connections?"),
        (('zpk = "U2A3181DC9BC9EE48134E8DCFB4A97045"', ""), "group.0.zpk: is required (or tpk)"),
        (('zpk = "U2A31', 'zpk = "U2B31'), "group.0.zpk: "),
        (('target = "127.0.0.1:8584"', 'target = "8584"'), "group.1.target: '8584' is no address"),
        (('messages = ["balance"]', 'messages = ["refund"]'), "group.1.messages: 'refund' is no message; there are: "),
        (('bin = "400000"', 'bin = "400000"\npan = "4000000000000002"'), "card.0: give either pan or bin"),
        (("count = 50", "count = 0"), "card.0.count: "),
        (('cards = ["gold"]', 'cards = ["god"]'), "message.0.cards: 'god' is no card; there are: gold, plain"),
        (('cards = ["gold"]', ""), "message.0.pin: card 'plain' has no pin"),
        (('mti = "0100"', 'mti = "0110"'), "message.1: mti: 0110 is no request"),
        (('3 = "310000"', '11 = "000001"'), "message.1: fields.11: DE 11 is filled in for each request"),
        (('expect = ["00", "51"]', 'expect = ["0"]'), "message.1.expect.0: "),
        (("count = 50", "count = 19999"), f"are more than the {MAX_PREPARED} that are prepared"),
    ],
)
def test_what_is_wrong_is_told_by_key(read, change, said):
    assert change[0] in GOOD
    with pytest.raises(ConfigurationError) as caught:
        read(GOOD.replace(*change, 1))
    assert said in str(caught.value)
    assert "mix.toml" in str(caught.value)


def test_a_mix_without_messages_is_refused(read):
    with pytest.raises(ConfigurationError, match="message"):
        read("")


def test_a_message_without_cards_to_send_it_with_is_refused(read):
    with pytest.raises(ConfigurationError, match=r"message\.0: there is no \[\[card\]\]"):
        read("[[message]]")


def test_no_error_shows_a_card_or_a_pin(read):
    with pytest.raises(ConfigurationError) as caught:
        read(GOOD.replace('pin = "1234"', 'pin = "12x4"'))
    assert "12x4" not in str(caught.value)


@pytest.mark.parametrize(
    ("card", "pans"),
    [
        (CardTable(bin="400000", count=3), ["4000000000000002", "4000000000000010", "4000000000000028"]),
        (CardTable(bin="37828224", count=1, length=15), ["378282240000008"]),
        (CardTable(pan="4111111111111111"), ["4111111111111111"]),
    ],
)
def test_pans_of_a_bin_are_numbered_and_have_a_right_check_digit(card, pans):
    assert list(card.pans) == pans
    assert all(sum(_digits(pan)) % 10 == 0 for pan in pans)


def _digits(pan):
    for index, digit in enumerate(reversed(pan)):
        doubled = int(digit) * (1 + index % 2)
        yield doubled // 10 + doubled % 10


def test_a_bin_has_room_for_its_cards():
    with pytest.raises(ValueError, match="no room for 11 cards"):
        CardTable(bin="40000000000", length=13, count=11)


REVERSING = """
[[group]]
name = "north"
messages = ["purchase", "undone"]

[[card]]
bin = "400000"

[[message]]
name = "purchase"

[[message]]
name = "balance"
mti = "0800"

[[message]]
name = "undone"
mti = "0420"
reverses = "purchase"
"""


def test_a_reversal_is_sent_with_the_cards_of_its_original(read):
    mix = read(REVERSING)
    assert mix.cards_of(mix.message[2]) == mix.cards_of(mix.message[0]) != []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('mti = "0420"', 'mti = "0200"'), "message.2: reverses: a message 0200 is no reversal"),
        (('reverses = "purchase"', 'reverses = "purchases"'), "message.2.reverses: 'purchases' is no message"),
        (('reverses = "purchase"', 'reverses = "balance"'), "message.2.reverses: 'balance' is a 0800"),
        (('reverses = "purchase"', 'reverses = "purchase"\namount = 5'), "message.2: amount: is that of the message"),
        (('mti = "0420"', 'mti = "0420"\nfields = { 90 = "0" }'), "message.2: fields.90: DE 90 is filled in"),
        (('["purchase", "undone"]', '["undone"]'), "message.2.reverses: group 'north' does not send 'purchase'"),
        (
            ('reverses = "purchase"', 'reverses = "purchase"\n[[message]]\nmti = "0400"\nreverses = "purchase"'),
            "message.3.reverses: 'undone' reverses 'purchase' already",
        ),
    ],
)
def test_what_is_wrong_with_a_reversal_is_told_by_key(read, change, said):
    assert change[0] in REVERSING
    with pytest.raises(ConfigurationError) as caught:
        read(REVERSING.replace(*change, 1))
    assert said in str(caught.value)
