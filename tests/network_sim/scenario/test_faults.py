"""Faults in scenarios: each does what it says, wherever it is said, and what cannot be is refused with its place."""

import pytest

from .conftest import NETWORK

RULED = NETWORK.replace(
    "  bins 510000-559999\n", "  bins 510000-559999\n  on 0200 answer 39=00\n  on 0420|0421 answer 39=00\n"
)
BUY = "acq1 sends 0200 purchase card blue no-pin\n"
OK = "acq1 expects 0210 39=00 within {} s"
NO = "acq1 expects 0210 39=91 within 31 s"

ANSWERS = [
    ("delay 2 s", OK.format(3)),
    ("delay heavy 1 s to 3 s", OK.format(4)),
    ("drop", NO),
    ("duplicate", OK.format(1)),
    ("reorder within 2 s", OK.format(3)),
    ("glue within 2 s", OK.format(3)),
    ("corrupt field 11", NO),
    ("corrupt field stan", NO),
    ("corrupt length 65535", "acq1 expects 0210 39=91 within 1 s"),
    ("truncate to 9", NO),
    ("truncate message to 9", NO),
    ("split", OK.format(2)),
    ("split 10 every 100 ms", OK.format(5)),
    ("bandwidth 100 bytes/s", OK.format(5)),
    ("disconnect before", "acq1 expects 0210 39=91 within 1 s"),
    ("disconnect in the middle", "acq1 expects 0210 39=91 within 1 s"),
    ("abort after 9 bytes", "acq1 expects 0210 39=91 within 1 s"),
    ("disconnect after message", OK.format(1)),
    ("freeze for 3 s", OK.format(4)),
    ("half-open", NO),
    ("change 11=000009", NO),
    ("inject 0210 purchase 11=999999", OK.format(1)),
]


@pytest.mark.parametrize(("fault", "then"), ANSWERS, ids=[fault for fault, _ in ANSWERS])
@pytest.mark.parametrize("way", ["an issuer's", "a proxy's"])
def test_a_fault_of_an_answer(played, way, fault, then):
    said = (
        f"iss1 now sending 0210 1st {fault}\n"
        if way == "an issuer's"
        else f"proxy tap at iss1\n  on 0210 1st {fault}\n"
    )
    result = played(said + BUY + then, network=RULED)
    assert result.verdict == "passed", result.failures


@pytest.mark.parametrize(
    ("fault", "then"),
    [
        ("sending 0200 split", OK.format(1)),
        ("sending 0200 corrupt length 65535", "acq1 expects disconnect within 1 s"),
        ("sending 0200 truncate to 9", "acq1 expects disconnect within 20 s"),
        ("sending 0200 disconnect after 9 bytes", "acq1 expects disconnect within 1 s"),
        ("sending 0200 half-open", "acq1 expects nothing for 60 s"),
        ("receiving 0210 drop", "acq1 expects nothing for 60 s"),
        ("receiving 0210 freeze for 2 s", OK.format(3)),
        ("receiving 0210 disconnect", "acq1 expects disconnect within 1 s"),
        ("receiving 0210 corrupt field 39", "acq1 expects 0210 39!=00"),
        ("receiving 0210 truncate message to 9", "acq1 allows anything\nacq1 expects nothing for 5 s"),
    ],
)
def test_a_fault_of_an_acquirer(played, fault, then):
    result = played(f"acq1 now {fault}\n{BUY}{then}", network=RULED)
    assert result.verdict == "passed", result.failures


def test_answers_overtake_each_other(played):
    steps = (
        "iss1 now sending 0210 1st reorder within 5 s\n"
        + BUY.replace("\n", " as one\n")
        + BUY.replace("\n", " as two\n")
    )
    result = played(steps + "acq1 expects 0210 11=$two.11\nacq1 expects 0210 11=$one.11", network=RULED)
    assert result.verdict == "passed", result.failures


@pytest.mark.parametrize("seed", range(3))
def test_what_is_drawn_is_drawn_again_by_the_seed(played, seed):
    steps = "iss1 now sending 0210 50% delay heavy 1 s to 9 s\n" + (BUY + OK.format(10) + "\n") * 5
    first, second = (played(steps, network=RULED, seed=seed) for _ in range(2))
    assert [e.at_s for e in first.events] == pytest.approx([e.at_s for e in second.events], abs=1e-3)


@pytest.mark.parametrize(
    ("fault", "then"),
    [
        ("hsm now error 41 at 1", "acq1 expects 0210 39=96"),
        ("hsm now latency 500", "acq1 expects nothing for 400 ms\nacq1 expects 0210 39=00"),
        ("hsm now close at 1\nhsm heals", "acq1 expects 0210 39=00"),
    ],
)
def test_a_fault_of_the_hsm(played, fault, then):
    result = played(f"{fault}\nacq1 sends 0200 purchase pin 3991\n{then}")
    assert result.verdict == "passed", result.failures


@pytest.mark.parametrize(
    ("rule", "message", "hint"),
    [
        ("sending 0210 corupt", "'corupt' is nothing to be done", "did you mean corrupt?"),
        ("sending 0210 corupt field 11", "'corupt' is nothing to be done", "did you mean corrupt?"),
        ("sending 0210 corrupt feild 11", "corrupt cannot be told 'feild'", "did you mean field?"),
        ("sending 0210 corrupt field 199", "iso87-ascii has no element 199", ""),
        ("sending 0210 delay", "delay by how much?", "as in: delay 100 ms to 300 ms"),
        ("sending 0210 delay 2", "delay cannot be told '2'", "as in: delay 100 ms to 300 ms"),
        ("sending 0210 bandwidth", "bandwidth by how much?", "as in: bandwidth 200 bytes/s"),
        ("sending 0210 drop 3 s", "drop cannot be told '3'", "as in: drop"),
        ("receiving 0210 split", "split is for bytes that are sent", "use sending, or a proxy"),
        (
            "receiving 0210 truncate to 9",
            "truncate is for bytes that are sent",
            "as in: receiving 0210 truncate message",
        ),
        ("receiving 0210 corrupt length", "corrupt is for bytes that are sent", "use sending, or a proxy"),
        ("on 0200 glue", "glue is for rules on the wire", "as in: sending 0210 glue"),
        ("sending 0210 accounts", "accounts is nothing that can be done to a message on its way", ""),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_its_place(problems_of, rule, message, hint):
    (problem,) = problems_of(f'{NETWORK}\nscenario "x"\niss1 now {rule}\n')
    assert (problem.message, problem.span.line) == (message, NETWORK.count("\n") + 3)
    assert problem.hint.startswith(hint)


def test_a_fault_that_no_hsm_has_is_refused_with_its_place(problems_of):
    (problem,) = problems_of(f'{NETWORK}\nscenario "x"\nhsm now eror 41\n')
    assert "no fault of an HSM" in problem.message
    assert problem.span.line == NETWORK.count("\n") + 3
