import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.codecs import mti


@pytest.mark.parametrize(
    ("request_mti", "response"),
    [
        ("0100", "0110"), ("0101", "0110"), ("0120", "0130"), ("0121", "0130"), ("0200", "0210"), ("0201", "0210"),
        ("0220", "0230"), ("0221", "0230"), ("0400", "0410"), ("0401", "0410"), ("0420", "0430"), ("0421", "0430"),
        ("0800", "0810"), ("1200", "1210"), ("1804", "1814"), ("1805", "1814"), ("0202", "0212"), ("0203", "0212"),
    ],
)  # fmt: skip
def test_a_request_and_its_repeat_have_the_plain_response(request_mti, response):
    assert mti.response_mti(request_mti) == response
    assert mti.is_request(request_mti)
    assert mti.is_response(response)


@pytest.mark.parametrize("text", ["0210", "0430", "1240", "", "020", "02000", "02x0", "０２００"])
def test_what_is_no_request_has_no_response(text):
    assert not mti.is_request(text)
    with pytest.raises(ValueError, match="no response"):
        mti.response_mti(text)


def test_repeats_are_told_by_the_last_digit():
    assert [m for m in ("0200", "0201", "0420", "0421", "1805") if mti.is_repeat(m)] == ["0201", "0421", "1805"]


@given(st.text(max_size=6))
def test_any_text_has_a_class_or_none(text):
    assert mti.message_class(text) in "0123456789"
    assert not (mti.is_request(text) and mti.is_response(text))
