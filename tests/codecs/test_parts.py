"""Elements that divide into parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.codecs import DecodeError, EncodeError, PartError, load_dialect, parse_dialect

HEAD = """
name = "mine"
title = "mine"
version = "1987"
mti = { encoding = "ascii" }
bitmap = { encoding = "hex", bitmaps = 2 }
encoding = { n = "ascii", z = "ascii", text = "ascii", b = "binary", length = "ascii" }
"""
TAGGED = 'parts = { kind = "tlv", tag = 2, length = "LLVAR", prefix = [{ key = "TCC", name = "TCC", length = 1 }] }'
CHIP = "9F2608112233445566778895050000000000"


def dialect(element, strict="false"):
    return parse_dialect(
        f"{HEAD}strict = {strict}\n[elements]\n3 = {{ name = 'PC', format = 'n', length = 6 }}\n{element}"
    )


def with_48(parts, kind='format = "ans"', **options):
    return dialect(f'48 = {{ name = "private", {kind}, length = "LLLVAR", max = 999, {parts} }}', **options)


def message(spoken, value):
    wire = spoken.encode({"mti": "0100", "3": "000000", "48": value})
    return spoken.decode(wire)


def test_a_tagged_part_is_read_by_tag():
    read = message(with_48(TAGGED), "P4203abc9201x")
    assert (read[48]["TCC"], read[48]["42"], read["48.92"]) == ("P", "abc", "x")
    assert read[48] == "P4203abc9201x"


def test_a_part_that_is_not_there_is_a_key_error_or_the_default():
    read = message(with_48(TAGGED), "P4203abc")
    with pytest.raises(KeyError):
        read[48]["43"]
    assert read[48].get("43") is None
    assert read.get("48.43", "none") == "none"
    assert "48.43" not in read
    assert "48.42" in read


def test_a_part_is_set_by_its_path_and_the_others_keep_their_bytes():
    read = message(with_48(TAGGED), "P4203abc9201x")
    read["48.42"] = "longer"
    read["48.61"] = "new"
    assert read[48] == "P4206longer9201x6103new"
    assert bytes(read).endswith(b"023P4206longer9201x6103new")


def test_a_part_is_removed_by_its_path():
    read = message(with_48(TAGGED), "P4203abc9201x")
    del read["48.42"]
    assert read[48] == "P9201x"
    with pytest.raises(KeyError):
        del read["48.42"]


def test_what_is_set_on_the_value_itself_is_refused_with_advice():
    read = message(with_48(TAGGED), "P4203abc")
    with pytest.raises(TypeError, match=r'write message\["48.42"\]'):
        read[48]["42"] = "x"


def test_an_element_may_be_given_by_its_parts():
    spoken = with_48(TAGGED)
    wire = spoken.encode({"mti": "0100", "48": {"TCC": "P", "42": "abc", "92": "x"}})
    assert spoken.decode(wire)[48] == "P4203abc9201x"
    made = spoken.message({"mti": "0100"})
    made[48] = {"TCC": "R"}
    assert made[48] == "R"


def test_parts_as_a_dict_encode_to_the_same_bytes():
    read = message(with_48(TAGGED), "P4203abc9201x")
    nested = read.to_dict(nested=True)
    assert nested["48"] == {"TCC": "P", "42": "abc", "92": "x"}
    assert read.dialect.encode(nested) == bytes(read)


@pytest.mark.parametrize(
    ("value", "path", "said"),
    [
        ("P42", "48.42", "expected a length of 2 bytes, found 0"),
        ("P4209abc", "48.42", "expected 9 bytes of data, found 3 bytes"),
        ("P42xxabc", "48.42", "expected a length in utf-8, found the bytes 7878"),
        ("P4", "48", "expected 2 bytes of data, found 1 byte"),
    ],
)
def test_what_does_not_divide_says_where(value, path, said):
    read = message(with_48(TAGGED), value)
    with pytest.raises(PartError) as caught:
        read[48]["42"]
    assert (caught.value.path, caught.value.message) == (path, said)
    assert [violation.path for violation in read.dialect.check(read)] == [path]
    assert read.to_dict(nested=True)["48"] == value


def test_a_strict_dialect_refuses_it_while_decoding_at_its_byte():
    wire = with_48(TAGGED).encode({"mti": "0100", "48": "P4209abc"})
    with pytest.raises(DecodeError) as caught:
        with_48(TAGGED, strict="true").decode(wire)
    assert (caught.value.field, caught.value.path, caught.value.offset) == ("48", "48.42", len(wire) - 3)


@pytest.mark.parametrize("parts", [{"4": "x"}, {"42": 7}, {"TCC": "PP"}, {"42": "é" * 60}])
def test_parts_that_do_not_fit_name_their_path(parts):
    with pytest.raises(EncodeError) as caught:
        with_48(TAGGED).encode({"mti": "0100", "48": {"TCC": "P", **parts}})
    assert caught.value.field == "48"
    assert caught.value.path.startswith("48.")


def test_an_element_without_parts_cannot_be_given_by_them():
    with pytest.raises(EncodeError, match="DE 3: dialect mine has no parts for it"):
        with_48(TAGGED).encode({"mti": "0100", "3": {"1": "00"}})


def test_an_element_that_is_not_there_gets_its_first_part():
    made = load_dialect("iso87-ascii").message({"mti": "0100"})
    made["55.9F26"] = "1122334455667788"
    assert made[55] == "9F26081122334455667788"


def test_chip_data_is_read_by_tag():
    read = load_dialect("iso87-ascii").message({"mti": "0100", "55": CHIP})
    assert read[55].to_dict() == {"9F26": "1122334455667788", "95": "0000000000"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("9F", "a whole tag"),
        ("9F26", "expected a length, found the end"),
        ("9F2608AA", "expected 8 bytes of data, found 1"),
        ("9F2680", "a length of 1 to 5 bytes"),
        ("9F2685", "a length of 1 to 5 bytes"),
    ],
)
def test_chip_data_that_is_none_says_what_is_missing(value, said):
    read = load_dialect("iso87-ascii").message({"mti": "0100", "55": value})
    with pytest.raises(PartError, match=said):
        read[55].parts()


def test_fill_between_chip_data_is_skipped_and_kept():
    read = load_dialect("iso87-ascii").message({"mti": "0100", "55": "00009501AA009A03261123FFFF"})
    assert read[55].to_dict() == {"95": "AA", "9A": "261123"}
    read["55.9A"] = "261124"
    assert read[55] == "00009501AA9A03261124"


def test_of_parts_with_the_same_tag_the_first_is_read_and_the_others_are_kept():
    read = load_dialect("iso87-ascii").message({"mti": "0100", "55": "9501AA9501BB"})
    assert read["55.95"] == "AA"
    read["55.9C"] = "00"
    assert read[55] == "9501AA9501BB9C0100"


def test_a_long_object_has_a_long_length():
    made = load_dialect("iso93-ascii").message({"mti": "1100"})
    made["55.9F10"] = "AB" * 130
    assert made[55].startswith("9F108182")
    assert made["55.9F10"] == "AB" * 130


def test_card_data_among_chip_data_does_not_show():
    read = load_dialect("iso87-ascii").message({"mti": "0100", "55": "5A0840000000000000029F2608" + "AB" * 8})
    shown = read.describe()["55"]
    assert "4000000000000002" not in repr(read)
    assert shown == "5A:400000******0002 9F26:" + "AB" * 8


def test_chip_data_that_cannot_be_divided_does_not_show():
    read = load_dialect("iso87-ascii").message({"mti": "0100", "55": "5A0A4000000000000002"})
    assert "40000000" not in repr(read)


NESTED = """
48 = { name = "private", format = "b", length = "LLLVAR", max = 999, parts = { kind = "tlv", tag = 1, tag_encoding = "binary", length = "LLLVAR", length_encoding = "binary", items = { 01 = { parts = { kind = "ber-tlv" } } } } }
"""


def test_parts_may_have_parts():
    read = message(dialect(NESTED), "010005" + "9F360200FF" + "02000109")
    assert read[48]["01"]["9F36"] == "00FF"
    assert read["48.01.9F36"] == "00FF"
    read["48.01.9F36"] = "0100"
    assert read[48] == "010005" + "9F36020100" + "02000109"
    assert read.to_dict(nested=True)["48"] == {"01": {"9F36": "0100"}, "02": "09"}


POSITIONS = 'parts = { kind = "positions", items = [{ key = "a", name = "a", length = 2 }, { key = "b", name = "b", length = "LVAR", max = 9 }, { key = "c", name = "c" }] }'


def test_parts_by_position_follow_each_other_and_the_last_may_be_missing():
    spoken = with_48(POSITIONS)
    assert message(spoken, "xx3yyyrest")[48].to_dict() == {"a": "xx", "b": "yyy", "c": "rest"}
    assert message(spoken, "xx")[48].to_dict() == {"a": "xx"}
    assert spoken.encode({"mti": "0100", "48": {"a": "xx", "b": "y"}}).endswith(b"004xx1y")
    with pytest.raises(EncodeError, match=r"DE 48.a: expected every part before the last"):
        spoken.encode({"mti": "0100", "48": {"b": "y"}})


REPEATED = 'parts = { kind = "repeated", each = { length = 3 } }'


def test_repeated_parts_are_numbered():
    read = message(with_48(REPEATED), "aaabbb")
    assert read[48].to_dict() == {"1": "aaa", "2": "bbb"}
    read["48.2"] = "ccc"
    assert read[48] == "aaaccc"


def test_names_and_values_have_the_length_of_their_length_before_them():
    read = message(with_48('parts = { kind = "name-value" }'), "13key15value")
    assert read[48].to_dict() == {"key": "value"}
    read["48.other"] = "x" * 12
    assert read[48] == "13key15value15other212" + "x" * 12


LENGTH_FIRST = 'parts = { kind = "tlv", tag = 2, length = "LLLVAR", length_first = true }'


def test_a_length_may_stand_before_the_tag_and_count_it():
    read = message(with_48(LENGTH_FIRST), "005AAxyz002BB")
    assert read[48].to_dict() == {"AA": "xyz", "BB": ""}
    read["48.AA"] = "x"
    assert read[48] == "003AAx002BB"


BITS = 'parts = { kind = "bitmap", bitmap = "hex", bits = 8, items = { 1 = { name = "one", format = "ans", encoding = "ascii", length = 2 }, 8 = { name = "eight", format = "n", length = "LVAR", max = 9, length_encoding = "ascii" } } }'


def test_parts_may_be_told_by_a_bitmap_of_their_own():
    spoken = with_48(BITS, kind='format = "b"')
    read = message(spoken, (b"81" + b"xx" + b"3123").hex())
    assert read[48].to_dict() == {"1": "xx", "8": "123"}
    del read["48.1"]
    assert bytes.fromhex(read[48]) == b"01" + b"3123"
    with pytest.raises(PartError, match=r"DE 48.2: expected parts that the dialect has"):
        message(spoken, b"40".hex())[48].parts()


@given(data=st.binary(max_size=60))
def test_any_bytes_divide_or_are_a_part_error(data):
    for name, number in (
        ("visa-base1-like", 62),
        ("mastercard-cis-like", 48),
        ("postilion-like", 127),
        ("unionpay-pos-like", 60),
    ):
        spoken = load_dialect(name)
        value = data.hex() if spoken.elements[number].format == "b" else "".join(str(b % 10) for b in data)
        divided = spoken.divided(number, value)
        parts = parts_or_error(divided)
        if isinstance(parts, PartError):
            assert parts.field == str(number)
        else:
            assert spoken.divided(number, spoken.joined(number, parts)).to_dict() == parts


def parts_or_error(divided):
    try:
        return divided.to_dict()
    except PartError as error:
        return error
