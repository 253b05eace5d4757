"""`saklar decode`, `encode` and `dialects`."""

import base64
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from saklar.cli.app import app
from saklar.codecs import dialect_names, load_dialect

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


def test_what_could_be_read_before_an_error_is_shown():
    run = decode(MESSAGE[:-1].hex())
    assert "400000******0002" in run.stdout
    assert "read until the error" in run.stdout


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
        "name": "Primary account number (PAN)", "format": "n", "date": None, "length": "LLVAR ..19", "encoding": "bcd",
        "secret": "pan",
    }  # fmt: skip
    assert elements["7"]["date"] == "MMDDhhmmss"
    assert "Retrieval" in saklar("dialects", "show", "iso87-ascii").stdout


def test_a_closed_pipe_is_no_traceback():
    program = (
        "import sys; sys.argv = ['saklar', 'dialects', 'show', 'iso87-ascii']; from saklar.cli import main; main()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_a_message_may_be_given_in_base64_or_as_a_file(tmp_path):
    path = tmp_path / "message"
    path.write_bytes(MESSAGE + b"")
    assert json.loads(decode(base64.b64encode(MESSAGE).decode(), "--json").stdout)["fields"] == FIELDS
    assert json.loads(decode(str(path), "--from", "raw", "--json").stdout)["fields"] == FIELDS
    path.write_text(MESSAGE.hex())
    assert json.loads(decode(str(path), "--json").stdout)["fields"] == FIELDS


@pytest.mark.parametrize(
    ("data", "options", "said"),
    [
        ("nothing", ["--from", "raw"], "nothing: no such file"),
        ("????", ["--from", "base64"], "not base64"),
        ("303", [], "an odd number of hex digits"),
    ],
)
def test_data_that_is_none_says_why(data, options, said):
    run = decode(data, *options)
    assert run.exit_code == 1
    assert said in run.stderr


def test_without_a_dialect_it_is_guessed_and_said_how_surely():
    run = saklar("decode", MESSAGE.hex())
    assert run.exit_code == 0
    assert "dialect guessed: iso87-ascii, 100% of its content fits" in run.stdout
    assert saklar("decode", "00").exit_code == 2


def test_parts_are_shown_as_a_tree_with_what_they_mean():
    message = load_dialect("iso87-ascii").encode({"mti": "0200", "3": "000000", "55": "95058000000000"})
    shown = " ".join(decode(message.hex()).stdout.split())
    assert "goods and" in shown
    assert "offline data" in shown
    document = json.loads(decode(message.hex(), "--json").stdout)
    assert document["parts"] == {"55": {"95": "8000000000"}}
    assert saklar("encode", "-d", "iso87-ascii", json.dumps(document)).stdout.strip() == message.hex().upper()


def test_a_document_may_be_a_file_of_toml(tmp_path):
    path = tmp_path / "message.toml"
    path.write_text('mti = "0200"\n[fields]\n2 = "4000000000000002"\n55 = { 95 = "8000000000" }\n')
    run = saklar("encode", "-d", "iso87-ascii", str(path))
    assert bytes.fromhex(run.stdout) == load_dialect("iso87-ascii").encode(
        {"mti": "0200", "2": "4000000000000002", "55": "95058000000000"}
    )


def test_values_are_checked_if_asked():
    document = json.dumps({"mti": "0200", "11": "00004X"})
    assert saklar("encode", "-d", "iso87-ascii", document).exit_code == 0
    run = saklar("encode", "-d", "iso87-ascii", "--check", document)
    assert run.exit_code == 1
    assert "DE 11: other than digits" in run.stderr


def test_a_header_and_framing_as_the_dialect_has_them():
    document = json.dumps({"mti": "0800", "header": {"destination": "0123"}, "fields": {"11": "000042"}})
    wire = saklar("encode", "-d", "pos-generic", "--framing", "dialect", document).stdout.strip()
    decoded = json.loads(saklar("decode", "-d", "pos-generic", "--framing", "dialect", wire, "--json").stdout)
    assert decoded["header"] == {"protocol": "60", "destination": "0123", "source": "0000"}
    assert saklar("decode", "-d", "iso87-ascii", "--framing", "dialect", "00").exit_code == 2


def test_dialects_are_listed_without_being_asked_how():
    assert "visa-base1-like" in saklar("dialects").stdout


def test_a_dialect_of_ones_own_is_checked(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('extends = "iso87-ascii"\nname = "mine"\ntitle = "mine"\n')
    assert "good: mine, 126 elements" in saklar("dialects", "check", str(path)).stdout
    path.write_text('extends = "iso87-asci"\nname = "mine"\n')
    assert "extends: unknown dialect 'iso87-asci'" in saklar("dialects", "check", str(path)).stderr


def test_a_dialect_is_exported_and_imported_again(tmp_path):
    path = tmp_path / "spec.json"
    path.write_text(saklar("dialects", "export", "iso87-ascii").stdout)
    text = saklar("dialects", "import", str(path), "--name", "again").stdout
    (tmp_path / "again.toml").write_text(text)
    wire = load_dialect(tmp_path / "again.toml").encode({"mti": "0200", **FIELDS})
    assert wire == MESSAGE
    assert saklar("dialects", "export", "visa-base1-like").exit_code == 2


def test_what_cannot_be_imported_names_file_and_field(tmp_path):
    path = tmp_path / "spec.json"
    path.write_text('{"fields": {"0": 7}}')
    run = saklar("dialects", "import", str(path))
    assert run.exit_code == 2
    assert f"{path}: fields.0: an object is expected" in run.stderr


def test_the_schema_is_printed():
    assert json.loads(saklar("dialects", "schema").stdout)["title"] == "A saklar dialect"
