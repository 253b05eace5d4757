"""Which dialect bytes are in."""

import json
from pathlib import Path

import pytest

from saklar.codecs import load_dialect
from saklar.codecs.guess import guess

DATA = Path(__file__).parent.parent / "data" / "codecs" / "messages.json"
RECORDS = {record["id"]: record for record in json.loads(DATA.read_text())["records"]}

KNOWN = {
    "stark-visa-0100-6": "visa-base1-like",
    "stark-mc-0400-2": "mastercard-cis-like",
    "cardutil-1144-ebcdic": "mastercard-ipm-like",
    "cup-0210-pay": "unionpay-pos-like",
    "epoc-purchaseauthorization": "iso93-ascii",
    "erl-field_46": "iso87-ascii",
}


@pytest.mark.parametrize(("record", "name"), KNOWN.items())
def test_a_published_message_is_guessed(record, name):
    found = guess(bytes.fromhex(RECORDS[record]["hex"]))
    assert found[0].dialect.name == name


def test_a_frame_is_taken_off(purchase):
    dialect = load_dialect("iso87-ascii")
    wire = dialect.encode(purchase)
    best = guess(len(wire).to_bytes(2, "big") + wire)[0]
    assert (best.dialect.name, best.framing.name) == ("iso87-ascii", "binary-2")
    assert best.message.to_dict() == dialect.decode(wire).to_dict()


def test_what_fits_better_comes_first(purchase):
    found = guess(load_dialect("iso87-binary").encode(purchase))
    assert found[0].dialect.name == "iso87-binary"
    assert found[0].likelihood == 1
    assert [one.likelihood for one in found] == sorted((one.likelihood for one in found), reverse=True)


def test_nothing_is_guessed_of_noise():
    assert guess(b"\x00\x01\x02 no message") == []
