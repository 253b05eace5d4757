"""What a step does not say of a message is generated, and right; what it says is what is sent."""

import contextlib
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.codecs import load_dialect
from saklar.hsm_sim import decrypt_under_lmk, load_lmk, mac, pan12, pin_block, tdes
from saklar.network_sim.scenario import keys
from saklar.network_sim.scenario.elements import NotThat, content, minor_units, moment, slot_of
from saklar.network_sim.scenario.generation import Counters, Maker
from saklar.network_sim.scenario.language.source import Wrong

NOW = datetime(2026, 11, 25, 8, 15, 30, tzinfo=UTC)
ZPK = "U2A3181DC9BC9EE48134E8DCFB4A97045"
ZAK = "U7B7B1BE6AFBA184A32F08E7514BAC82E"
IMK = "U7475636CC30B93B493CF5EA53799EBCC"
CVK = "U9B4934384B19946B040CD702B4D58145"
CARD = "card gold 4000000000000002 expiry 4912 pin 3991"


@pytest.fixture
def made(cases_of):
    """The messages of the steps of a scenario, with all of it said on one acquirer."""

    def make(steps, party="", card=CARD, more=""):
        text = f'{card}\n{more}\nacquirer a -> 9 {party}\ndefaults card gold\nscenario "x"\n{steps}\n'
        (case,) = cases_of(text)
        facts = case.setup.parties["a"]
        maker = Maker(facts, case.setup, Counters(41, facts.terminals), random.Random(1), lambda: NOW)
        messages = []
        for step in case.steps:
            original = messages[-1] if messages else None
            message = maker.request(step.message, maker.context(case.scope, original, original), step.span)
            if step.label:
                case.scope.labels[step.label] = message
            messages.append(message.dialect.decode(bytes(message)))
        return messages

    return make


def test_a_purchase_is_complete(made):
    (message,) = made("a sends 0200 purchase", "terminals TERM1 currency USD acquirer-id 100001")
    assert message.to_dict() == {
        "mti": "0200", "2": "4000000000000002", "3": "000000", "4": "000000001000", "7": "1125081530", "11": "000042",
        "12": "081530", "13": "1125", "14": "4912", "18": "5999", "22": "052", "25": "00", "32": "100001",
        "35": "4000000000000002=4912201", "37": "632908000042", "41": "TERM1   ", "42": "SCENARIO MERCH ", "49": "840",
    }  # fmt: skip


def test_stans_are_never_the_same(made):
    assert len({message[11] for message in made("a sends 0200\n" * 20)}) == 20


def test_the_pin_block_is_under_the_partys_key(made):
    (message,) = made("a sends 0200 purchase", f"zpk {ZPK}")
    zpk = decrypt_under_lmk(load_lmk("test"), "001", ZPK).data
    block = tdes.decrypt(zpk, bytes.fromhex(message[52]))
    assert pin_block.decode("01", block, pan12("4000000000000002")) == "3991"
    assert message[22] == "051"


def test_a_pin_without_a_key_is_refused(made):
    with pytest.raises(Wrong, match="no zpk or tpk"):
        made("a sends 0200 purchase pin 1234")


def test_the_mac_is_over_all_before_it(made):
    (message,) = made("a sends 0200 purchase", f"mac {ZAK}")
    zak = decrypt_under_lmk(load_lmk("test"), "008", ZAK).data
    body = bytes(message)[:-16]
    assert message[64] == mac.algorithm_3(zak, body, 1).hex().upper()


def test_the_mac_stands_in_128_where_there_is_a_second_bitmap(made):
    _, reversal = made("a sends 0200 purchase\na sends 0420 reversal", f"mac {ZAK}")
    assert 128 in reversal and 64 not in reversal


def test_a_cryptogram_is_right_and_one_of_another_amount_is_not(made, cases_of):
    (message,) = made("a sends 0200 purchase", card=f"{CARD} imk {IMK}")
    (case,) = cases_of(f'{CARD} imk {IMK}\nacquirer a -> 9\nscenario "x"\nwait 1 s\n')
    facts, card = case.setup.parties["a"], case.setup.cards["gold"]
    slot = slot_of(message.dialect, "55.9F26")
    assert keys.is_valid(slot, message, facts, card) is True
    message["55.9F02"] = "000000009900"
    assert keys.is_valid(slot, message, facts, card) is False


def test_a_magnetic_stripe_has_a_cvv(made):
    (message,) = made("a sends 0200 purchase magstripe", card=f"{CARD} cvk {CVK}")
    assert message[22] == "022"
    assert len(message[35]) == len("4000000000000002=4912201") + 8


def test_a_keyed_card_has_no_track(made):
    (message,) = made("a sends 0200 purchase keyed")
    assert 35 not in message and message[22] == "012"


def test_a_reversal_names_its_original(made):
    first, reversal = made("a sends 0200 purchase amount 12.00 as first\na sends 0400 reversal of first")
    assert reversal[90] == f"0200{first[11]}{first[7]}00000100001{'0' * 11}"
    assert (reversal[4], reversal[2], reversal[37]) == (first[4], first[2], first[37])
    assert reversal[11] != first[11]


def test_a_reversal_of_1993_names_its_original(made):
    first, reversal = made("a sends 1200 purchase\na sends 1420 reversal", "dialect iso93-ascii")
    assert reversal[56] == f"1200{first[11]}{first[12]}06100001"
    assert reversal[24] == "400"


def test_a_partial_reversal_says_what_stands(made):
    _, reversal = made("a sends 0200 purchase\na sends 0400 reversal partial 3.00")
    assert reversal["95.transaction"] == "000000000300"


def test_a_repeat_is_the_same_message(made):
    first, repeat = made("a sends 0200 purchase\na sends 0201")
    assert repeat.mti == "0201"
    assert repeat.values() == first.values()


def test_a_template_has_its_message_type_and_the_nearest_value_wins(made):
    (message,) = made(
        "a sends dear 41=NEAR", more="template plain 0200 3=000000 41=FAR\ntemplate dear plain 3=010000 amount 99.00"
    )
    assert (message.mti, message[3], message[4], message[41].strip()) == ("0200", "010000", "000000009900", "NEAR")


def test_network_management_has_what_it_needs(made):
    (message,) = made("a sends echo-test", "dialect iso93-ascii")
    assert (message.mti, message[24]) == ("1804", "831")


@pytest.mark.parametrize(
    ("said", "path", "expected"),
    [
        ("4=12.5", "4", "000000001250"),
        ("4=125", "4", "000000000125"),
        ("amount 1000 JPY", "4", "000000001000"),
        ("amount 1.500 KWD", "4", "000000001500"),
        ("amount 10.00 USD", "49", "840"),
        ("41=X", "41", "X       "),
        ("stan=42", "11", "000042"),
        ("7=now+1d", "7", "1126081530"),
        ("14=today+1y", "14", "2711"),
        ("55.9F26=0102030405060708", "55.9F26", "0102030405060708"),
        ("48=absent 35=absent", "35", None),
        ("43.city=BANDUNG", "43", " " * 23 + "BANDUNG      " + " " * 4),
        ("95.transaction=3.00", "95", "000000000300" + "0" * 30),
    ],
)  # fmt: skip
def test_a_value_is_written_as_its_element_has_it(made, said, path, expected):
    (message,) = made(f"a sends 0200 purchase {said}")
    assert message.get(path) == expected


def test_a_quoted_value_is_sent_as_it_stands(made):
    with pytest.raises(Exception, match="DE 4"):
        made('a sends 0200 purchase 4="12"')


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("amount 10.123", "more than the 2 decimals"),
        ("amount ten", "no amount"),
        ("amount 10.00 XXY", "no currency"),
        ("4=/[0-9]+/", "a pattern is for what is expected"),
        ("4=present", "present is for what is expected"),
        ("39=echo", "there is no request"),
        ("90=original", "there is no earlier request"),
        ("48=today", "no date or time"),
        ("48=random", "of how many digits"),
        ("card nobody", "there is no card"),
    ],
)
def test_what_cannot_be_said_is_refused(cases_of, made, said, message):
    with pytest.raises(Exception, match=message):
        made(f"a sends 0200 purchase {said}")


@given(st.integers(0, 10**12 - 1), st.sampled_from([("USD", 2), ("JPY", 0), ("KWD", 3)]))
def test_an_amount_is_read_as_it_is_written(minor, currency):
    code, places = currency
    text = f"{minor:0{places + 1}d}"
    written = f"{text[:-places]}.{text[-places:]}" if places else text
    assert minor_units(written, code) == minor


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_none(text):
    with contextlib.suppress(NotThat):
        assert minor_units(text, "USD") >= 0


@given(st.integers(-400, 400), st.sampled_from(["s", "min", "h", "d", "w", "mo", "y"]))
def test_an_offset_goes_forth_and_back_in_order(count, unit):
    assert (moment(NOW, f"{count:+d}{unit}") >= NOW) == (count >= 0)


@given(st.sampled_from(sorted(load_dialect("iso87-ascii").elements)), st.from_regex("[0-9]{0,12}", fullmatch=True))
def test_digits_are_filled_to_what_the_element_takes(number, digits):
    slot = slot_of(load_dialect("iso87-ascii"), str(number))
    value = content(slot, digits, "360")
    if slot.element.is_fixed and slot.element.format == "n" and digits:
        assert len(value) >= slot.element.max_length
    assert value.strip().lstrip("0") == digits.lstrip("0")
