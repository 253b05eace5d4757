"""Which faults chaos draws: by a seed alone, in the words of the language, and none that cannot be done."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.codecs import load_dialect
from saklar.network_sim.scenario import damage
from saklar.network_sim.scenario.chaos.kinds import KINDS, TIMED, Chaos, Target, steady
from saklar.network_sim.scenario.chaos.striking import CaseChaos, Hit, _lasts_s
from saklar.network_sim.scenario.result import FaultView, ordinal
from saklar.network_sim.scenario.rulebook import FAULTS
from saklar.network_sim.scenario.wire import Delivery

ASCII = load_dialect("iso87-ascii")
FIELDS = {
    2: "4000000000000002", 3: "000000", 4: "000000001000", 7: "1123101500", 11: "000042", 12: "101500", 13: "1123",
    32: "100001", 37: "632710000042", 41: "TERM0001", 42: "MERCHANT0000001", 49: "360",
}  # fmt: skip


def target(way="sending", mti="0210", **more):
    payload = bytes(ASCII.message({"mti": mti, **FIELDS, **more}))
    return Target(way, ASCII.decode(payload), payload)


def faults(chaos, count=400, **about):
    return [found for n in range(count) if (found := chaos.fault("x.scenario:1", "bank", n, target(**about)))]


def test_a_seed_draws_the_same_again():
    assert [f.text for f in faults(Chaos(7))] == [f.text for f in faults(Chaos(7))]


def test_another_seed_draws_others():
    assert [f.text for f in faults(Chaos(7))] != [f.text for f in faults(Chaos(8))]


def test_the_draws_of_a_message_are_its_own():
    """Whatever was drawn before it, for other parties or other cases."""
    chaos, one = Chaos(1, 100.0), target()
    alone = chaos.fault("x.scenario:1", "bank", 3, one)
    faults(chaos)
    assert chaos.fault("x.scenario:1", "bank", 3, one).text == alone.text


@pytest.mark.parametrize("other", ["elsewhere/x.scenario:1", "/a/b/x.scenario:1"])
def test_the_folder_of_a_file_has_no_part_in_its_draws(other):
    chaos = Chaos(1, 100.0)
    assert chaos.fault(other, "bank", 1, target()).text == chaos.fault("x.scenario:1", "bank", 1, target()).text


@pytest.mark.parametrize(("percent", "least", "most"), [(0, 0, 0), (100, 400, 400), (25, 70, 130)])
def test_so_many_of_a_hundred_are_hit(percent, least, most):
    assert least <= len(faults(Chaos(1, percent))) <= most


def test_which_kinds_there_are_does_not_change_which_messages_are_hit():
    def hit(chaos):
        return [n for n in range(400) if chaos.fault("x.scenario:1", "bank", n, target())]

    assert hit(Chaos(1, 20.0)) == hit(Chaos(1, 20.0, ("drop",)))


def test_only_kinds_that_are_asked_for_are_drawn():
    assert {f.text for f in faults(Chaos(1, 100.0, ("drop", "half-open")))} == {"drop", "half-open"}


def test_every_kind_is_drawn():
    words = Counter(f.text.split()[0] for f in faults(Chaos(1, 100.0), 2_000))
    assert set(words) == {name for name in KINDS if name != "late"}


def test_what_cannot_be_done_to_what_comes_is_not_drawn():
    words = {f.text.split()[0] for f in faults(Chaos(1, 100.0), 2_000, way="receiving")}
    assert not words & {"glue", "split", "bandwidth", "inject"}
    assert not faults(Chaos(1, 100.0, ("split",)), way="receiving")


@given(st.sampled_from(sorted(KINDS)), st.sampled_from(["sending", "receiving"]), st.integers())
def test_each_fault_is_a_rule_of_the_language(kind, way, seed):
    one = target(way)
    if not KINDS[kind].fits(one):
        return
    text = KINDS[kind].say(one, random.Random(seed))
    rule = Hit(CaseChaos("", None), FaultView("bank", way, "0210", 1, text), random.Random(seed)).rule
    assert rule.when == way
    assert rule.action.kind in FAULTS


@given(st.integers(), st.sampled_from(["iso87-ascii", "iso87-binary", "iso87-ebcdic"]))
def test_a_byte_that_is_spoilt_is_none_of_those_that_tell_the_time(seed, dialect):
    found, morning, night = load_dialect(dialect), {}, {7: "0102235959", 12: "235959", 13: "0102", 37: "700223000042"}
    payloads = [bytes(found.message({"mti": "0210", **FIELDS, **time})) for time in (morning, night)]
    place = random.Random(seed).choice(steady(found.decode(payloads[0]), payloads[0]))
    assert payloads[0][place] == payloads[1][place]


def test_all_that_does_not_tell_the_time_may_be_spoilt():
    one = target()
    timed = sum(len(one.message.raw_element(number)) for number in one.message if number in TIMED)
    assert len(steady(one.message, one.payload)) == len(one.payload) - timed
    first, last = damage.place_of(one.message, one.payload, 7)
    assert not set(steady(one.message, one.payload)) & set(range(first, last))


@pytest.mark.parametrize(
    ("deliveries", "seconds"),
    [
        ([Delivery(b"x")], 0),
        ([Delivery(b"x"), Delivery(b"x", after_s=3)], 3),
        ([Delivery(b"x", hold_s=1), Delivery(b"x", hold_s=2)], 3),
        ([Delivery(b"", then="freeze", for_s=5), Delivery(b"x")], 5),
        ([Delivery(b"x", waits_for=1, keep_s=2)], 2),
        ([], 0),
    ],
)
def test_how_long_a_fault_lasts(deliveries, seconds):
    assert _lasts_s(deliveries) == seconds


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (113, "113th")],
)
def test_ordinals(number, said):
    assert ordinal(number) == said


def test_a_chaos_is_given_as_it_was():
    assert Chaos(3).as_given() == ["--chaos", "3"]
    assert Chaos(3, 12.5, ("drop", "split")).as_given() == [
        *("--chaos", "3", "--chaos-percent", "12.5"),
        *("--chaos-faults", "drop,split"),
    ]
