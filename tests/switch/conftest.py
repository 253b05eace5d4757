import pytest

CONFIGURATION = """
[journal]
path = "journal.db"

[hsm]
embedded = "test"

[link.north]
role = "acquirer"
listen = "127.0.0.1:0"
dialect = "iso87-ascii"
zpk = "U1EF828AA8F6B80EB83E19FBC373F3A85"
key_check_value = "6F1E3F"

[link.bank-a]
role = "issuer"
connect = "127.0.0.1:9"
dialect = "iso87-binary"

[[route]]
issuer = "bank-a"
bins = ["400000", "510000-559999"]
"""


@pytest.fixture
def good():
    """The text of a good configuration."""
    return CONFIGURATION


@pytest.fixture
def write(tmp_path):
    """Writes a configuration file and returns its path."""

    def write(text):
        path = tmp_path / "switch.toml"
        path.write_text(text)
        return path

    return write
