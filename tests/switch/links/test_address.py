import pytest
from hypothesis import given
from hypothesis import strategies as st

from saklar.switch.links import Address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("127.0.0.1:8583", "127.0.0.1", 8583), ("localhost:0", "localhost", 0), ("[::1]:65535", "::1", 65535)],
)
def test_reads_what_people_write(text, host, port):
    assert Address.parse(text) == (host, port)
    assert str(Address.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "8583", ":8583", "localhost", "localhost:", "localhost:x", "localhost:65536", "::1:8583", "h:-1", "h:\uff11"],
)
def test_refuses_what_is_no_address(text):
    with pytest.raises(ValueError, match=r"address|port|brackets"):
        Address.parse(text)


@given(st.text())
def test_any_text_is_an_address_or_a_value_error(text):
    try:
        address = Address.parse(text)
    except ValueError:
        return
    assert 0 <= address.port <= 65535
