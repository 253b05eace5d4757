"""What can be measured, by how it is named."""

import sys
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.bench.contenders import Given, contender_of, versions_of
from saklar.bench.load import plain_mix
from saklar.bench.rounds import Load, measure
from saklar.bench.targets.configured import Configured, as_toml
from saklar.switch.toml import ConfigurationError

CONFIGURATION = """
[journal]
path = "precious.db"
durability = "relaxed"
[switch]
routes_file = "routes.csv"
[link.north]
role = "acquirer"
listen = "127.0.0.1:8583"
dialect = "iso87-ascii"
[link.bank]
role = "issuer"
listen = "127.0.0.1:8600"
dialect = "iso87-binary"
framing = "ascii-4"
[link.other]
role = "issuer"
connect = "127.0.0.1:8601"
dialect = "iso93-ascii"
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "routes.csv").write_text("bin,issuers\n400000,bank\n510000,other\n")
    path = tmp_path / "switch.toml"
    path.write_text(CONFIGURATION)
    return path


def test_a_name_is_a_target_of_our_own():
    assert contender_of("relaxed", Given()).name == "relaxed"


def test_an_address_is_whatever_listens_there():
    found = contender_of("127.0.0.1:9", Given("iso87-ascii", pid=1))
    with found.start() as running:
        assert (str(running.address), running.pid, running.servers) == ("127.0.0.1:9", 1, {})
    assert found.dialect == "iso87-ascii"
    assert found.mix(7).group[0].connections == 7


def test_an_interpreter_says_its_versions():
    found = contender_of(f"python={sys.executable}", Given())
    assert found.about == versions_of(sys.executable)
    assert found.about["compiled"] is False


def test_a_mix_goes_before_a_targets_own():
    mix = plain_mix(connections=3)
    assert contender_of("strict", Given(mix=mix)).mix(1) is mix


@pytest.mark.parametrize("text", ["jpos", "python", "1.2.3.4", "host:port:9", "python=/nowhere/python", "config=/none"])
def test_what_cannot_be_measured_is_refused(text):
    with pytest.raises((ValueError, OSError, ConfigurationError)):
        contender_of(text, Given())


def test_an_interpreter_without_the_switch_is_refused(tmp_path):
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "No module named saklar" >&2\nexit 1\n')
    python.chmod(0o755)
    with pytest.raises(ValueError, match="cannot run the switch: No module named saklar"):
        versions_of(str(python))


def test_a_configuration_names_its_files_from_anywhere(file):
    found = Configured.load_file(file)
    assert found.tables["switch"]["routes_file"] == str(file.parent / "routes.csv")
    assert (found.load, found.dialect) == ("north", "iso87-ascii")


def test_a_configuration_that_no_acquirer_dials_is_refused(file):
    file.write_text(CONFIGURATION.replace('listen = "127.0.0.1:8583"', 'connect = "127.0.0.1:8583"'))
    with pytest.raises((ValueError, ConfigurationError)):
        Configured.load_file(file)


@pytest.mark.timeout(300)
def test_a_configuration_runs_with_a_journal_and_peers_of_the_measurements_own(file):
    found = contender_of(f"config={file}", Given())
    with found.start() as running:
        assert set(running.servers) == {"issuer bank", "issuer other"}
        sample = measure(running, found.mix(2), found.dialect, Load(2, 2), 0.5, warmup_s=0.1)
    assert sample.result.faults == {}
    assert sample.tps > 0
    assert sorted(path.name for path in file.parent.iterdir()) == ["routes.csv", "switch.toml"]


KEYS = st.text(min_size=1, max_size=8).filter(lambda text: text.isprintable())
SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e6, 1e6) | st.text().filter(str.isprintable)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_what_is_written_as_toml_is_read_back(tables):
    assert tomllib.loads(as_toml(tables)) == tables
