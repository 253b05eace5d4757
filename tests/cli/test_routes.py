"""`saklar routes`."""

import json

import pytest
from typer.testing import CliRunner

from saklar.cli.app import app
from saklar.codecs import load_dialect

PAN = "4000010000000002"
CONFIGURATION = """
[link.north]
role = "acquirer"
listen = "127.0.0.1:0"
dialect = "iso87-ascii"

[link.south]
role = "acquirer"
listen = "127.0.0.1:0"
dialect = "iso87-binary"

[link.bank-a]
role = "issuer"
connect = "127.0.0.1:9"
dialect = "iso87-ascii"

[link.bank-b]
role = "issuer"
connect = "127.0.0.1:9"
dialect = "iso87-ascii"

[[route]]
issuer = "bank-a"
bins = ["400000-400009"]

[[route]]
issuers = ["bank-b", "bank-a"]
bins = ["40000100"]
currency = "360"
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "switch.toml"
    path.write_text(CONFIGURATION)
    return path


@pytest.fixture
def routes(config):
    def run(*words, typed=None):
        return CliRunner().invoke(app, ["routes", *words, "--config", str(config)], input=typed)

    return run


def test_the_winner_and_what_the_others_miss_are_said(routes):
    run = routes("explain", PAN, "--link", "north", "--currency", "840")
    assert run.exit_code == 0
    assert "   40000100: bank-b then bank-a, currency 360; not taken: currency is 840" in run.stdout
    assert "-> 400000-400009: bank-a" in run.stdout


def test_the_next_best_is_said(routes):
    run = routes("explain", PAN, "--link", "north", "--currency", "360")
    assert "-> 40000100: bank-b then bank-a, currency 360" in run.stdout
    assert "   400000-400009: bank-a; would be next" in run.stdout


@pytest.mark.parametrize("link", ["north", "south"])
def test_a_message_is_routed_by_what_it_says_in_the_links_dialect(routes, link):
    dialect = load_dialect("iso87-ascii" if link == "north" else "iso87-binary")
    fields = {"mti": "0200", "2": PAN, "3": "000000", "4": "000000001000", "11": "000001", "49": "360"}
    run = routes("explain", dialect.encode(fields).hex(), "--link", link, "--json")
    document = json.loads(run.stdout)
    assert document["candidates"][0] == {
        "bin": "40000100", "issuers": ["bank-b", "bank-a"], "conditions": {"currency": ["360"]}, "misses": [],
    }  # fmt: skip


def test_the_pan_is_shown_masked_and_may_be_given_unseen(routes):
    run = routes("explain", "-", "--link", "north", typed=f"{PAN}\n")
    assert run.exit_code == 0
    assert "400001******0002" in run.stdout
    assert PAN not in run.output


def test_a_pan_without_a_route_is_exit_1(routes):
    run = routes("explain", "5" * 16, "--link", "north")
    assert run.exit_code == 1
    assert "no route: the switch answers 92" in run.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([PAN], "--link: which?; there are: north, south"),
        ([PAN, "--link", "bank-a"], "--link: 'bank-a' is no acquirer link"),
        (["12345", "--link", "north"], "PAN|MESSAGE: "),
        (["0200", "--link", "north"], "PAN|MESSAGE: "),
        (["@nowhere", "--link", "north"], "PAN|MESSAGE: "),
    ],
)
def test_what_cannot_be_explained_is_said_in_one_line(routes, words, said):
    run = routes("explain", *words)
    assert run.exit_code == 2
    assert run.stderr.startswith(f"saklar: {said}")
    assert run.stderr.count("\n") == 1


def test_a_configuration_that_cannot_be_read_is_named(tmp_path):
    run = CliRunner().invoke(app, ["routes", "list", "--config", str(tmp_path / "none.toml")])
    assert run.exit_code == 2
    assert "none.toml: No such file" in run.stderr


def test_ranges_are_listed_the_longest_first(routes):
    assert [entry["bin"] for entry in json.loads(routes("list", "--json").stdout)] == ["40000100", "400000-400009"]
    run = routes("list", "--limit", "1")
    assert "40000100" in run.stdout
    assert "1 of 2 ranges" in run.stdout
