"""Recordings as scenario files: they can be loaded, are written well, and have no secret."""

from saklar.codecs import framing, load_dialect
from saklar.network_sim.draft import About, Recording, draft_of
from saklar.network_sim.draft.disguise import check_digit, is_card_number
from saklar.network_sim.draft.heard import Heard
from saklar.network_sim.scenario.expansion import cases_in
from saklar.network_sim.scenario.language import Source
from saklar.network_sim.scenario.language.formatting import formatted

DIALECT = load_dialect("iso87-ascii")
PAN, TRACK, BLOCK = "4539578763621486", "4539578763621486=25121010000012300001", "0123456789ABCDEF"
REQUEST = {"mti": "0200", "2": PAN, "3": "000000", "4": "000000001000", "7": "1123101500", "11": "000042",
           "12": "101500", "13": "1123", "18": "5411", "22": "021", "25": "00", "32": "100001", "35": TRACK,
           "37": "533210000042", "41": "TERM0001", "42": "MERCHANT0000001", "48": f"CVV2 123 {PAN}", "49": "360",
           "52": BLOCK}  # fmt: skip
ANSWER = {
    "mti": "0210",
    "3": "000000",
    "4": "000000001000",
    "11": "000042",
    "37": "533210000042",
    "38": "ABC123",
    "39": "00",
}


def drafted(keep=()):
    heard = [
        Heard(1.0, 1, True, DIALECT.message(REQUEST)),
        Heard(1.2, 1, False, DIALECT.message(ANSWER)),
    ]
    about = About(
        DIALECT, "iso87-ascii", framing("binary-2", 9999).name, "127.0.0.1:8583", "live", keep=frozenset(keep)
    )
    return draft_of(Recording(heard, ended_s=2.0, connections=1), about)


def test_a_draft_can_be_loaded():
    (case,) = cases_in(Source.of(drafted().text, "draft"))
    assert len(case.steps) == 2


def test_a_draft_is_written_well():
    text = drafted().text
    assert formatted(Source.of(text)) == text


def test_nothing_secret_is_in_a_draft():
    for text in (drafted().text, drafted({48}).text):
        assert not [secret for secret in (PAN, TRACK, BLOCK, "25121010000012300001") if secret in text]


def test_the_test_number_has_the_bin_and_a_right_check_digit():
    (word,) = [word for word in drafted().text.split() if word.isdecimal() and len(word) == len(PAN)]
    assert word[:6] == PAN[:6] and is_card_number(word) and check_digit("400000000000000") == "2"


def test_volatile_values_are_not_compared_literally():
    assert "38=present" in drafted().text and "39=00" in drafted().text


def test_a_reversal_names_its_original_anew_each_time():
    reversal = REQUEST | {"mti": "0420", "11": "000043", "90": "0200" + "000042" + "1123101500" + "0" * 22}
    del reversal["52"], reversal["35"]
    heard = [
        Heard(1.0, 1, True, DIALECT.message(REQUEST)),
        Heard(1.2, 1, False, DIALECT.message(ANSWER)),
        Heard(1.5, 1, True, DIALECT.message(reversal)),
    ]
    about = About(DIALECT, "iso87-ascii", "binary-2", "127.0.0.1:8583", "live")
    text = draft_of(Recording(heard, ended_s=5.0, connections=1), about).text
    assert "0420 reversal of request-1" in text
    assert "90=" not in text
