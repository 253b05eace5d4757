"""A log that cannot be written stops nothing."""

import sys

import pytest
import structlog

from saklar.cli.logs import LogFormat, LogLevel, configure_logs


class Full:
    """A disk without room."""

    def __init__(self):
        self.tried = 0

    def write(self, _text):
        self.tried += 1
        raise OSError(28, "No space left on device")

    def flush(self):
        raise OSError(28, "No space left on device")

    def isatty(self):
        return False


@pytest.mark.parametrize("style", list(LogFormat))
def test_a_line_that_cannot_be_written_is_lost_and_stops_nothing(monkeypatch, style):
    full = Full()
    monkeypatch.setattr(sys, "stderr", full)
    configure_logs(LogLevel.INFO, style)
    for level in ("info", "warning", "error"):
        getattr(structlog.get_logger(), level)("something", detail=1)
    assert full.tried == 3
