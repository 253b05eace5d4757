"""Commands about the HSM itself, and several in one."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim import Hsm, load_lmk, parse_response
from saklar.hsm_sim.commands.nk import chained
from saklar.hsm_sim.counters import UNKNOWN, Peer


@pytest.fixture
def hsm():
    return Hsm(load_lmk("test"))


def test_each_command_of_a_chain_has_its_response_in_order(hsm):
    commands = ["NC", "ZZ", "B20004ABCD"]
    answer = hsm.execute(("NK003" + chained(commands)).encode()).decode()
    assert answer == "NL0003" + chained([hsm.execute(command.encode()).decode() for command in commands])


def test_a_chain_of_no_commands_has_error_52(hsm):
    assert hsm.execute(b"NK000") == b"NL52"


@pytest.mark.parametrize("request_", [b"NK0010005NK000", b"NK0020002NC", b"NK0010003NC", b"NK0010002NCx", b"NK001"])
def test_a_chain_that_cannot_be_has_an_error(hsm, request_):
    assert hsm.execute(request_)[:4] in (b"NL15", b"NL80")


@given(st.lists(st.text("ABC0123456789", max_size=30), min_size=1, max_size=99))
def test_a_chain_is_answered_whatever_is_in_it(commands):
    commands = [command for command in commands if not command.startswith("NK")] or ["NC"]
    answer = Hsm(load_lmk("test")).execute(f"NK0{len(commands):02d}{chained(commands)}".encode())
    assert answer[:6].decode() == f"NL00{len(commands):02d}"


class Clock:
    """The time of day, to be set."""

    def __init__(self):
        self.now = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def clocked(clock):
    return Hsm({"00": load_lmk("test"), "01": load_lmk("test-aes-block", identifier="01")}, clock=clock)


def read(hsm, request):
    response = parse_response(request[:2].decode(), hsm.execute(request))
    assert response.ok, response.error
    return response.values


def test_reports_say_when_they_begin_and_end(clocked, clock):
    clock.now += timedelta(hours=26, seconds=5)
    report = read(clocked, b"J8")
    assert (report["start_date"], report["start_time"]) == ("261123", "100000")
    assert (report["end_date"], report["end_time"]) == ("261124", "120005")
    assert read(clocked, b"J2")["seconds"] == f"{26 * 3600 + 5:010d}"


def test_commands_are_counted_by_their_codes(clocked):
    for code in ("NC", "NC", "B2"):
        clocked.counters.command(code, "00", 0, 0)
    clocked.counters.command(UNKNOWN, "68", 0, 0)
    assert read(clocked, b"J4")["volumes"] == "B2000000000001NC000000000002"


def test_refused_attacks_are_counted_and_shown(clocked):
    assert (read(clocked, b"J8")["attacks"], read(clocked, b"JK")["fraud"]) == ("00000000", "0")
    clocked.counters.command("EC", "39", 0, 0)
    assert (read(clocked, b"J8")["attacks"], read(clocked, b"JK")["fraud"]) == ("00000001", "1")


def test_seconds_are_counted_by_their_load(clocked, clock):
    """One second with 25 percent, one with 100, in five."""
    second = 1_000_000_000
    for started, spent in ((second, second // 4), (2 * second, second), (4 * second, 1)):
        clocked.counters.command("NC", "00", started, spent)
    clock.now += timedelta(seconds=5)
    loads = read(clocked, b"J2")["loads"].split(";")
    counts = {load[:6]: int(load[6:]) for load in loads if load}
    assert {step: count for step, count in counts.items() if count} == {"000010": 3, "020030": 1, "090100": 1}


def test_the_state_names_each_lmk(clocked):
    state = read(clocked, b"JK")
    assert (state["lmks"], state["test_lmks"], state["old_lmks"]) == ("02", "02", "00")
    assert state["lmk_states"] == f"00000V0T268604\x1401000K2T{load_lmk('test-aes-block').check_value[:6]}\x15"


@pytest.mark.parametrize(
    ("mode", "names"), [(b"00", {"buffer", "link", "connections", "firmware", "reserved"}), (b"01", {"pci"})]
)
def test_no_reports_what_its_mode_asks(clocked, mode, names):
    assert read(clocked, b"NO" + mode).keys() == names


def test_connections_are_told_with_their_addresses(clocked):
    for number, host in enumerate(("127.0.0.1", "::1", "10.0.0.255")):
        clocked.counters.connected(Peer(1500, host, 40_000 + number, time.monotonic()))
    report = read(clocked, b"NI11")
    assert report["records"] == "0002"
    assert report["connections"][:18] == "005DC7F0000019C400"
    assert report["connections"][26:44] == "005DC0A0000FF9C420"
    assert read(clocked, b"NO00")["connections"] == "0003"


def test_another_port_has_error_82(clocked):
    assert clocked.execute(b"NI12")[2:4] == b"82"
