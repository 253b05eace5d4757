"""The engine's own benchmark: every transaction goes all the way, and each step has its time."""

import json

import pytest
from typer.testing import CliRunner

from saklar.bench.micro.course import CARDS, SHOPS, STEPS, Course
from saklar.bench.micro.engine import measure
from saklar.cli.app import app
from saklar.codecs import load_dialect
from saklar.switch.engine import TransactionChange, TransactionRecord

ASCII, BINARY = load_dialect("iso87-ascii"), load_dialect("iso87-binary")
NEWER = load_dialect("iso93-ascii")


@pytest.mark.parametrize("with_pin", [False, True])
@pytest.mark.parametrize("issuer", [ASCII, BINARY, NEWER], ids=lambda dialect: dialect.name)
def test_every_request_is_approved_by_the_issuer(issuer, with_pin):
    passed = Course(ASCII, issuer, with_pin=with_pin).pass_through(20)
    answers = [ASCII.decode(answer) for answer in passed.answers]
    assert [answer[39] for answer in answers] == ["00"] * 20


def test_every_transaction_has_an_intent_and_an_outcome():
    passed = Course(ASCII, ASCII).pass_through(20)
    assert [record.state for record in passed.intents] == ["forwarding"] * 20
    assert all(isinstance(record, TransactionRecord) for record in passed.intents)
    assert all(isinstance(record, TransactionChange) for record in passed.outcomes)
    assert [record.id for record in passed.outcomes] == [record.id for record in passed.intents]


def test_requests_are_of_all_cards_and_no_two_alike():
    frames = Course(ASCII, ASCII).frames(CARDS * SHOPS)
    assert len(set(frames)) == CARDS * SHOPS
    messages = [ASCII.decode(frame) for frame in frames]
    assert len({(message[2], message[42]) for message in messages}) == CARDS * SHOPS


def test_the_hsm_is_in_no_step_without_a_pin():
    result = measure(ASCII, ASCII, with_pin=False, chunk=100, rounds=2, progress=lambda _: None)
    assert "PIN translated" not in result.steps
    assert set(result.us) == set(STEPS)


def test_a_dialect_that_pyiso8583_cannot_express_has_no_unit():
    result = measure(load_dialect("pos-generic"), ASCII, with_pin=False, chunk=100, rounds=2, progress=lambda _: None)
    assert result.unit is None and result.in_units is None
    assert result.total > 0


def test_the_figures_are_printed_and_written(tmp_path):
    path = tmp_path / "engine.json"
    arguments = ["bench", "engine", "--pin", "--issuer-dialect", "iso87-binary", "--rounds", "2", "--json", str(path)]
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 0
    assert "iso87-ascii to iso87-binary, with a PIN" in run.stdout
    document = json.loads(path.read_text())
    assert set(document["median_us"]) == set(STEPS)
    assert document["in_pyiso8583"] > 0
