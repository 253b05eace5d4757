import pytest
import structlog


@pytest.fixture(autouse=True)
def _logs_as_before():
    """The program configures the log of its process; a test that runs it in this one leaves no trace of that."""
    yield
    structlog.reset_defaults()
