"""Whatever decodes, from whomever, in whatever order: the engine takes it, and owes nobody two answers."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from saklar.switch.engine import Received

LINKS = ("north", "south", "bank-a", "bank-b")
MTIS = [
    "0100",
    "0200",
    "0201",
    "0210",
    "0220",
    "0400",
    "0401",
    "0410",
    "0420",
    "0430",
    "0800",
    "0810",
    "1200",
    "9999",
    "02X0",
]
PANS = ["4000000000000002", "5100000000000008", "6011000000000004", "4", "40000X0000000002"]

odd = st.text("0123456789ABCX= ", max_size=20)
elements = st.fixed_dictionaries(
    {},
    optional={
        2: st.sampled_from(PANS),
        4: st.sampled_from(["000000001000", "00000000100X"]),
        7: st.sampled_from(["1123101500", "XXXXXXXXXX"]),
        11: st.sampled_from(["000001", "000002", "ABCDEF"]),
        35: odd.map(lambda text: "4000000000000002=" + text),
        37: st.sampled_from(["632710000001", "632710000002"]),
        39: st.sampled_from(["00", "51", "ZZ", "10"]),
        41: st.sampled_from(["NTH00001", "NTH00002"]),
        48: odd,
        52: st.sampled_from(["1122334455667788", "112233445566778X"]),
        70: st.sampled_from(["001", "002", "301", "999"]),
        90: st.sampled_from(["0200" + "000001" + "1123101500" + "0" * 22, "0" * 42, "X" * 42]),
    },
)
events = st.lists(
    st.one_of(
        st.tuples(st.just("message"), st.integers(0, 3), st.sampled_from(MTIS), elements),
        st.tuples(st.just("answer"), st.integers(2, 3), st.sampled_from(["00", "51", "10", ""]), st.just({})),
        st.tuples(st.just("drop"), st.integers(0, 3), st.just(""), st.just({})),
        st.tuples(st.just("wait"), st.integers(1, 40), st.just(""), st.just({})),
    ),
    max_size=30,
)


@settings(max_examples=300)
@given(events)
def test_any_input_is_taken_and_each_request_has_one_answer(make_desk, events):
    desk = make_desk()
    connections = [desk.connect(link) for link in LINKS]
    expected = Counter()
    for kind, number, detail, fields in events:
        if kind == "message":
            _send(desk, connections[number], detail, fields, expected)
        elif kind == "answer":
            _answer_last(desk, connections[number], detail)
        elif kind == "drop":
            desk.drop(connections[number])
            del expected[connections[number]]
            connections[number] = desk.connect(LINKS[number])
        else:
            desk.wait(number)
    desk.wait(60)
    assert desk.engine.pending == 0
    answered = Counter(
        number for number, message in desk.sent if message.mti[1:3] in ("11", "13", "21", "23", "41", "43")
    )
    for number, count in expected.items():
        assert answered[number] == count


def _send(desk, number, mti, fields, expected):
    """Deliver what these fields are on the wire, if anything."""
    link = desk.links[desk.link_of[number]]
    try:
        wire = link.dialect.encode({"mti": mti, **fields}) if mti.isdigit() else b""
        message = link.dialect.decode(wire)
    except ValueError:
        return
    if link.role == "acquirer" and mti[1] in "124" and mti[2] in "02":
        expected[number] += 1
    desk.handle(Received(number, message))


def _answer_last(desk, number, code):
    requests = [message for message in desk.to(number) if message.mti[2] in "02" and message.mti[1] != "8"]
    if requests:
        answer = requests[-1].copy()
        answer.mti = f"{answer.mti[:2]}{int(answer.mti[2]) + 1}0"
        if code:
            answer[39] = code
        desk.handle(Received(number, answer))
