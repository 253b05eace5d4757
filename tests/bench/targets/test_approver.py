"""The simulated issuer: what it says by pattern is what it says by decoding."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saklar.bench.load.mix import GroupTable, Mix
from saklar.bench.load.request import Writer, requests_of
from saklar.bench.targets.approver import Approver, approval
from saklar.codecs import CodecError, FrameError, framing, load_dialect

FRAMING = framing("binary-2", 65_535)
DIALECTS = ("iso87-ascii", "iso87-binary", "iso87-ebcdic", "iso93-ascii")
ZPK = "U2A3181DC9BC9EE48134E8DCFB4A97045"
MIX = Mix.model_validate(
    {
        "group": [{"zpk": ZPK}],
        "card": [{"pan": "4000000000000002", "pin": "1234"}, {"pan": "378282246310005", "pin": "9999"}],
        "message": [{}, {"pin": True, "track2": True}, {"mti": "0100"}, {"mti": "0800"}],
    }
)


def requests(name):
    """Makes framed requests in a dialect, by number and kind."""
    dialect = load_dialect(name)
    prepared = [request for request, _ in requests_of(MIX, GroupTable(zpk=ZPK), dialect, FRAMING, {})]
    write = Writer(dialect)

    def request(number, kind):
        gaps = {7: "0101000000", 11: f"{number:06d}", 37: f"{number:012d}", 41: "B0000000"}
        values = {element: write(element, value) for element, value in gaps.items()}
        return prepared[kind % len(prepared)].filled(values)

    return dialect, request


@pytest.fixture(params=DIALECTS)
def spoken(request):
    return requests(request.param)


def test_a_request_is_approved_with_its_own_elements(spoken):
    dialect, request = spoken
    sent = request(1, 0)
    asked = dialect.decode(sent[2:])
    said = dialect.decode(Approver(dialect, FRAMING).answers(sent)[2:])
    assert said.mti == approval(asked).mti
    assert {number: said[number] for number in said if number != 39} == {number: asked[number] for number in asked}
    assert said[39] in ("00", "000")


def test_card_secrets_are_not_sent_back(spoken):
    dialect, request = spoken
    asked = dialect.decode(request(1, 2)[2:])
    assert 52 in asked and 35 in asked
    said = dialect.decode(Approver(dialect, FRAMING).answers(request(1, 2))[2:])
    assert not {14, 35, 52} & set(said)


def test_an_echo_test_is_answered():
    dialect, request = requests("iso87-ascii")
    assert dialect.decode(Approver(dialect, FRAMING).answers(request(7, -1))[2:]).mti == "0810"


@pytest.mark.parametrize(("data", "error"), [(b"\0\0", FrameError), (b"\0\x01x", CodecError)])
def test_what_is_no_request_is_an_error(data, error):
    with pytest.raises(error):
        Approver(load_dialect("iso87-ascii"), FRAMING).answers(data)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=30), st.integers(1, 900))
@pytest.mark.parametrize("name", DIALECTS)
def test_both_ways_give_the_same_bytes(name, kinds, size):
    dialect, request = requests(name)
    fast, full = Approver(dialect, FRAMING), Approver(dialect, FRAMING, learns=False)
    stream = b"".join(request(number, kind) for number, kind in enumerate(kinds))
    said = []
    for approver in (fast, full):
        pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
        said.append(b"".join(approver.answers(piece) for piece in pieces))
    assert said[0] == said[1]
    assert len(FRAMING.decoder().feed(said[0])) == len(kinds)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(2, 400), st.integers(0, 255)), min_size=1, max_size=6))
@pytest.mark.parametrize("name", DIALECTS)
def test_both_ways_say_the_same_to_bytes_that_are_wrong(name, changes):
    dialect, request = requests(name)
    fast, full = Approver(dialect, FRAMING), Approver(dialect, FRAMING, learns=False)
    fast.answers(b"".join(request(number, number) for number in range(14)))
    data = bytearray(request(99, 0))
    for at, value in changes:
        data[2 + at % (len(data) - 2)] = value
    assert said_by(fast, bytes(data)) == said_by(full, bytes(data))


def said_by(approver, data):
    try:
        return approver.answers(data)
    except CodecError as error:
        return str(error)
