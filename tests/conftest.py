import pytest
import structlog
from hypothesis import settings

# How long an example takes says something of the machine, and nothing of what is tested.
settings.register_profile("saklar", deadline=None)
settings.load_profile("saklar")


LONGEST = "tests/test_compiled.py"
"""Half a minute in one test: begun last, it would keep one process busy when all others are done."""


def pytest_collection_modifyitems(items):
    """What takes longest begins first; all else stays in its order (the Makefile has xdist keep to it)."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture(autouse=True)
def _logs_as_before():
    """The program configures the log of its process; a test that runs it in this one leaves no trace of that."""
    yield
    structlog.reset_defaults()
