import pytest

from saklar.network_sim import load_acquirer, load_issuer
from saklar.switch import ConfigurationError

ISSUER = """
name = "bank"
listen = "127.0.0.1:9001"
dialect = "iso87-binary"
zpk = "U8CBA4A503005143A81BAFC3300333F48"
pvk = "U9A08FF345A5A3C77785C5AF91C5B6902"

[hsm]
embedded = "test"

[[card]]
pan = "4000000000000002"
expiry = "4912"
pvv = "5203"
balance = 100
"""

ACQUIRER = """
name = "north"
connect = "127.0.0.1:8583"
dialect = "iso87-ascii"
acquirer_id = "100001"
merchant = "NORTHMARKET0001"
terminals = ["NTH00001"]
zpk = "U2A3181DC9BC9EE48134E8DCFB4A97045"

[[card]]
name = "gold"
pan = "4000000000000002"
expiry = "4912"
pin = "3991"
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "party.toml"
        path.write_text(text)
        return path

    return write


def test_an_issuer_is_read(write):
    issuer = load_issuer(write(ISSUER))
    assert issuer.listen == ("127.0.0.1", 9001)
    assert issuer.card[0].opened().balance == 100
    assert not issuer.cents


def test_a_card_may_need_a_pin(write):
    assert load_issuer(write(ISSUER + "pin_required = true\n")).card[0].opened().pin_required


def test_an_acquirer_is_read(write):
    acquirer = load_acquirer(write(ACQUIRER))
    assert acquirer.card_named("gold").pan == "4000000000000002"
    assert acquirer.currency == "360"


def test_a_card_that_there_is_not_is_named_with_those_that_there_are(write):
    with pytest.raises(KeyError, match=r"no card 'silver'; there are: gold"):
        load_acquirer(write(ACQUIRER)).card_named("silver")


BAD_ISSUERS = {
    "unknown key": ('name = "bank"', 'name = "bank"\ncent = true', ["cent", "did you mean cents"]),
    "unknown key of a card": ("balance = 100", "balanse = 100", ["card.0.balanse", "did you mean balance"]),
    "address": ("127.0.0.1:9001", "127.0.0.1", ["listen", "host:port"]),
    "IPv6 without brackets": ("127.0.0.1:9001", "::1:9001", ["listen", "brackets"]),
    "dialect": ("iso87-binary", "iso88", ["dialect", "iso88", "iso87-binary"]),
    "framing": ('name = "bank"', 'name = "bank"\nframing = "binary-3"', ["framing", "binary-2"]),
    "expiry": ('"4912"', '"4913"', ["card.0.expiry", "pattern"]),
    "status": ("balance = 100", 'status = "gone"', ["card.0.status", "gone", "active", "stolen"]),
    "negative balance": ("balance = 100", "balance = -1", ["card.0.balance"]),
    "one key of two": ('pvk = "U9A08FF345A5A3C77785C5AF91C5B6902"', "", ["both zpk and pvk"]),
    "keys without an HSM": ('[hsm]\nembedded = "test"', "", ["[hsm]"]),
    "two ways to the HSM": ('embedded = "test"', 'embedded = "test"\nconnect = "a:1"', ["hsm", "either"]),
    "a PAN twice": (
        "balance = 100", 'balance = 100\n[[card]]\npan = "4000000000000002"\nexpiry = "4912"', ["twice"],
    ),
    "not TOML": ("[hsm]", "[hsm", ["not valid TOML"]),
}  # fmt: skip

BAD_ACQUIRERS = {
    "unknown key": ('name = "north"', 'name = "north"\nterminal = []', ["terminal", "did you mean terminals"]),
    "no terminal": ('["NTH00001"]', "[]", ["terminals"]),
    "terminal of another length": ('["NTH00001"]', '["NTH1"]', ["terminals.0", "pattern"]),
    "PIN of three digits": ('"3991"', '"399"', ["card.0.pin", "pattern"]),
    "merchant missing": ('merchant = "NORTHMARKET0001"', "", ["merchant", "required"]),
}


@pytest.mark.parametrize(("old", "new", "words"), BAD_ISSUERS.values(), ids=BAD_ISSUERS.keys())
def test_a_mistake_in_an_issuers_file_is_named_with_file_and_key(write, old, new, words):
    _assert_named(load_issuer, write, ISSUER, old, new, words)


@pytest.mark.parametrize(("old", "new", "words"), BAD_ACQUIRERS.values(), ids=BAD_ACQUIRERS.keys())
def test_a_mistake_in_an_acquirers_file_is_named_with_file_and_key(write, old, new, words):
    _assert_named(load_acquirer, write, ACQUIRER, old, new, words)


def _assert_named(load, write, good, old, new, words):
    assert old in good
    path = write(good.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    for word in words:
        assert word in said
    assert "4000000000000002" not in said and "3991" not in said


def test_the_repr_of_a_configuration_has_no_secret(write):
    shown = repr(load_issuer(write(ISSUER))) + repr(load_acquirer(write(ACQUIRER)))
    secrets = ["4000000000000002", "5203", "3991", "8CBA4A503005143A", "9A08FF345A5A3C77", "2A3181DC9BC9EE48"]
    assert [secret for secret in secrets if secret in shown] == []
