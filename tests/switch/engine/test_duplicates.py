"""Repeats get the answer of what they repeat; what only looks like one is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.codecs import load_dialect
from saklar.switch.engine.remembered import Memory, Naming, Remembered


@pytest.fixture
def network(make_desk):
    desk = make_desk()
    desk.north, desk.bank = desk.connect("north"), desk.connect("bank-a")
    return desk


def codes(network, number=None):
    return [message[39] for message in network.to(number or network.north)]


def test_a_repeat_after_the_answer_gets_the_stored_one_and_nothing_is_forwarded(network):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank), e38="A1B2C3")
    network.request(network.north, mti="0201")
    first, second = network.to(network.north)
    assert bytes(first) == bytes(second)
    assert len(network.to(network.bank)) == 1


def test_a_repeat_while_the_first_is_pending_has_an_answer_of_its_own(network):
    network.request(network.north)
    network.request(network.north, mti="0201")
    assert len(network.to(network.bank)) == 1
    network.answer(network.bank, network.last(network.bank))
    assert codes(network) == ["00", "00"]


def test_a_repeat_on_another_connection_is_answered_there(network):
    other = network.connect("north")
    network.request(network.north)
    network.request(other, mti="0201")
    network.answer(network.bank, network.last(network.bank))
    assert (codes(network), codes(network, other)) == (["00"], ["00"])


def test_a_repeat_of_a_refusal_is_refused_alike(network):
    network.request(network.north, e2="6011000000000004")
    network.request(network.north, mti="0201", e2="6011000000000004")
    assert codes(network) == ["92", "92"]


def test_a_repeat_of_a_time_out_is_told_of_it_again(network):
    network.request(network.north)
    network.wait(20)
    network.request(network.north, mti="0201")
    assert codes(network) == ["91", "91"]
    assert [message.mti for message in network.to(network.bank)] == ["0200", "0420"]


def test_repeats_beyond_what_is_kept_of_a_pending_request_are_told_that_they_are(network):
    network.request(network.north)
    for _ in range(20):
        network.request(network.north, mti="0201")
    assert codes(network) == ["94"] * 4
    network.answer(network.bank, network.last(network.bank))
    assert codes(network)[4:] == ["00"] * 17


@pytest.mark.parametrize(
    "change", [{"e4": "000000001051"}, {"e2": "4000000000000010"}, {"e3": "010000"}, {"e49": "840"}]
)
def test_the_same_key_with_other_content_is_refused_and_said(network, change):
    network.request(network.north)
    network.request(network.north, **change)
    assert codes(network) == ["94"]
    assert network.notes[0].event == "request.suspicious"
    network.answer(network.bank, network.last(network.bank))
    assert codes(network) == ["94", "00"]


@pytest.mark.parametrize(
    "change",
    [{"e11": "000043"}, {"e41": "NTH00002"}, {"e7": "1123101501"}, {"e37": "632710000043"}, {"mti": "0100"}],
    ids=["STAN", "terminal", "time", "RRN", "class"],
)
def test_another_key_is_another_request(network, change):
    network.request(network.north)
    network.request(network.north, **change)
    assert len(network.to(network.bank)) == 2


def test_the_key_is_what_the_link_says(make_desk):
    desk = make_desk(north={"duplicate_key": ("acquirer_id", "stan", "local_time")})
    north, bank = desk.connect("north"), desk.connect("bank-a")
    desk.request(north)
    desk.request(north, mti="0201", e41="NTH00002", e37="632710000099")
    assert len(desk.to(bank)) == 1


def test_a_reversal_and_its_repeat_are_answered_alike_and_forwarded_once(network):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    for mti in ("0400", "0401", "0420", "0421"):
        named = "0200" + "000042" + "1123101500" + "0" * 22
        network.request(network.north, mti=mti, e11="000043", e90=named)
    assert codes(network) == ["00"] * 5
    assert [message.mti for message in network.to(network.bank)] == ["0200", "0420"]


def test_a_repeat_is_not_told_of_a_reversal_that_is_not_durable_yet(network):
    network.request(network.north)
    network.answer(network.bank, network.last(network.bank))
    network.commits = False
    network.drop(network.north, unsent=[network.tokens[-1]])
    again = network.connect("north")
    for _ in range(17):
        network.request(again, mti="0201")
    assert codes(network, again) == ["94"]
    network.commits = True
    network.commit()
    assert codes(network, again) == ["94"] + ["91"] * 16
    assert [message.mti for message in network.to(network.bank)] == ["0200", "0420"]


# How requests are named.


@given(
    present=st.sets(st.sampled_from([3, 4, 7, 32, 37, 41, 42, 49, 90, 95])),
    mti=st.sampled_from(["0100", "0200", "0201", "0400", "0420"]),
)
def test_requests_are_named_by_their_kind_as_by_what_each_has(present, mti):
    dialect = load_dialect("iso87-ascii")
    elements = {11: "000042", **{n: dialect.elements[n].max_length * "7" for n in present}}
    wire = dialect.encode({"mti": mti, **elements})
    naming = Naming("north", ("terminal", "merchant", "acquirer_id", "stan", "rrn"), "1987")
    get = elements.get
    kind = "04" if mti[1] == "4" else mti[:3]
    key = ["north", kind, get(41, ""), get(42, ""), get(32, ""), get(11), get(37, "")]
    fingerprint = ["4000000000000002", *(str(get(n)) for n in (3, 4, 49, 90, 56, 95))]
    expected = (
        "\x1f".join(key),
        "\x1f".join(fingerprint),
        f"north\x1f{get(41, '')}\x1fS000042",
        get(37),
        get(7, ""),
    )
    for _ in range(4):  # without a plan that is kept, and with one
        message = dialect.decode(wire)
        assert naming.of(message, message.values(), "4000000000000002") == expected


# What is remembered, and for how long.


def entry(number, at=0.0):
    names = (str(number), "", f"by STAN {number}", f"by RRN {number}", "")
    return Remembered(str(number), "north", "0200", names, at)


def test_only_so_many_are_remembered():
    memory = Memory(capacity=3)
    for number in range(10):
        memory.remember(entry(number))
    assert [memory.repeated(str(number)) is not None for number in range(10)] == [False] * 7 + [True] * 3
    assert (len(memory), len(memory._by_key), len(memory._by_stan)) == (3, 3, 3)


def test_the_oldest_that_goes_leaves_its_name_to_who_has_it_now():
    memory = Memory(capacity=3)
    first, second = entry(1), entry(1)
    for each in (first, second, entry(2), entry(3)):
        memory.remember(each)
    assert memory.repeated("1") is second


def test_only_for_so_long():
    memory = Memory(window_s=60)
    for number in range(10):
        memory.remember(entry(number, at=number * 10.0))
    memory.remember(entry(99, at=115.0))
    assert memory.repeated("4") is None
    assert memory.repeated("6") is not None


def test_what_is_pending_is_not_forgotten():
    memory = Memory(capacity=2)
    pending = entry(0)
    pending.pending = object()
    memory.remember(pending)
    for number in range(1, 10):
        memory.remember(entry(number))
    assert memory.repeated("0") is pending
