"""What people may not see is in no text of a case, however it is written."""

import pytest

from saklar.network_sim.scenario import Options, load_cases, play
from saklar.network_sim.scenario.scope import masked
from saklar.network_sim.scenario.telling import explanation

PAN = "4000000000000002"
AS_ASCII, AS_EBCDIC = PAN.encode().hex().upper(), PAN.encode("cp500").hex().upper()
SENDS_ONE = """network saklar
acquirer shop
issuer   bank

scenario "one"
shop sends   raw 30323030{sent}303030
shop expects 0210 within 1 s
"""


@pytest.mark.parametrize("sent", [PAN, AS_ASCII, AS_EBCDIC, AS_EBCDIC.lower()], ids=["BCD", "ASCII", "EBCDIC", "lower"])
@pytest.mark.parametrize("verb", ["raw", "bytes"])
def test_bytes_of_a_step_show_no_more_than_a_message_type(verb, sent):
    assert masked(f"shop sends {verb} 30323030{sent}303030") == f"shop sends {verb} 30323030…"


def test_bytes_with_spaces_show_no_more():
    assert masked(f'shop sends raw "30 32 30 30 {AS_ASCII} 30"') == 'shop sends raw "30 32 30 30 …"'


@pytest.mark.parametrize("sent", [AS_ASCII, AS_EBCDIC], ids=["ASCII", "EBCDIC"])
def test_a_variable_that_holds_a_pan_in_hex_shows_its_beginning(sent):
    assert masked(f"00FF{sent}") == f"00FF{sent[:8]}…"


@pytest.mark.parametrize(
    "text", ["shop sends raw 30323030", "55=910A0123456789ABCDEF0012", "zpk U2A3181DC9BC9EE48134E"]
)
def test_what_holds_no_pan_is_as_it_was(text):
    assert masked(text) == text


@pytest.mark.parametrize("name", ["45", "52", "track1", "pin-block"])
@pytest.mark.parametrize("value", ["0123456789ABCDEF", f'"B{PAN}^DOE/J^4912"'], ids=["bare", "quoted"])
def test_an_element_that_is_secret_is_not_shown_as_a_step_says_it(name, value):
    assert masked(f"shop sends 0200 {name}={value} 4=1.00") == f"shop sends 0200 {name}=**** 4=1.00"


@pytest.mark.parametrize("value", ["present", "absent", "$first.52", "echo"])
def test_what_is_only_expected_of_a_secret_element_is_shown(value):
    assert masked(f"bank expects 0200 52={value}") == f"bank expects 0200 52={value}"


@pytest.mark.parametrize("sent", [PAN, AS_ASCII, AS_EBCDIC], ids=["BCD", "ASCII", "EBCDIC"])
def test_a_failure_tells_nothing_of_a_pan_in_bytes_that_were_sent(tmp_path, sent):
    file = tmp_path / "one.scenario"
    file.write_text(SENDS_ONE.format(sent=sent))
    result = play(load_cases([file]), Options(seed=1))
    assert not result.passed
    assert sent not in explanation(result.cases[0]) + repr(result)


@pytest.mark.parametrize("code", ["92003123", "9203123", "920041234"])
def test_a_value_that_is_printed_on_the_card_is_not_shown_as_a_step_says_it(code):
    said = masked(f'shop sends 0200 keyed 48="61003abc{code}6301x" 4=1.00')
    assert code not in said
    assert said.endswith('6301x" 4=1.00')


def test_what_stands_in_other_elements_is_no_such_value():
    assert masked('shop sends 0200 60="92003123"') == 'shop sends 0200 60="92003123"'
