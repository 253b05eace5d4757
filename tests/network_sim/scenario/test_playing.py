"""Cases on a network of saklar's own, in virtual time: verdicts, and what is recorded on the way."""

import json
import re

import pytest

from saklar.network_sim.scenario import Options, play
from saklar.network_sim.scenario.result import ExpectEvent, MessageEvent

from .conftest import NETWORK


def messages(result):
    return [(e.sender, e.receiver, e.mti) for e in result.drawn if isinstance(e, MessageEvent)]


def only_failure(result):
    (failure,) = result.failures
    return failure


def test_the_talk_is_recorded_in_order(played):
    result = played("acq1 sends 0200 purchase\nacq1 expects 0210 39=00")
    assert result.verdict == "passed", result.failures
    assert messages(result) == [
        ("acq1", "switch", "0200"), ("switch", "bank", "0200"), ("bank", "switch", "0210"), ("switch", "acq1", "0210"),
    ]  # fmt: skip


def test_a_result_is_json_without_a_secret(played):
    result = played("acq1 sends 0200 purchase\nacq1 expects 0210 39=05 2=echo 52=absent")
    text = json.dumps(play([], Options()).to_dict()) + json.dumps([str(e) for e in result.events]) + str(result)
    assert result.verdict == "failed"
    for secret in ("4000000000000002", "3991", "34303030303030303030303030303032"):
        assert not re.search(rf"(?<![\d.]){secret}", text)  # and not as digits of a time that something took


def test_what_differs_is_said_element_by_element(played):
    result = played("acq1 sends 0200 purchase\nacq1 expects 0210 39=51 4=echo")
    event = next(e for e in result.events if e.number == only_failure(result).event)
    assert isinstance(event, ExpectEvent)
    assert [(c.path, c.expected, c.actual, c.passed) for c in event.checks] == [
        ("39", "51", "00", False),
        ("4", "000000001000 (echo)", "000000001000", True),
    ]


def test_a_failure_names_its_line(played):
    result = played("acq1 sends 0200 purchase\nacq1 expects 0210 39=51")
    assert only_failure(result).place.text == "acq1 expects 0210 39=51"


def test_what_nobody_expects_ends_the_case(played):
    result = played("acq1 sends 0200 purchase card blue no-pin\nacq1 expects 0210 within 5 s")
    assert "an unexpected 0200 came to iss1" in only_failure(result).message


def test_what_is_allowed_does_not(played):
    result = played(
        "iss1 allows 0200\niss1 allows 0420|0421\nacq1 sends 0200 purchase card blue no-pin\nacq1 expects 0210 39=91"
    )
    assert result.verdict == "passed", result.failures


def test_what_no_step_was_left_to_expect_fails_the_case(played):
    result = played("acq1 sends 0200 purchase\nacq1 sends 0200 purchase\nacq1 expects 0210")
    assert "no step was left to expect it" in only_failure(result).message


def test_what_does_not_come_fails_at_the_end_of_its_time(played):
    result = played("acq1 expects 0210 within 35 s")
    assert only_failure(result).message == "no 0210 came to acq1 within 35 s"
    assert result.duration_s == pytest.approx(35, abs=0.01)
    assert result.elapsed_s < 20


PAIR = "acquirer a -> 9000\nissuer b listens 9000\n"


def test_a_connection_that_the_other_side_ends_is_in_the_talk_and_in_the_failure(played):
    result = played("a sends 0800 echo-test\nb disconnects\na expects 0810 within 1 s", network=PAIR)
    assert [(e.subject, e.verb) for e in result.events if e.kind == "act"] == [
        ("b", "disconnects"),
        ("a", "loses its connection"),
    ]
    assert only_failure(result).message == "no 0810 came to a within 1 s; its connection has ended"


def test_a_frame_that_cannot_be_is_in_the_talk(played):
    result = played("b sends bytes 3030\na expects 0810 within 1 s", network=PAIR)
    (lost,) = [e for e in result.events if e.kind == "act" and e.subject == "a"]
    assert lost.note == "(impossible frame: a frame of 12336 bytes, over the maximum of 8192)"


def test_nothing_is_nothing(played):
    result = played("acq1 sends 0200 purchase\nacq1 expects nothing for 5 s")
    assert "but a 0210 came" in only_failure(result).message


def test_steps_of_meanwhile_go_on_beside_the_others(played):
    result = played("meanwhile\n  wait 10 s\nwait 10 s\n")
    assert result.duration_s == pytest.approx(10, abs=0.2)


def test_together_is_done_when_all_of_it_is(played):
    result = played("together\n  meanwhile\n    wait 10 s\n  wait 1 s\nwait 5 s\n")
    assert result.duration_s == pytest.approx(15, abs=0.2)


def test_repeat_begins_when_it_is_due(played):
    result = played('repeat 3 times every 2 s as i\n  note "$i"\n')
    notes = [(e.text, round(e.at_s)) for e in result.events if e.kind == "remark"]
    assert notes == [("1", 0), ("2", 2), ("3", 4)]


def test_for_each_goes_through_the_rows(played):
    result = played('for each\n  | a | b |\n  | 1 | x |\n  | 2 | y |\n  note "$a$b"\n')
    assert [e.text for e in result.events if e.kind == "remark"] == ["1x", "2y"]


def test_what_is_saved_can_be_used(played):
    result = played(
        "acq1 sends 0200 purchase\nacq1 expects 0210 39=00\nsave auth = 38\ncheck $auth is /[0-9A-Z]{6}/\nacq1 sends 0201\nacq1 expects 0210 38=$auth"
    )
    assert result.verdict == "passed", result.failures


def test_what_is_not_there_cannot_be_saved(played):
    result = played("acq1 sends 0200 purchase\nacq1 expects 0210\nsave x = 48")
    assert (result.verdict, only_failure(result).message) == ("error", "the 0210 has no 48")


def test_a_check_that_does_not_hold_fails(played):
    assert played("acq1 sends 0200 purchase\nacq1 expects 0210\nsave x = 39\ncheck $x is 05").verdict == "failed"


def test_only_when_does_what_it_says(played):
    result = played('only when abc is /x/\n  note "no"\nonly when abc is abc\n  note "yes"\n')
    assert [e.text for e in result.events if e.kind == "remark"] == ["yes"]


def test_an_answer_goes_to_the_request_that_it_names(played):
    steps = """
acq1 sends   0200 purchase card blue no-pin amount 1.00 as first
acq1 sends   0200 purchase card blue no-pin amount 2.00 as second
iss1 expects 0200 4=1.00 as one
iss1 expects 0200 4=2.00 as two
iss1 answers 39=51 to one
iss1 answers 39=05 to two
acq1 expects 0210 to second 39=05
acq1 expects 0210 to first 39=51
"""
    result = played(steps)
    assert result.verdict == "passed", result.failures


RULED = NETWORK.replace("  bins 510000-559999\n", "  bins 510000-559999\n{rule}\n")
BUY = "acq1 sends 0200 purchase card blue no-pin amount 10.51\n"


@pytest.mark.parametrize(
    ("rule", "steps"),
    [
        ("  answers 39=05", BUY + "acq1 expects 0210 39=05"),
        ("  answers 39=00 after 3 s", BUY + "acq1 expects nothing for 2 s\nacq1 expects 0210 39=00 within 2 s"),
        ("  on 0200 4=10.51 answer 39=51\n  on 0200 answer 39=00", BUY + "acq1 expects 0210 39=51"),
        ("  on 0200 every 2nd answer 39=05\n  answers 39=00", f"{BUY}acq1 expects 0210 39=00\n{BUY}acq1 expects 0210 39=05"),
        ("  on 0200 2nd answer 39=05\n  answers 39=00", f"{BUY}acq1 expects 0210 39=00\n{BUY}acq1 expects 0210 39=05\n{BUY}acq1 expects 0210 39=00"),
        ("  on 0200 0% answer 39=05\n  answers 39=00", BUY + "acq1 expects 0210 39=00"),
        ("  on 0200 silence\n  answers 0420", BUY + "acq1 expects 0210 39=91 within 31 s"),
        ("  on 0200 disconnect\n  answers 0420", BUY + "acq1 expects 0210 39=91 within 1 s"),
        ("  on 0200 answer 39=00 twice", BUY + "acq1 expects 0210 39=00\nacq1 expects nothing for 5 s"),
        ("  answers 39=00\n  on 0420|0421 answer 39=00\n  sending 0210 drop", BUY + "acq1 expects 0210 39=91 within 31 s"),
        ("  answers 39=00\n  sending 0210 delay 2 s", BUY + "acq1 expects nothing for 1 s\nacq1 expects 0210 39=00 within 2 s"),
        ("  answers 39=00\n  sending 0210 duplicate", BUY + "acq1 expects 0210 39=00\nacq1 expects nothing for 5 s"),
        ("  answers 39=00", f"iss1 now on 0200 answer 39=05\n{BUY}acq1 expects 0210 39=05\niss1 heals\n{BUY}acq1 expects 0210 39=00"),
        ("  keeps accounts", BUY + "acq1 expects 0210 39=00"),
        ("  cents", BUY + "acq1 expects 0210 39=51"),
    ],
)  # fmt: skip
def test_a_rule_does_what_it_says(played, rule, steps):
    result = played(steps, network=RULED.format(rule=rule))
    assert result.verdict == "passed", result.failures


@pytest.mark.parametrize(
    "steps",
    [
        "acq1 disconnects\nacq1 expects disconnect within 1 s\nacq1 connects\nacq1 sends 0200 purchase\nacq1 expects 0210 39=00",
        "acq1 reconnects\nacq1 sends 0200 purchase\nacq1 expects 0210 39=00",
        "acq1 aborts\nacq1 expects disconnect within 1 s",
        "acq1 signs on\nacq1 signs off\nacq1 signs on",
        "bank freezes for 3 s\nacq1 sends 0200 purchase\nacq1 expects 0210 39=00",
        "bank freezes\nacq1 sends 0200 purchase\nacq1 expects nothing for 5 s\nbank resumes\nacq1 expects 0210 39=00 within 1 s",
        "bank refuses\nbank disconnects\nwait 60 s\nlink of bank: connections=0\nbank accepts\nwait 60 s\nlink of bank: connections=1",
        "bank restarts\nbank expects connect within 60 s\nwait 1 s\nacq1 sends 0200 purchase\nacq1 expects 0210 39=00",
        "switch drains\nacq1 expects disconnect within 1 s\nswitch starts\nacq1 sends 0200 purchase\nacq1 expects 0210 39=00",
        "hsm fails\nacq1 sends 0200 purchase\nacq1 expects 0210 39=96\nhsm recovers\nwait 60 s\nacq1 sends 0200 purchase\nacq1 expects 0210 39=00",
    ],
)
def test_an_act_does_what_it_says(played, steps):
    result = played(steps)
    assert result.verdict == "passed", result.failures


def test_raw_bytes_leave_as_they_are(played):
    result = played("acq1 sends bytes FFFF0000\nacq1 expects disconnect within 1 s")
    assert result.verdict == "passed", result.failures


def test_a_macced_message_is_valid_at_the_other_end_and_a_changed_one_is_not(cases_of):
    key = "U7B7B1BE6AFBA184A32F08E7514BAC82E"
    text = f"""
acquirer a -> 9000 mac {key}
issuer   b listens 9000 mac {key}
scenario "right"
a sends   0200 purchase
b expects 0200 64=valid
scenario "wrong"
a sends   0200 purchase 64=0000000000000000
b expects 0200 64=valid
"""
    right, wrong = play(cases_of(text), Options()).cases
    assert (right.verdict, wrong.verdict) == ("passed", "failed")


def test_two_parties_talk_to_each_other_without_a_switch_in_virtual_time(cases_of):
    text = 'acquirer a -> 9000\nissuer b listens 9000\nscenario "x"\na sends 0200 purchase\nb expects 0200\nb answers 39=00 after 1 h\na expects 0210 39=00 within 2 h\n'
    (result,) = play(cases_of(text), Options()).cases
    assert (result.verdict, result.clock) == ("passed", "virtual"), result.failures


def test_an_edition_of_1993_is_played_as_well(cases_of):
    text = 'acquirer a -> 9000 dialect iso93-ascii\nissuer b listens 9000 dialect iso93-ascii\n  keeps accounts\nscenario "x"\na sends 1200 purchase\na expects 1210 39=000\na sends 1420 reversal\na expects 1430 39=400\n'
    (result,) = play(cases_of(text), Options()).cases
    assert result.verdict == "passed", result.failures


def test_the_same_seed_draws_the_same(played):
    steps = "acq1 sends 0200 purchase 37=random 4=1.00..100.00\nacq1 expects 0210"

    def drawn(seed):
        result = played(steps, seed=seed)
        fields = next(e for e in result.events if isinstance(e, MessageEvent)).fields
        return [f.value for f in fields if f.path in ("4", "11", "37", "52")]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_a_value_that_cannot_be_written_is_an_error_with_its_place(played):
    result = played('acq1 sends 0200 purchase 48=x\n  4="12"')
    failure = only_failure(result)
    assert result.verdict == "error"
    assert (failure.place.text, failure.place.column) == ('4="12"', 3)


def test_a_network_that_cannot_be_configured_is_an_error(played):
    result = played(
        "wait 1 s", network=NETWORK.replace("  bins 510000-559999", "  bins 510000-559999\n  link timeout_ms=99000")
    )
    assert result.verdict == "error"
    assert "timeout_ms" in only_failure(result).message


def test_a_run_goes_on_after_a_failure_and_not_if_it_is_to_fail_fast(cases_of):
    text = f'{NETWORK}\nscenario "a"\ncheck 1 is 2\nscenario "b"\nwait 1 s\n'
    assert [case.verdict for case in play(cases_of(text), Options()).cases] == ["failed", "passed"]
    assert [case.verdict for case in play(cases_of(text), Options(fail_fast=True)).cases] == ["failed", "skipped"]


def test_cases_are_played_at_once_and_reported_in_order(cases_of):
    text = f'{NETWORK}\nscenario "$n"\nfor each n in 1, 2, 3, 4, 5\nacq1 sends 0200 purchase amount ${{n}}.00\nacq1 expects 0210 39=00 4=${{n}}.00\n'
    result = play(cases_of(text), Options(parallel=5))
    assert [(case.name, case.verdict) for case in result.cases] == [(str(n), "passed") for n in range(1, 6)]


def test_cases_on_one_shared_network_are_told_apart(cases_of):
    text = f'{NETWORK.replace("network saklar", "network saklar shared")}\nscenario "$n"\nfor each n in 1, 2, 3, 4, 5\nacq1 sends 0200 purchase amount ${{n}}.00\nbank expects 0200 4=${{n}}.00\nacq1 expects 0210 39=00 4=${{n}}.00\n'
    result = play(cases_of(text), Options(parallel=5))
    assert all(case.passed for case in result.cases), [case.failures for case in result.cases]


def test_the_command_that_plays_it_again_has_all_that_it_needs(cases_of):
    (case,) = cases_of(f'{NETWORK}\nvar n = 1\nscenario "x"\ncheck 1 is $n\n', {"n": "2"})
    (result,) = play([case], Options(seed=7, variables={"n": "2"})).cases
    assert result.rerun == f"saklar play {case.id} --seed 7 --var n=2"


TAPPED = "proxy tap at {party}\n{rule}\nacq1 sends 0200 purchase no-pin amount 10.00\n"


@pytest.mark.parametrize(
    ("party", "rule", "steps"),
    [
        ("acq1", "", "tap expects 0200 4=10.00\nacq1 expects 0210 39=00\ntap expects 0210 39=00"),
        ("bank", "", "tap expects 0200 4=10.00\nacq1 expects 0210 39=00\ntap expects 0210 39=00"),
        ("acq1", "on 0200 change 4=20.00", "bank expects 0200 4=20.00\nacq1 expects 0210 4=20.00"),
        ("acq1", "on 0210 change 39=05", "acq1 expects 0210 39=05"),
        ("bank", "on 0210 drop\n  on 0420 answer", "acq1 expects 0210 39=91 within 31 s\nbank expects no 0420"),
        ("acq1", "on 0210 delay 3 s", "acq1 expects nothing for 2 s\nacq1 expects 0210 39=00 within 2 s"),
        ("acq1", "on 0210 duplicate", "acq1 expects 0210\nacq1 expects 0210"),
        ("bank", "on 0200 answer 39=51", "acq1 expects 0210 39=51"),
        ("acq1", "on 0210 disconnect", "acq1 expects disconnect within 1 s"),
    ],
)
def test_a_man_in_the_middle_does_what_his_rules_say(played, party, rule, steps):
    declared = TAPPED.format(party=party, rule=f"  {rule}" if rule else "")
    result = played(declared + steps)
    assert result.verdict == "passed", result.failures


def test_a_man_in_the_middle_has_his_own_lane(played):
    result = played("proxy tap at acq1\nacq1 sends 0200 purchase no-pin\nacq1 expects 0210 39=00")
    assert [party.name for party in result.parties][:3] == ["acq1", "tap", "switch"]
    assert messages(result)[:3] == [("acq1", "tap", "0200"), ("tap", "switch", "0200"), ("switch", "bank", "0200")]


def test_a_man_in_the_middle_of_two_addresses(cases_of):
    text = 'acquirer a -> 9000\nproxy tap listens 9000 -> 127.0.0.1:9001\nissuer b listens 9001 answers\nscenario "x"\na sends 0200 purchase\na expects 0210 39=00\n'
    (result,) = play(cases_of(text), Options()).cases
    assert (result.verdict, result.clock) == ("passed", "virtual"), result.failures
    assert messages(result)[:2] == [("a", "tap", "0200"), ("tap", "b", "0200")]


def test_cases_that_need_the_same_port_are_played_one_after_the_other(cases_of):
    text = 'acquirer a -> 9000\nissuer b listens 9000 answers\nscenario "$n"\nfor each n in 1, 2, 3\na sends 0200 purchase\na expects 0210 39=00\n'
    result = play(cases_of(text), Options(parallel=3))
    assert [case.verdict for case in result.cases] == ["passed"] * 3, [case.failures for case in result.cases]
