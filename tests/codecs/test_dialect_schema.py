"""The JSON Schema of dialect files, against every file that is shipped and against mistakes."""

import tomllib
from importlib import resources

import jsonschema
import pytest

from saklar.codecs import dialect_names
from saklar.codecs.dialect_schema import schema


def document(name):
    return tomllib.loads((resources.files("saklar.codecs.dialects") / f"{name}.toml").read_text("utf-8"))


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", dialect_names())
def test_a_shipped_dialect_is_valid(name):
    jsonschema.validate(document(name), schema())


MISTAKES = {
    "an unknown key": {"verson": "1987"},
    "an unknown version": {"version": "1988"},
    "an element without a table": {"elements": {"2": "n 19"}},
    "an element that is no number": {"elements": {"PAN": {}}},
    "an unknown format": {"elements": {"2": {"format": "num"}}},
    "an unknown key of an element": {"elements": {"2": {"lenght": 6}}},
    "a length of no digits": {"elements": {"2": {"length": 0}}},
    "an unknown kind of parts": {"elements": {"2": {"parts": {"kind": "xml"}}}},
    "an unknown encoding": {"mti": {"encoding": "utf-16"}},
    "a fourth bitmap": {"bitmap": {"encoding": "hex", "bitmaps": 4}},
    "no name": {"name": ""},
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_not(mistake):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document("iso87-ascii") | mistake, schema())
