import pytest
import structlog
from hypothesis import settings

# How long an example takes says something of the machine, and nothing of what is tested.
settings.register_profile("saklar", deadline=None)
settings.load_profile("saklar")


@pytest.fixture(autouse=True)
def _logs_as_before():
    """The program configures the log of its process; a test that runs it in this one leaves no trace of that."""
    yield
    structlog.reset_defaults()
