"""What is said of two that were measured in turn."""

import json

import pytest

from saklar.bench.contenders import contender
from saklar.bench.load import Result, Tally
from saklar.bench.rounds import Load, Row, Sample
from saklar.bench.versus import Versus


def row_of(name, *rates, **facts):
    samples = []
    for rate in rates:
        tally = Tally("0200")
        tally.micros += [1_000_000 // rate] * rate
        result = Result(seconds=1.0, tallies=[tally], **facts)
        result.settle()
        samples.append(Sample.of(result, None))
    return Row("4x50", name, samples)


def compared(a, b, **facts):
    raw = contender("raw")
    rows = [row_of("A", *a, **facts), row_of("B", *b)]
    return Versus(raw, raw, Load(4, 50), len(a), 1.0, rows, rows)


A, B = [100, 120, 110, 90, 105], [50, 60, 55, 45, 52]


@pytest.mark.parametrize(
    ("ours", "theirs", "who"), [(A, B, "A is faster: it does 2"), (B, A, "B is faster: it does 2")]
)
def test_who_is_clearly_faster_is_named(ours, theirs, who):
    assert who in compared(ours, theirs).sentence


def test_what_is_within_the_noise_cannot_be_told():
    sentence = compared([100, 90, 110, 95, 105], [90, 100, 105, 110, 95]).sentence
    assert sentence.startswith("It cannot be told")
    assert "1 is within" in sentence


def test_few_rounds_do_not_tell():
    assert "2 rounds are too few" in compared(A[:2], B[:2]).sentence


def test_runs_that_say_nothing_do_not_tell():
    result = compared(A, B, invalid="the issuer used 99% of a core")
    assert "those who measured were the bottleneck" in result.sentence
    assert not result.ok


def test_nothing_measured_does_not_tell():
    assert "no answers" in Versus(contender("raw"), contender("raw"), Load(1), 5, 1.0).sentence


def test_latencies_are_compared_at_the_same_rate():
    ratios = compared(A, B).ratios
    assert ratios["p99_ms"].value == pytest.approx(0.5, rel=0.05)
    assert "cpu_us" not in ratios


def test_rounds_that_only_one_has_are_left_out():
    assert compared(A, B[:4]).ratios["tps"].pairs == 4


def test_the_document_says_who_was_compared():
    document = json.loads(json.dumps(compared(A, B).as_document()))
    assert document["mode"] == "compare"
    assert document["configuration"]["a"] == {"target": "raw"}
    assert document["ratios"]["tps"]["low"] > 1.8
