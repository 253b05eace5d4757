"""The codec's own benchmark: that it measures what it says, not how fast that is."""

import json

import pytest
from typer.testing import CliRunner

from saklar.bench.micro.codec import LARGE_BYTES, SIZES, example, measure
from saklar.cli.app import app
from saklar.codecs import dialect_names, load_dialect


@pytest.mark.parametrize("name", dialect_names())
@pytest.mark.parametrize("size", SIZES)
def test_every_dialect_has_a_message_of_every_size(name, size):
    dialect = load_dialect(name)
    message = dialect.decode(dialect.encode(example(dialect, size)))
    assert set(message) <= set(SIZES[size])
    assert {int(key) for key in example(dialect, size) if key != "mti"} == set(message)


def test_the_large_message_is_the_one_of_twenty_fields():
    dialect = load_dialect("iso87-ascii")
    wire = dialect.encode(example(dialect, "large"))
    assert len(wire) == LARGE_BYTES
    assert len(dialect.decode(wire)) == 20


def test_every_operation_is_measured_beside_the_reference_where_it_knows_the_dialect():
    told = []
    dialects = [load_dialect("iso87-ascii"), load_dialect("pos-generic")]
    result = measure(dialects, 2, told.append)
    assert told == [f"{d.name}, {size}" for d in dialects for size in SIZES]
    assert len(result.figures) == 2 * 3 * 4
    for figure in result.figures:
        assert figure.us > 0
        assert (figure.theirs_us is not None) == (figure.dialect == "iso87-ascii")
    assert all(0 < held < 5_000 for held in result.memory.values())


def test_the_figures_are_printed_and_written(tmp_path):
    path = tmp_path / "codec.json"
    run = CliRunner().invoke(app, ["bench", "codec", "-d", "iso87-ascii", "--rounds", "2", "--json", str(path)])
    assert run.exit_code == 0
    assert "large, 414" in run.stdout
    operations = [figure["operation"] for figure in json.loads(path.read_text())["figures"]]
    assert operations == ["read 5", "read all", "encode", "change 2"] * 3
