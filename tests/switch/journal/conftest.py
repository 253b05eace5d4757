import pytest


@pytest.fixture
def paths(tmp_path):
    """Of a journal and of its keys."""
    return tmp_path / "saklar.db", tmp_path / "saklar.db.key"
