"""`saklar diff`."""

import json

import pytest
from typer.testing import CliRunner

from saklar.cli.app import app
from saklar.codecs import load_dialect

DIALECT = load_dialect("iso87-ascii")
FIELDS = {
    "mti": "0200",
    "2": "4000000000000002",
    "3": "000000",
    "4": "000000001050",
    "49": "840",
    "55": "9501AA9A03261123",
}


def diff(first, second, *options):
    messages = [DIALECT.encode(message).hex() for message in (first, second)]
    return CliRunner().invoke(app, ["diff", *messages, *options])


def changes(first, second, *options):
    run = diff(first, second, "--json", *options)
    return {line["path"]: (line["change"], line["a"], line["b"]) for line in json.loads(run.stdout)}


def without(key):
    return {name: value for name, value in FIELDS.items() if name != key}


def test_the_same_message_is_no_difference():
    run = diff(FIELDS, FIELDS)
    assert run.exit_code == 0
    assert "no difference" in run.stdout


def test_what_is_added_removed_and_changed():
    run = diff(FIELDS, {**without("49"), "mti": "0210", "39": "51"})
    assert run.exit_code == 1
    assert changes(FIELDS, {**without("49"), "mti": "0210", "39": "51"}) == {
        "mti": ("~", "0200", "0210"), "39": ("+", None, "51"), "49": ("-", "840", None)
    }  # fmt: skip


def test_of_an_element_that_divides_the_parts_that_changed():
    assert changes(FIELDS, {**FIELDS, "55": "9501AB9A03261123"}) == {"55.95": ("~", "AA", "AB")}


def test_secrets_are_compared_and_not_shown():
    other = {**FIELDS, "2": "4000000000000010"}
    run = diff(FIELDS, other)
    assert run.exit_code == 1
    assert "4000000000000002" not in run.stdout
    assert changes(FIELDS, other) == {"2": ("~", "4000000000000002", "4000000000000010")}


def test_what_is_the_same_is_shown_if_asked():
    assert "goods and" in diff(FIELDS, {**FIELDS, "49": "360"}, "--all").stdout
    assert "goods and" not in diff(FIELDS, {**FIELDS, "49": "360"}).stdout


def test_two_dialects():
    packed = load_dialect("iso87-binary").encode(FIELDS).hex()
    run = CliRunner().invoke(
        app, ["diff", DIALECT.encode(FIELDS).hex(), packed, "-d", "iso87-ascii", "--dialect-b", "iso87-binary"]
    )
    assert run.exit_code == 0


@pytest.mark.parametrize(("b", "said"), [("zz", "B: 'z' is no hex digit"), ("00", "B: no shipped dialect reads this")])
def test_what_cannot_be_read_says_which(b, said):
    run = CliRunner().invoke(app, ["diff", DIALECT.encode(FIELDS).hex(), b])
    assert run.exit_code == 2
    assert said in run.stderr
