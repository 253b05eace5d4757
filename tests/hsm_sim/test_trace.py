"""The trace shows what is harmless in every command, and nothing else."""

import re

import pytest
from structlog.testing import capture_logs
from trio.testing import memory_stream_pair

from saklar.hsm_sim import Hsm, build_command, load_lmk
from saklar.hsm_sim.commands import COMMANDS
from saklar.hsm_sim.layout import Reader, read_all, shown_names
from saklar.hsm_sim.server.connection import serve_connection
from saklar.hsm_sim.server.trace import MASK, OWN_NAMES, request_line, response_line

from .test_commands import BANK, GOOD, NORTH, ZMK
from .wire import frame

SECRET = re.compile(
    "key|zmk|zpk|tmk|tpk|tak|pvk|cvk|bdk|mk_ac|pin|block|account|pan|sequence|data|message|mac|arqc|arpc|cryptogram"
    "|cvv|pvv|offset|table|random|digest|expiry|service|ksn|number|atc|response_code|trailer|component|password"
)
HARMLESS = re.compile(
    ".*(_type|_type_code|_type_flag|_format|_length|_scheme|_flag|_size|_check_value|pvki|_usage|_mode|key_version|optional_blocks|"
    "block_version|components|key_use)"
)


REPORTS = {"J2", "J4", "J8", "JK", "NI", "NO"}
"""Commands about the HSM itself: nothing of them is a secret."""


def names_of(parts):
    return {name for part in parts for name, _, _ in part.rows()}


def layouts():
    told = [command for command in COMMANDS.values() if command.code not in REPORTS]
    return [(command.code, parts) for command in told for parts in (command.whole_request, command.response)]


@pytest.mark.parametrize(("code", "parts"), layouts())
def test_no_field_with_the_name_of_a_secret_is_shown(code, parts):
    named = {name for name in shown_names(parts) if SECRET.search(name) and not HARMLESS.fullmatch(name)}
    assert named == set()


@pytest.mark.parametrize(("code", "parts"), layouts())
def test_a_shown_field_is_short(code, parts):
    """No key, account number or digest fits into it; only check values have more digits than four."""
    forms = {name: form for part in parts for name, form, _ in part.rows()}
    long = {name for name in shown_names(parts) if int(re.match("[0-9]*", forms[name])[0] or 99) > 4}
    assert long <= {"check_value", "lmk_check_value", "firmware"}


@pytest.mark.parametrize(("code", "parts"), layouts())
def test_no_field_has_the_name_of_something_else_in_a_log_line(code, parts):
    assert not names_of(parts) & (OWN_NAMES | {"event", "level", "timestamp", "exc_info", "stack_info"})


def lines_of(hsm, code):
    """Layout, fields and trace line of a good request, and of the response to it."""
    command, request = COMMANDS[code], GOOD[code]
    response = hsm.execute(request)
    yield command.request, request[2:], request_line(request)
    yield command.response, response[4:], response_line(code, response)


@pytest.mark.parametrize("code", GOOD)
def test_each_field_of_a_good_request_and_its_response_is_shown_or_masked_as_it_is_marked(hsm, code):
    for parts, body, line in lines_of(hsm, code):
        shown = set(shown_names(parts))
        values = read_all(parts, Reader(body.decode("latin-1")))
        fields = {name: value for name, value in line.items() if name not in OWN_NAMES}
        assert fields == {name: value if name in shown else MASK for name, value in values.items()}


@pytest.mark.parametrize("code", GOOD)
def test_no_key_block_or_account_number_of_a_good_request_or_its_response_is_in_the_trace(hsm, code):
    for parts, body, line in lines_of(hsm, code):
        shown = set(shown_names(parts))
        values = read_all(parts, Reader(body.decode("latin-1")))
        for name, value in values.items():
            # What is shorter can be in a line by chance.
            assert name in shown or len(value) < 5 or value not in str(line)
        assert code in REPORTS or name_of_a_check_value(line) or not re.search("[0-9A-F]{12}", str(line))


def name_of_a_check_value(line):
    return line.keys() & {"check_value", "lmk_check_value"}


def test_every_field_is_named_with_its_value_or_masked():
    assert request_line(GOOD["CC"] + b"%00\x19trailer") == {
        "code": "CC",
        "title": "Translate a PIN from one ZPK to another",
        "source_zpk": MASK,
        "destination_zpk": MASK,
        "maximum_pin_length": "12",
        "source_pin_block": MASK,
        "source_format": "01",
        "destination_format": "01",
        "account_number": MASK,
        "lmk_identifier": "00",
        "trailer": MASK,
    }


def test_parts_that_depend_on_others_are_shown_too():
    request = build_command(
        "A0", mode="1", key_type="001", lmk_scheme="U", zmk_flag="0", zmk=ZMK.decode(), zmk_scheme="X"
    )
    assert list(request_line(request).values())[2:] == ["1", "001", "U", "0", MASK, "X"]


def test_a_response_says_its_error_and_what_it_means():
    assert response_line("EC", b"ED01") == {"code": "ED", "error": "01", "meaning": "verification failed"}


def test_a_response_shows_check_values_and_no_keys():
    response = Hsm(load_lmk("test")).execute(b"BU011" + NORTH.encode())
    assert response_line("BU", response)["check_value"] == response[4:].decode()


def test_a_request_that_cannot_be_read_says_the_field_and_no_value():
    assert request_line(b"CC" + BANK.encode() + b"USECRET") == {
        "code": "CC",
        "title": "Translate a PIN from one ZPK to another",
        "reason": "destination_zpk: missing or malformed",
    }


@pytest.mark.parametrize(("code", "shown"), [(b"ZZ", "ZZ"), (b"\n\x1b", "0A1B"), (b"\xe9\xe9", "E9E9")])
def test_an_unknown_code_cannot_forge_a_line(code, shown):
    assert request_line(code + b"SECRET") == {"code": shown, "title": "unknown command"}


async def test_a_connection_under_trace_logs_a_line_each_way(hsm):
    ours, theirs = memory_stream_pair()
    await ours.send_all(frame(b"0001NC"))
    await ours.send_eof()
    with capture_logs() as lines:
        await serve_connection(hsm, theirs, 4, trace=True, client="here")
    assert [(line["event"], line["code"], line["client"]) for line in lines] == [
        ("hsm.request", "NC", "here"),
        ("hsm.response", "ND", "here"),
    ]
    assert lines[1]["lmk_check_value"] == "2686047444912422"


async def test_without_trace_no_command_is_logged(hsm):
    ours, theirs = memory_stream_pair()
    await ours.send_all(frame(b"0001NC"))
    await ours.send_eof()
    with capture_logs() as lines:
        await serve_connection(hsm, theirs, 4)
    assert lines == []
