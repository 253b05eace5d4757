"""A dialect of one's own, and what is said about a wrong one."""

import pytest

from saklar.codecs import DialectError, load_dialect

GOOD = """
name = "mine"
title = "A small dialect"
version = "1987"

[mti]
encoding = "ascii"

[bitmap]
encoding = "hex"

[encoding]
n = "ascii"
z = "ascii"
text = "ascii"
b = "hex"
length = "ascii"

[elements]
2 = { name = "PAN", format = "n", length = "LLVAR", max = 19, secret = "pan" }
11 = { name = "STAN", format = "n", length = 6 }
41 = { name = "Terminal", format = "ans", length = 8 }
48 = { name = "Private", format = "ans", length = "LLLVAR", max = 50, length_encoding = "bcd" }
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return path

    return write


def test_a_file_is_loaded_by_its_path(write):
    dialect = load_dialect(write(GOOD))
    assert dialect.name == "mine"
    assert dialect.decode(dialect.encode({"mti": "0200", 11: "000042"}))[11] == "000042"


def test_an_element_may_be_written_otherwise_than_its_format(write):
    dialect = load_dialect(str(write(GOOD)))
    assert dialect.encode({"mti": "0200", 48: "abc"}).endswith(b"\x00\x03abc")


def test_an_element_that_the_dialect_lacks_cannot_be_set(write):
    with pytest.raises(ValueError, match="DE 3: dialect mine has no such element"):
        load_dialect(write(GOOD)).encode({"mti": "0200", 3: "000000"})


BAD = {
    "unknown key": ('version = "1987"', 'verson = "1987"', "verson: unknown key; did you mean version?"),
    "missing": ('title = "A small dialect"', "", "title: is required"),
    "version": ('version = "1987"', 'version = "1988"', "version: '1988': expected one of 1987, 1993"),
    "encoding": ('n = "ascii"', 'n = "asci"', "encoding.n: 'asci': expected one of ascii, ebcdic,"),
    "element number": ("11 = {", "65 = {", "elements.65: is a bitmap's own bit"),
    "element name": ("11 = {", "STAN = {", "elements.STAN: an element is a number"),
    "element key": ("length = 6 }", "lenght = 6 }", "elements.11.lenght: unknown key; did you mean length?"),
    "format": ('format = "n", length = 6', 'format = "num", length = 6', "elements.11.format: 'num': expected one of n, a"),
    "length": ("length = 6", 'length = "LLVARR"', "elements.11.length: 'LLVARR': expected a number above 0, or one of LVAR"),
    "no max": (", max = 19", "", "elements.2.max: is required"),
    "max too large": ("max = 19", "max = 100", "elements.2.max: 100: expected a number from 1 to 99"),
    "max of fixed": ("length = 6", "length = 6, max = 6", "elements.11.max: is for variable lengths"),
    "secret": ('secret = "pan"', 'secret = "yes"', "elements.2.secret: 'yes': expected one of pan, track, all"),
    "date": ("length = 6", 'date = "MMYY", length = 6', "elements.11.date: 'MMYY': expected one of MMDDhhmmss"),
    "date of another length": ("length = 6", 'date = "MMDD", length = 6', "elements.11.date: MMDD is for elements of format n and length 4"),
    "date of letters": ('format = "ans", length = 8', 'format = "ans", date = "CCYYMMDD", length = 8', "elements.41.date: CCYYMMDD is for elements of format n"),
    "no table": ('[mti]\nencoding = "ascii"', 'mti = "ascii"', "mti"),
    "not TOML": ("[elements]", "[elements", "not valid TOML"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), BAD.values(), ids=BAD.keys())
def test_a_mistake_is_named_with_file_and_key(write, old, new, said):
    assert old in GOOD
    path = write(GOOD.replace(old, new, 1))
    with pytest.raises(DialectError) as caught:
        load_dialect(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DialectError, match=r"nothing\.toml: No such file"):
        load_dialect(tmp_path / "nothing.toml")


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(DialectError, match="unknown dialect 'iso88'; there are: amex-gcag-like, iso2003-ascii"):
        load_dialect("iso88")
