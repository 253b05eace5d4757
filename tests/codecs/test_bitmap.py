"""Bitmaps: one to three, in bytes or hex, with first bits of several habits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.codecs import DialectError, EncodeError, parse_dialect
from saklar.codecs.bitmap import Bitmap
from saklar.codecs.fault import Fault

BASE = 'extends = "iso87-ascii"\nname = "mine"\ntitle = "mine"\n'


@given(data=st.data())
def test_what_is_written_is_read(data):
    most = data.draw(st.integers(1, 3))
    bitmap = Bitmap(
        data.draw(st.sampled_from(["binary", "hex", "hex-ebcdic"])),
        most,
        data.draw(st.integers(1, most)),
        lower=data.draw(st.booleans()),
    )
    numbers = data.draw(st.sets(st.integers(1, most * 64)))
    numbers = tuple(sorted(number for number in numbers if not bitmap.is_marker(number)))
    written = bitmap.write(numbers)
    assert bitmap.read(b"xx" + written + b"more", 2) == (numbers, 2 + len(written))


@pytest.mark.parametrize(
    ("bitmap", "numbers", "written"),
    [
        (Bitmap("binary"), (2, 11), "4020000000000000"),
        (Bitmap("binary"), (70,), "80000000000000000400000000000000"),
        (Bitmap("binary", 3), (130,), "800000000000000080000000000000004000000000000000"),
        (Bitmap("binary", 2, 2), (2,), "40000000000000000000000000000000"),
        (Bitmap("binary", 2, 2, first_bit="never"), (70,), "00000000000000000400000000000000"),
        (Bitmap("binary", 2, 2, first_bit="always"), (2,), "c0000000000000000000000000000000"),
        (Bitmap("binary", 1), (1, 64), "8000000000000001"),
        (Bitmap("hex", lower=True), (9, 11, 13), b"00a8000000000000".hex()),
        (Bitmap("hex-ebcdic"), (9, 11, 13), "f0f0c1f8" + "f0" * 12),
        (Bitmap("binary", 1, bits=32), (32,), "00000001"),
    ],
)
def test_bitmaps_are_on_the_wire_like_this(bitmap, numbers, written):
    assert bitmap.write(numbers).hex() == written


@pytest.mark.parametrize("number", [0, 129])
def test_a_number_that_no_bitmap_has_is_refused(number):
    with pytest.raises(Fault, match="elements from 1 to 128"):
        Bitmap("binary").write((number,))


def test_with_one_bitmap_the_first_bit_is_an_element():
    dialect = parse_dialect(
        f'{BASE}[bitmap]\nbitmaps = 1\n[elements]\n1 = {{ name = "one", format = "n", length = 2 }}'
    )
    wire = dialect.encode({"mti": "0800", "1": "42", "11": "000042"})
    assert wire == b"0800" + b"8020000000000000" + b"42000042"
    assert dialect.decode(wire).to_dict() == {"mti": "0800", "1": "42", "11": "000042"}


def test_with_two_bitmaps_65_is_an_element():
    dialect = parse_dialect(
        f'{BASE}[bitmap]\nbitmaps = 2\n[elements]\n65 = {{ name = "it", format = "n", length = 1 }}'
    )
    message = dialect.decode(dialect.encode({"mti": "0800", "65": "7"}))
    assert message[65] == "7"


def test_an_element_that_the_bitmaps_do_not_reach_cannot_be_written():
    with pytest.raises(EncodeError, match="DE 70: dialect mine has no such element"):
        parse_dialect(f"{BASE}[bitmap]\nbitmaps = 1\n").encode({"mti": "0800", "70": "301"})


def test_a_first_bit_that_is_never_set_needs_bitmaps_that_are_always_there():
    with pytest.raises(DialectError, match=r"bitmap.first_bit: \"never\" is for bitmaps that are always there"):
        parse_dialect(f'{BASE}[bitmap]\nfirst_bit = "never"\n')
