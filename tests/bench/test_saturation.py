"""What a run says of a rate, and the search against the raw relay."""

import json

import pytest

from saklar.bench.contenders import contender
from saklar.bench.load import Result, Tally
from saklar.bench.rounds import Sample
from saklar.bench.saturation import Aim, Saturation, judged, saturate
from saklar.bench.search import Found, Trial, Verdict


def sample_of(latency_ms, *, late_ms=0, faults=(), invalid=None):
    tally = Tally("0200")
    tally.micros += [int(latency_ms * 1000)] * 100
    result = Result(loop="open", seconds=1.0, tallies=[tally], invalid=invalid)
    result.faults.update(faults)
    result.lateness.add([late_ms * 1000] * 100)
    result.settle()
    return Sample.of(result, None)


@pytest.mark.parametrize(
    ("sample", "verdict", "why"),
    [
        (sample_of(19), Verdict.HOLDS, ""),
        (sample_of(21), Verdict.FAILS, "p99 21 ms"),
        (sample_of(1, faults=["no answer"]), Verdict.FAILS, "1 x no answer"),
        (sample_of(1, invalid="the issuer used 99% of a core"), Verdict.UNKNOWN, "the issuer used 99% of a core"),
        (sample_of(25, late_ms=15), Verdict.UNKNOWN, "the generator itself was 15 ms late (p99)"),
        (sample_of(15, late_ms=15), Verdict.HOLDS, ""),
    ],
)
def test_what_a_run_says_of_its_rate(sample, verdict, why):
    step = judged(Trial(100.0), sample, 20.0)
    assert (step.verdict, step.why) == (verdict, why)


def test_a_run_without_an_answer_does_not_hold():
    step = judged(Trial(100.0), Sample.of(Result(loop="open", seconds=1.0), None), 20.0)
    assert (step.verdict, step.why) == (Verdict.FAILS, "no answers")


SENTENCES = [
    (None, "ended before its end"),
    (Found(None, by_load=False), "No rate was found"),
    (Found(700.0, by_load=False), "takes 700 a second with p99 under 20 ms, for 20 s."),
    (Found(700.0, by_load=True), "It may take more"),
]


@pytest.mark.parametrize(("found", "said"), SENTENCES)
def test_the_result_is_a_sentence(found, said):
    assert said in Saturation("raw", Aim(), found=found).sentence


@pytest.mark.timeout(300)
def test_the_search_runs_against_a_target_and_keeps_each_step():
    aim = Aim(p99_ms=2_000.0, connections=2, start=2.0, precision=0.5, seconds=0.2, confirm_s=0.4)
    saturation, told = Saturation("raw", aim), []

    def done(step):
        told.append(step)
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        saturate(contender("raw"), aim, saturation, lambda _: None, done)
    assert [step.trial.rate for step in saturation.steps] == [2.0, 4.0]
    document = json.loads(json.dumps(saturation.as_document()))
    assert document["mode"] == "saturate"
    assert not document["complete"]
    assert document["steps"][0]["percentiles"]
