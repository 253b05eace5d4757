"""What the program says while it works: key=value lines for people at a terminal, JSON lines for programs."""

import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from enum import StrEnum

import structlog

from saklar.codecs import mask_pan


class LogLevel(StrEnum):
    """From the most talkative to the quietest."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """auto is console when standard error is a terminal, else json."""

    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


_PAN = re.compile(r"(?<![0-9A-Fa-f])\d{13,19}(?![0-9A-Fa-f])")
_HEX = re.compile(r"(?<![0-9A-Za-z])[UXTYSR]?(?:[0-9A-F]{48}|[0-9A-F]{32}|[0-9A-F]{16})(?![0-9A-Za-z])")


def configure_logs(level: LogLevel, style: LogFormat) -> None:
    """Send what is logged from now on to standard error, in UTC, from `level` up."""
    as_json = style is LogFormat.JSON or (style is LogFormat.AUTO and not sys.stderr.isatty())
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_secrets,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level.value),
        # Looked up at each line: who captures or replaces standard error gets what is logged from then on.
        logger_factory=lambda *_: _Logger(sys.stderr),
    )


class _Logger(structlog.PrintLogger):
    """Writes lines; one that cannot be written (a full disk, a closed pipe) is lost, and stops nothing."""

    def msg(self, message: str) -> None:
        with suppress(OSError, ValueError):
            super().msg(message)

    debug = info = warning = error = critical = exception = log = fatal = msg


def mask_secrets(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """The last line of defence: mask what looks like a PAN, a PIN block or a key in any value.

    No line should hold one; this is for the line that somebody writes one day.
    """
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _HEX.sub("[masked]", _PAN.sub(lambda match: mask_pan(match[0]), value))
    return event
