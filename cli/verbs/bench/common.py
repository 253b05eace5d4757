"""What the modes of the benchmark share: options, live progress, and files of results."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from saklar.cli.service import fail, reason_of
from saklar.codecs import CodecError
from saklar.hsm_sim import HsmError
from saklar.switch.toml import ConfigurationError

JsonFile = Annotated[Path | None, typer.Option("--json", help="Also write the result to this file.")]
HtmlFile = Annotated[Path | None, typer.Option("--html", help="Also write a page with plots to this file.")]
PidOption = Annotated[
    int | None, typer.Option(help="Process of the target, if it is on this machine: its CPU and memory.", min=1)
]
MixFile = Annotated[
    Path | None, typer.Option("--mix", help="What is sent, in which proportions: a TOML file (docs/benchmark.md).")
]


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what cannot be used into the end of the program: a missing extra, a file, an address, a message."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise fail(f"{error.name} is missing: pip install 'saklar[bench]'") from None
    except (CodecError, ConfigurationError, ValueError) as error:
        raise fail(str(error)) from None
    except HsmError as error:
        raise fail(f"a PIN key cannot be used: {error}") from None
    except OSError as error:
        raise fail(reason_of(error)) from None


@contextmanager
def working(console: Console) -> Iterator[Callable[[str], None]]:
    """A line that says what is being done, where there is a terminal.

    It is drawn when it is told something, not by a thread: that would take its turns from what is measured.
    """
    with Live(Text("starting"), console=console, auto_refresh=False, transient=True) as live:
        yield lambda text: live.update(Text(text, overflow="ellipsis", no_wrap=True), refresh=console.is_terminal)


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C, SIGTERM or SIGHUP calls `stop`, which ends a run with what it has; a second one interrupts."""

    def first(_number: int, _frame: object) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.default_int_handler)
        stop()

    before = {each: signal.signal(each, first) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and SIGHUP are as Ctrl-C: what was started is ended too."""
    before = {each: signal.signal(each, signal.default_int_handler) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def save(document: Mapping[str, Any], json_file: Path | None, html_file: Path | None = None) -> None:
    """Write the files that were asked for."""
    with refusing():
        if json_file is not None:
            json_file.write_text(json.dumps(document, indent=2) + "\n")
        if html_file is not None:
            from saklar.bench.report import page_of  # noqa: PLC0415 (an extra)

            html_file.write_text(page_of(document))
