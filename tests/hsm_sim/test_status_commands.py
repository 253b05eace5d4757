"""Commands about the HSM itself, and several in one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.hsm_sim import Hsm, load_lmk
from saklar.hsm_sim.commands.nk import chained


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
