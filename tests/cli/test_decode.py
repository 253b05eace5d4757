"""`saklar decode`, `encode` and `dialects`."""

import json
import subprocess
import sys

import pytest
import structlog
from typer.testing import CliRunner

from saklar.cli.app import app
from saklar.codecs import dialect_names


@pytest.fixture(autouse=True)
def _logs_as_before():
    """The program runs in this process here, and sets up logging for all of it."""
    yield
    structlog.reset_defaults()


MESSAGE = b"0200" + b"4010000000001000" + b"164000000000000002" + b"100000" + b"1122334455667788"
FIELDS = {"2": "4000000000000002", "12": "100000", "52": "1122334455667788"}


def saklar(*arguments, stdin=None):
    return CliRunner().invoke(app, list(arguments), input=stdin)


def decode(data, *options, dialect="iso87-ascii"):
    return saklar("decode", "--dialect", dialect, data, *options)


def test_a_message_is_its_elements_in_full_as_json():
    run = decode(MESSAGE.hex(), "--json")
    assert run.exit_code == 0
    assert json.loads(run.stdout) == {"dialect": "iso87-ascii", "header": None, "mti": "0200", "fields": FIELDS}


def test_hex_may_be_spaced_and_in_either_case():
    spaced = MESSAGE.hex(" ").upper()
    assert json.loads(decode(spaced, "--json").stdout)["fields"] == FIELDS


def test_hex_may_come_on_standard_input():
    run = saklar("decode", "--dialect", "iso87-ascii", "--json", "-", stdin=MESSAGE.hex() + "\n")
    assert json.loads(run.stdout)["fields"] == FIELDS


def test_people_see_a_table_with_secrets_masked():
    run = decode(MESSAGE.hex())
    assert run.exit_code == 0
    assert "400000******0002" in run.stdout
    assert "4000000000000002" not in run.stdout
    assert "1122334455667788" not in run.stdout


def test_people_may_ask_for_the_secrets():
    assert "4000000000000002" in decode(MESSAGE.hex(), "--reveal").stdout


def test_a_frames_length_can_be_taken_off():
    framed = len(MESSAGE).to_bytes(2, "big") + MESSAGE
    assert json.loads(decode(framed.hex(), "--framing", "binary-2", "--json").stdout)["fields"] == FIELDS


@pytest.mark.parametrize(
    ("data", "options", "error"),
    [
        (
            MESSAGE[:-1].hex(),
            [],
            {"field": "52", "offset": 44, "message": "expected 16 characters of data, found 15 bytes"},
        ),
        (b"02".hex(), [], {"field": "t", "offset": 0, "message": "expected an MTI of 4 bytes, found 2"}),
        ("3032zz", [], {"field": None, "offset": 2, "message": "'z' is no hex digit"}),
        ("303", [], {"field": None, "offset": 1, "message": "an odd number of hex digits"}),
        ("", [], {"field": "t", "offset": 0, "message": "expected an MTI of 4 bytes, found 0"}),
        ("0005aa", ["--framing", "binary-2"], {"field": None, "offset": 0}),
    ],
    ids=["truncated", "no MTI", "no hex", "odd hex", "empty", "no frame"],
)
def test_what_is_no_message_is_an_error_as_json(data, options, error):
    run = decode(data, "--json", *options)
    assert run.exit_code == 1
    found = json.loads(run.stdout)["error"]
    assert found.keys() == {"field", "offset", "message"}
    assert error.items() <= found.items()


def test_what_is_no_message_is_an_error_in_words():
    run = decode(MESSAGE[:-1].hex())
    assert run.exit_code == 1
    assert "DE 52: expected 16 characters of data, found 15 bytes (at byte 44)" in run.stderr


@pytest.mark.parametrize("arguments", [["decode", "00"], ["encode", "{}"]])
def test_an_unknown_dialect_is_answered_with_the_known_ones(arguments):
    run = saklar(*arguments, "--dialect", "iso88")
    assert run.exit_code == 2
    assert "unknown dialect 'iso88'; there are: amex-gcag-like, iso2003-ascii" in run.stderr


def test_what_decode_prints_encode_takes():
    document = decode(MESSAGE.hex(), "--json").stdout
    run = saklar("encode", "--dialect", "iso87-ascii", document)
    assert run.stdout.strip() == MESSAGE.hex().upper()


def test_a_flat_document_encodes_too_and_can_be_framed():
    flat = json.dumps({"t": "0200", **FIELDS})
    run = saklar("encode", "--dialect", "iso87-ascii", "--framing", "ascii-4", flat)
    assert bytes.fromhex(run.stdout) == b"%04d" % len(MESSAGE) + MESSAGE


@pytest.mark.parametrize(
    ("document", "code", "said"),
    [
        ('{"mti": "0200", "fields": {"11": "42"}}', 1, "DE 11: "),
        ('{"fields": {"11": "000042"}}', 1, "MTI: "),
        ('{"mti": "0200", "fields": {"11": 42}}', 2, "11: a text in quotes is expected"),
        ('{"mti": "0200"', 2, "not JSON"),
        ("[]", 2, "a JSON object is expected"),
    ],
)
def test_what_cannot_be_encoded_is_an_error(document, code, said):
    run = saklar("encode", "--dialect", "iso87-ascii", document)
    assert run.exit_code == code
    assert said in run.stderr


def test_the_dialects_are_listed():
    names = [row["name"] for row in json.loads(saklar("dialects", "list", "--json").stdout)]
    assert names == list(dialect_names())
    assert all(name in saklar("dialects", "list").stdout for name in names)


def test_a_dialect_is_shown_element_by_element():
    elements = json.loads(saklar("dialects", "show", "iso87-binary", "--json").stdout)["elements"]
    assert elements["2"] == {
        "name": "Primary account number (PAN)", "format": "n", "length": "LLVAR ..19", "encoding": "bcd", "secret": "pan"
    }  # fmt: skip
    assert "Retrieval" in saklar("dialects", "show", "iso87-ascii").stdout


def test_a_closed_pipe_is_no_traceback():
    program = (
        "import sys; sys.argv = ['saklar', 'dialects', 'show', 'iso87-ascii']; from saklar.cli import main; main()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
