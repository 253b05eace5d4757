"""What users give: hex digits, decimal digits, data objects; whatever it is, it is read or refused in words."""

import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.cli import given as reading
from saklar.cli.card_data import CardDataError, in_order, objects_of
from saklar.cli.given import GivenError, bytes_of, digits_of, text_of

objects = st.dictionaries(st.sampled_from(["95", "9F02", "9F36", "DF8101"]), st.binary(max_size=200), min_size=1)


@given(st.binary(), st.sampled_from(["", " ", ":", "\n"]))
def test_hex_with_separators_is_the_bytes(data, separator):
    assert bytes_of(separator.join(f"{byte:02x}" for byte in data)) == data


@given(st.text())
def test_any_text_is_bytes_or_refused(text):
    with contextlib.suppress(GivenError):
        assert len(bytes_of(text, (1, 2))) in (1, 2)


@given(st.text(string.digits + " ", max_size=30))
def test_decimal_digits_are_themselves_or_refused(text):
    bare = text.replace(" ", "")
    if 4 <= len(bare) <= 12:
        assert digits_of(text, range(4, 13)) == bare
    else:
        with pytest.raises(GivenError, match="4 to 12 are expected"):
            digits_of(text, range(4, 13))


@given(objects)
def test_data_objects_come_back_in_any_order_that_is_asked_for(values):
    written = b"".join(bytes.fromhex(tag) + _length(len(value)) + value for tag, value in values.items())
    found = objects_of(written)
    assert found == values
    tags = sorted(values)
    assert in_order(found, " ".join(tags).lower()) == b"".join(values[tag] for tag in tags)


def _length(count):
    return bytes([count]) if count < 128 else bytes([0x81, count])


@given(st.binary())
def test_any_bytes_are_data_objects_or_refused(data):
    with contextlib.suppress(CardDataError):
        assert sum(map(len, objects_of(data).values())) <= len(data)


def test_somebody_at_a_terminal_is_asked_and_types_unseen(monkeypatch):
    asked = {}
    monkeypatch.setattr(reading.sys, "stdin", _Terminal())
    monkeypatch.setattr(reading.typer, "prompt", lambda name, **how: asked.update(how, name=name) or "1234")
    assert text_of("-", "--pin") == "1234"
    assert asked == {"name": "--pin", "hide_input": True, "err": True}


class _Terminal:
    def isatty(self):
        return True
