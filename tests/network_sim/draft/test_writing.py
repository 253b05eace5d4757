"""A draft says what was heard: played in virtual time, it sends the same, and expects what it was answered."""

import re
import string
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saklar.codecs import convert, load_dialect
from saklar.network_sim.draft import About, Recording, draft_of
from saklar.network_sim.draft.heard import Heard
from saklar.network_sim.scenario import Options, play
from saklar.network_sim.scenario.expansion import cases_in
from saklar.network_sim.scenario.language import Source
from saklar.network_sim.scenario.language.formatting import formatted
from saklar.network_sim.scenario.result import MessageEvent
from saklar.network_sim.scenario.telling import explanation
from saklar.switch.engine.messages import answer_to

PAN = "4539578763621486"
HOST = """
issuer bank listens 8583 dialect {dialect} framing {framing} answers 39={code}
  on x4xx answer 39={accepted}
"""
MTIS = {"iso87-ascii": "0", "iso87-binary": "0", "pos-generic": "0", "iso93-ascii": "1"}
SAID = {
    "iso87-ascii": (18, 22, 25, 26, 32, 33, 40, 41, 42, 43, 48),
    "iso87-binary": (18, 22, 25, 26, 32, 33, 40, 41, 42, 43, 48),
    "pos-generic": (22, 24, 25, 41, 42, 48),
    "iso93-ascii": (19, 26, 32, 33, 41, 42, 43, 48),
}
"""Elements that a request may have or not, and that are no date, no number of the message's own, and no secret."""

WORDS = (
    "within",
    "on",
    "at",
    "answers",
    "keeps",
    "absent",
    "echo",
    "as",
    "42",
    "now",
    "any",
    "a # b",
    "${x}",
    "1..9",
    "/x/",
)
"""Texts that mean something in the language."""

TEXTS = string.ascii_letters + string.digits + ' "$\\#|=.,:;!/(){}-'


def contents(element):
    """Any content that an element may have, as far as a draft may hold it."""
    size = element.max_length if element.is_fixed else st.integers(1, min(element.max_length, 20))
    alphabet = string.digits if element.format == "n" else TEXTS
    sizes = st.just(size) if isinstance(size, int) else size
    texts = sizes.flatmap(lambda length: st.text(alphabet, min_size=length, max_size=length))
    texts = texts.filter(lambda text: not re.search(r"[0-9]{12}", text))  # no card number, nor a track
    words = [word.ljust(size if isinstance(size, int) else 0) for word in WORDS if element.max_length >= len(word)]
    return texts if element.format == "n" or not words else st.one_of(texts, st.sampled_from(words))


@st.composite
def requests(draw, name):
    """A request about money in a dialect, with any of the elements that it may have."""
    dialect = load_dialect(name)
    numbers = draw(st.sets(st.sampled_from([n for n in SAID[name] if n in dialect.elements])))
    fields = {str(number): draw(contents(dialect.elements[number])) for number in sorted(numbers)}
    mti = MTIS[name] + draw(st.sampled_from(["100", "200", "220"]))
    amount = draw(st.integers(0, 10**9))
    usual = {"2": PAN, "3": draw(st.sampled_from(["000000", "010000", "310000", "123456"])), "4": f"{amount:012d}"}
    own = {"11": "000042", "37": "533210000042", "41": "TERM0001"} if "37" not in fields else {}
    message = dialect.message({"mti": mti, **usual, "49": "360", **own, **fields})
    if dialect.has_header:
        message.header = {"protocol": "60", "destination": draw(st.sampled_from(["0000", "0123"])), "source": "0001"}
    return dialect.decode(bytes(message))


def recording_of(*exchanges, silent=2.0):
    """A recording of requests and answers (None for no answer), a second apart, each answered after 0.1 s."""
    heard = []
    for number, (request, answer) in enumerate(exchanges):
        heard.append(Heard(number * silent, 1, True, request))
        if answer is not None:
            heard.append(Heard(number * silent + 0.1, 1, False, answer))
    return Recording(heard, ended_s=len(exchanges) * silent, connections=1)


def drafted(recording, name, keep=(48,), **more):
    about = About(load_dialect(name), name, framing_of(name), "127.0.0.1:8583", "live", keep=frozenset(keep), **more)
    return draft_of(recording, about).text


def framing_of(name):
    return "dialect" if name == "pos-generic" else "binary-2"


def played(text, name, code):
    """Play a draft against a host that answers all with this code; gives the messages that the terminal sent."""
    host = HOST.format(
        dialect=name, framing=framing_of(name), code=code, accepted="400" if name == "iso93-ascii" else "00"
    )
    head, scenario, tail = text.partition("scenario ")
    result = play(cases_in(Source.of(head + host + scenario + tail, "draft")), Options(seed=1))
    assert result.passed, text + "\n".join(explanation(case) for case in result.cases if not case.passed)
    assert all(case.clock == "virtual" for case in result.cases)
    return [
        (event.mti, {field.path: field.value for field in event.fields if "." not in field.path})
        for case in result.cases
        for event in case.events
        if isinstance(event, MessageEvent) and event.state == "sent" and event.owner == "terminal"
    ]


@pytest.mark.parametrize("name", MTIS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_a_request_is_sent_as_it_was_heard(name, data):
    request = data.draw(requests(name))
    code = "100" if name == "iso93-ascii" else "05"
    text = drafted(recording_of((request, answer_to(request, "05"))), name)
    assert formatted(Source.of(text)) == text
    ((mti, sent),) = played(text, name, code)
    own = {number for number in map(str, request) if number not in ("2", "7", "11", "12", "13", "37")}
    assert mti == request.mti
    assert {number: sent[number].strip() for number in own} == {n: str(request[int(n)]).strip() for n in own}
    assert {n for n in sent if int(n) in SAID[name]} <= set(map(str, request))


# Transactions of several requests.


def request(name, mti, stan, **fields):
    """A request of a terminal; fields in 1987 terms, as `f38`."""
    now = "1123101500"
    own = {"2": PAN, "3": "000000", "4": "000000002000", "7": now, "11": stan, "18": "5411", "22": "012", "25": "00"}
    own |= {
        "12": now[4:],
        "13": now[:4],
        "14": "2712",
        "32": "100001",
        "37": "533210000042",
        "41": "TERM0001",
        "49": "360",
    }
    own |= {"42": "MERCHANT0000001"} | {key[1:]: value for key, value in fields.items()}
    message = load_dialect("iso87-ascii").message({"mti": mti, **own})
    return convert(message, load_dialect(name), today=date(2026, 11, 23))


def about(mti, stan):
    return mti + stan + "1123101500" + "00000100001" + "0" * 11


def answered(message, code="00", **fields):
    answer = answer_to(message, code)
    for key, value in fields.items():
        answer[int(key[1:])] = value
    return message, answer


DIALECTS = ("iso87-ascii", "iso87-binary", "iso93-ascii")


def as_sent(name, mti):
    return mti if name != "iso93-ascii" else "1" + mti[1:]


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("mti", ["0220", "0120"])
def test_a_completion_is_of_what_it_completes_and_has_its_approval_code(name, mti):
    first = answered(request(name, "0100", "000042"), f38="ABC123")
    second = answered(request(name, mti, "000043", f38="ABC123", f90=about("0100", "000042"), f4="000000001500"))
    text = drafted(recording_of(first, second, silent=0.5), name)
    assert f"{as_sent(name, mti)} completion of request-1" in text
    assert "38=$answer-1.38" in text
    assert [sent for sent, _ in played(text, name, "00")] == [as_sent(name, "0100"), as_sent(name, mti)]


@pytest.mark.parametrize("name", DIALECTS)
def test_a_completion_of_another_amount_says_it(name):
    first = answered(request(name, "0100", "000042"), f38="ABC123")
    second = answered(request(name, "0220", "000043", f38="ABC123", f90=about("0100", "000042"), f4="000000001500"))
    _, (_, completion) = played(drafted(recording_of(first, second, silent=0.5), name), name, "00")
    assert completion["4"] == "000000001500"


@pytest.mark.parametrize("name", DIALECTS)
def test_an_advice_of_nothing_that_was_heard_is_one_of_its_own(name):
    text = drafted(recording_of(answered(request(name, "0220", "000042", f38="ABC123"))), name)
    ((mti, sent),) = played(text, name, "00")
    assert (mti, sent["38"]) == (as_sent(name, "0220"), "ABC123")


@pytest.mark.parametrize("name", DIALECTS)
def test_a_reversal_and_its_repeat_are_of_what_they_reverse(name):
    reversal = request(name, "0420", "000043", f90=about("0200", "000042"))
    repeat = reversal.copy()
    repeat.mti = as_sent(name, "0421")
    heard = recording_of(answered(request(name, "0200", "000042")), (reversal, None), answered(repeat), silent=0.5)
    text = drafted(heard, name)
    assert f"{as_sent(name, '0420')} reversal of request-1 as request-2" in text
    assert f"expects no {as_sent(name, '0420')[:2]}3x for 500 ms" in text
    assert f"{as_sent(name, '0421')} of request-2 as request-3" in text


@pytest.mark.parametrize("name", DIALECTS)
def test_a_reversal_is_played_as_it_was_heard(name):
    reversal = request(name, "0420", "000043", f90=about("0200", "000042"))
    heard = recording_of(answered(request(name, "0200", "000042")), answered(reversal), silent=0.5)
    (_, bought), (mti, sent) = played(drafted(heard, name), name, "00")
    named = sent["90" if name != "iso93-ascii" else "56"]
    assert mti == as_sent(name, "0420")
    assert named[:10] == as_sent(name, "0200") + bought["11"]
    assert [sent[number] for number in ("4", "37", "41")] == [bought[number] for number in ("4", "37", "41")]


def test_what_is_said_of_a_reversal_without_its_original_is_that_it_is_left_out():
    text = drafted(
        recording_of(answered(request("iso87-ascii", "0420", "000043", f90=about("0200", "000042")))), "iso87-ascii"
    )
    assert "# left out: 1 transaction, as nothing shows what it was about" in text
    assert "scenario" not in text


def test_an_answer_that_came_after_the_reversal_is_expected_after_it():
    name = "iso87-ascii"
    bought, late = answered(request(name, "0200", "000042"))
    back, accepted = answered(request(name, "0420", "000043", f90=about("0200", "000042")))
    heard = [
        Heard(0.0, 1, True, bought),
        Heard(3.0, 1, True, back),
        Heard(3.1, 1, False, accepted),
        Heard(5.0, 1, False, late),
    ]
    text = drafted(Recording(heard, ended_s=9.0, connections=1), name)
    steps = [line.strip() for line in text.partition("scenario")[2].splitlines()[1:]]
    assert [" ".join(step.split()[1:3]) for step in steps if step.startswith(("terminal", "wait"))] == [
        "sends 0200", "3 s", "sends 0420", "expects 0430", "expects 0210",
    ]  # fmt: skip
    assert "to request-1 within 10 s" in text


def test_a_request_that_had_no_answer_until_the_recording_ended_is_followed_by_silence():
    text = drafted(recording_of((request("iso87-ascii", "0200", "000042"), None), silent=7.0), "iso87-ascii")
    assert "terminal expects no 021x for 7 s  # it had no answer" in text


def test_a_pause_is_a_step():
    name = "iso87-ascii"
    back = answered(request(name, "0420", "000043", f90=about("0200", "000042")))
    text = drafted(recording_of(answered(request(name, "0200", "000042")), back, silent=60.0), name)
    assert "\nwait 60 s\n" in text


@given(times=st.lists(st.tuples(st.floats(0, 60), st.none() | st.floats(0.01, 60)), min_size=1, max_size=4))
@settings(max_examples=50, deadline=None)
def test_steps_stand_in_the_order_of_time(times):
    name, heard = "iso87-ascii", []
    for number, (at_s, waited_s) in enumerate(sorted(times, key=lambda each: each[0])):
        mti = "0200" if number == 0 else "0420" if number == 1 else "0421"
        message, answer = answered(request(name, mti, f"{42 + min(number, 1):06d}", f90=about("0200", "000042")))
        heard.append(Heard(at_s, 1, True, message))
        if waited_s is not None:
            heard.append(Heard(at_s + waited_s, 1, False, answer))
    heard.sort(key=lambda one: one.at_s)
    text = drafted(Recording(heard, ended_s=200.0, connections=1), name)
    cases_in(Source.of(text, "draft"))
    said = re.findall(r"^terminal +(?:sends|expects) +(\d{4})", text, re.MULTILINE)
    assert said == [one.message.mti for one in heard]


# What need not be said, and what is said of cards.


def test_how_a_card_is_read_is_said_where_it_is_not_as_usual():
    chip, keyed = (answered(request("iso87-ascii", "0200", "000042", f22=entry)) for entry in ("051", "012"))
    assert " chip" not in drafted(recording_of(chip), "iso87-ascii")
    assert " keyed " in drafted(recording_of(keyed), "iso87-ascii")


def test_a_card_of_nothing_that_is_written_is_not_declared():
    left_out = answered(
        request("iso87-ascii", "0420", "000043", f90=about("0200", "000041"), f2="5100000000000008", f37="0" * 12)
    )
    text = drafted(recording_of(answered(request("iso87-ascii", "0200", "000042")), left_out), "iso87-ascii")
    assert re.findall(r"^card (\S+) (\d{6})", text, re.MULTILINE) == [("card-1", PAN[:6])]


def test_a_test_card_keeps_its_number_and_its_expiry_date():
    heard = recording_of(answered(request("iso87-ascii", "0200", "000042")))
    text = drafted(heard, "iso87-ascii", test_cards=frozenset({PAN}))
    assert f"card card-1 {PAN} expiry 2712" in text


def test_another_expiry_date_of_a_test_card_is_said():
    old = answered(request("iso87-ascii", "0200", "000043", f14="1112"))
    heard = recording_of(answered(request("iso87-ascii", "0200", "000042")), old)
    assert text_of_step(drafted(heard, "iso87-ascii", test_cards=frozenset({PAN})), 2).endswith("14=1112")


def text_of_step(text, number):
    return re.findall(r"^terminal sends .*", text, re.MULTILINE)[number - 1]


def test_a_header_is_said_where_it_is_not_the_usual_one():
    dialect = load_dialect("pos-generic")
    message = request("pos-generic", "0200", "000042")
    plain = drafted(recording_of(answered(dialect.decode(bytes(message)))), "pos-generic")
    message.header = {"protocol": "60", "destination": "0123", "source": "0456"}
    other = drafted(recording_of(answered(dialect.decode(bytes(message)))), "pos-generic")
    assert "header" not in plain
    assert 'header protocol "60" destination "0123" source "0456"' in other


def test_network_management_is_a_case_of_its_own():
    name = "iso87-ascii"
    message = load_dialect(name).message({"mti": "0800", "7": "1123101500", "11": "000042", "70": "301"})
    text = drafted(recording_of(answered(message)), name)
    assert "terminal sends   0800 echo-test\n" in text
