"""What is expected of a message, and whether it is so."""

import random
from datetime import UTC, datetime

import pytest

from saklar.codecs import load_dialect
from saklar.network_sim.scenario.language import Source, parse
from saklar.network_sim.scenario.language.source import Wrong
from saklar.network_sim.scenario.matchers import check_fields, holds
from saklar.network_sim.scenario.rendering import Context
from saklar.network_sim.scenario.scope import Scope

DIALECT = load_dialect("iso87-ascii")
NOW = datetime(2026, 11, 25, 8, 15, 30, tzinfo=UTC)
REQUEST = DIALECT.message({"mti": "0200", 4: "000000001000", 7: "1125081500", 11: "000042", 41: "TERM0001"})
ANSWER = DIALECT.message(
    {"mti": "0210", 2: "4000000000000002", 3: "000000", 4: "000000001000", 7: "1125081531", 11: "000042", 38: "ABC123",
     39: "00", 41: "TERM0001", 55: "9F26081122334455667788", 90: "020000004211250815000000010000100000000000"}
)  # fmt: skip


def checks(text, *, request=REQUEST, saved=(), exact=False):
    (scenario,) = parse(Source.of(f'scenario "x"\na expects 0210 {text}\n')).scenarios
    scope = Scope(dict(saved), labels={"first": REQUEST})
    context = Context(scope, DIALECT, "360", NOW, random.Random(1), request, REQUEST)
    return check_fields(scenario.steps[0].message.items, ANSWER, context, exact=exact)


@pytest.mark.parametrize(
    "text",
    [
        "39=00", "response-code=00", "39!=05", "4=10.00", "4=1000", "4=echo", "4=echo(first)", "11=42", "38=present", "44=absent",
        "44=any", "39=any", "37=absent|present", "39=05|00", "38=/[A-Z]{3}[0-9]{3}/", "4=9.99..10.01", "39=$code",
        "11=$first.11", "55.9F26=1122334455667788", "55.9F26=present", "55.9F27=absent", "90=original", "90.stan=000042",
        "7=now", "mti=0210", 'bitmap="2 3 4 7 11 38 39 41 55 90"', "38!=/[0-9]+/",
    ],
)  # fmt: skip
def test_it_is_so(text):
    (check,) = checks(text, saved=[("code", "00")])
    assert check.passed, check


@pytest.mark.parametrize(
    ("text", "expected", "actual"),
    [
        ("39=05", "05", "00"),
        ("39!=00", "not 00", "00"),
        ("4=12.00", "000000001200", "000000001000"),
        ("38=absent", "absent", "ABC123"),
        ("44=present", "present", ""),
        ("39=05|51", "one of 05, 51", "00"),
        ("38=/[0-9]+/", "/[0-9]+/", "ABC123"),
        ("4=11.00..12.00", "000000001100 to 000000001200", "000000001000"),
        ("2=4000000000000010", "400000******0010", "400000******0002"),
        ("7=now+1h", "1125091530 (now)", "1125081531"),
        ('bitmap="2 3"', "2 3", "2 3 4 7 11 38 39 41 55 90"),
    ],
)
def test_it_is_not_so_and_both_are_shown(text, expected, actual):
    (check,) = checks(text)
    assert (check.passed, check.expected, check.actual) == (False, expected, actual)


def test_nothing_else_means_that_every_element_is_named():
    found = checks("2=present 3=any 4=any 7=any 11=any 38=any 39=00 41=any 90=any", exact=True)
    assert [check.path for check in found if not check.passed] == ["55"]


@pytest.mark.parametrize(
    ("text", "said"), [("4=echo", "no request"), ("4=random(3)", "cannot be expected"), ("64=valid", "cannot be told")]
)
def test_what_means_nothing_is_refused(text, said):
    with pytest.raises(Wrong, match=said):
        checks(text, request=None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$a is own", True), ("$a is not own", False), ("$a is /o.n/", True), ("$a is x|own", True), ("$a is set", True),
        ("$none is set", False), ("$n is 3..5", True), ("$a is host", False),
    ],
)  # fmt: skip
def test_a_condition_holds_or_not(text, expected):
    (scenario,) = parse(Source.of(f'scenario "x"\ncheck {text}\n')).scenarios
    assert holds(scenario.steps[0].condition, Scope({"a": "own", "n": "4"})) is expected
