"""Cases as a load: begun on time, told apart, counted; terminals by the hundred. In virtual time."""

import pytest

from saklar.network_sim.scenario import Options
from saklar.network_sim.scenario.load import Load, play_load
from saklar.network_sim.scenario.rates import parse_rate
from saklar.network_sim.scenario.result import MessageEvent

PAIR = """
acquirer a -> 9000
issuer   b listens 9000 answers {answer}
card gold 4000000000000002 expiry 4912
card blue 5100000000000008 expiry 4912
{more}
scenario "x"
a sends   0200 purchase
a expects 0210 {expected} within 5 s
"""


EVEN = Load(2.0, 50.0, even=True, virtual=True)
"""A hundred plays in two seconds."""


@pytest.fixture
def loaded(cases_of):
    """Play a load between two parties in virtual time."""

    def run(*, answer="39=00", expected="39=00", more="", load=EVEN, **files):
        return play_load(cases_of(PAIR.format(answer=answer, expected=expected, more=more), **files), load, Options(1))

    return run


def test_as_many_plays_begin_as_are_due(loaded):
    result = loaded()
    assert (result.plays, result.passed_plays, result.passed) == (100, 100, True), result.reasons


def test_plays_begin_whatever_becomes_of_those_before(loaded):
    result = loaded(answer="39=00 after 3 s")
    assert (result.passed_plays, result.most_at_once) == (100, 100), result.reasons


def test_answers_go_to_the_play_that_asked(loaded):
    result = loaded(answer="39=00 after 100 ms to 3 s", expected="39=00 11=echo 37=echo 4=echo")
    assert result.passed, result.reasons


def test_the_time_of_an_answer_is_counted_by_step(loaded):
    (step,) = loaded(answer="39=00 after 2 s").steps
    assert (step.times.count, step.times.p50_ms) == (100, pytest.approx(2000, rel=0.01))


def test_failures_are_counted_and_the_first_are_kept_whole(loaded):
    result = loaded(answer="39=51")
    assert (result.failed_plays, len(result.failures), list(result.reasons.values())) == (100, 10, [100])
    assert [event.mti for event in result.failures[0].events if isinstance(event, MessageEvent)][:1] == ["0200"]
    assert result.failures[0].events[0].fields


def test_what_is_due_while_too_many_are_going_on_is_not_begun(loaded):
    result = loaded(answer="39=00 after 3 s", load=Load(2.0, 50.0, even=True, virtual=True, at_once=10))
    assert (result.plays, result.not_started, result.passed) == (10, 90, False)


def sent(result, path):
    return {
        field.value
        for case in result.failures
        for event in case.events
        if isinstance(event, MessageEvent) and event.state == "sent" and event.owner == "a"
        for field in event.fields
        if field.path == path
    }


def test_each_terminal_has_its_own_number_and_begins_at_its_own_rate(loaded):
    load = Load(2.0, even=True, virtual=True, keep=100)
    result = loaded(answer="39=51", more="terminals 20 of a each 2/s cards gold blue", load=load)
    assert (result.plays, result.terminals, result.rate) == (80, 20, 40.0)
    assert sent(result, "41") == {f"{number:08d}" for number in range(1, 21)}
    assert len(sent(result, "11")) == 80


def test_terminals_are_as_their_table_says(loaded):
    table = "terminal,merchant,pan,expiry\nT1,SHOP ONE,4000000000000010,4801\nT2,SHOP TWO,5100000000000016,4802\n"
    load = Load(2.0, even=True, virtual=True, keep=100)
    more = 'terminals 4 of a each 2/s in "t.csv"'
    result = loaded(answer="39=51", more=more, load=load, t_csv=table)
    assert {value.strip() for value in sent(result, "41")} == {"T1", "T2"}
    assert {value.strip() for value in sent(result, "42")} == {"SHOP ONE", "SHOP TWO"}


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("terminals 0 of a", "terminals are 1 to 10000"),
        ("terminals 5 of b", "there is no acquirer 'b'"),
        ("terminals 5 of a each often", "'often' is no rate"),
        ("terminals 5 of a cards glod", "there is no card 'glod'"),
        ('terminals 5 of a in "none.csv"', "No such file"),
    ],
)
def test_what_is_wrong_with_terminals_is_said(problems_of, declared, said):
    problems = problems_of(PAIR.format(answer="", expected="", more=declared))
    assert said in problems[0].message


@pytest.mark.parametrize(("text", "rate"), [("200/s", 200.0), ("30/min", 0.5), ("7.5", 7.5), ("36/h", 0.01)])
def test_a_rate_is_read(text, rate):
    assert parse_rate(text) == pytest.approx(rate)


@pytest.mark.parametrize("text", ["", "0/s", "fast", "-1/s", "10/d", "1000000/s"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(ValueError, match="is no rate"):
        parse_rate(text)
