import pytest

from saklar.codecs import EncodeError, load_dialect


@pytest.fixture
def message(dialect, purchase):
    """A purchase, decoded in each dialect."""
    fields = {key: value for key, value in purchase.items() if key not in (12, 13, 22, 25)}
    return dialect.decode(dialect.encode(fields))


def test_an_element_is_read_by_number(message):
    assert message[11] == message["11"] == "000042"


def test_a_missing_element_is_a_key_error_or_the_default(message):
    with pytest.raises(KeyError):
        message[38]
    assert message.get(38) is None
    assert message.get(38, "none") == "none"


def test_an_element_that_is_set_is_in_the_bytes(message, dialect):
    before = bytes(message)
    message[11] = "000043"
    assert bytes(message) != before
    assert dialect.decode(bytes(message))[11] == "000043"


def test_a_new_element_gets_its_bit(message, dialect):
    message[102] = "ACCOUNT"
    assert dialect.decode(bytes(message))[102] == "ACCOUNT"


def test_a_deleted_element_is_gone_from_the_bytes(message, dialect):
    del message[52]
    assert 52 not in dialect.decode(bytes(message))


def test_the_mti_can_be_changed(message, dialect):
    message.mti = "0210"
    assert dialect.decode(bytes(message)).mti == "0210"


def test_elements_are_listed_in_order(message):
    message[38] = "A1B2C3"
    assert list(message) == sorted(message)
    assert len(message) == len(list(message))


def test_a_copy_changes_alone(message):
    copy = message.copy()
    copy[11] = "999999"
    assert message[11] == "000042"
    assert copy != message


def test_equality_is_of_content(message, dialect):
    assert dialect.message(message.to_dict()) == message
    assert message != "0200"


@pytest.mark.parametrize("element", [0, 1, 65, 193, -1, "x", "²", 1.5])
def test_what_is_no_element_cannot_be_set(message, element):
    with pytest.raises(EncodeError):
        message[element] = "1"


def test_a_value_that_is_no_text_cannot_be_set(message):
    with pytest.raises(TypeError, match="DE 11"):
        message[11] = 42


def test_what_is_no_element_is_not_in_it(message):
    assert "x" not in message
    assert None not in message
    assert "11" in message


def test_secrets_do_not_show(message):
    shown = repr(message) + str(message.describe()) + str(message)
    assert "400000******0002" in shown
    assert "4000000000000002" not in shown
    assert "2812101" not in shown
    assert "1122334455667788" not in shown


@pytest.mark.parametrize("secret", ["400000000000", "", "0", "4000000000000002=", "=4000000000000002"])
def test_odd_secrets_do_not_show_either(secret):
    message = load_dialect("iso87-ascii").message({"mti": "0200", 35: secret, 52: secret})
    shown = repr(message).replace("35=", "").replace("52=", "")
    assert len(secret) < 10 or secret not in shown
