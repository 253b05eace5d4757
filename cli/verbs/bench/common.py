"""What the modes of the benchmark share: options, live progress, and files of results."""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from saklar.cli.service import fail, reason_of
from saklar.codecs import CodecError
from saklar.codecs import framing as known_framing
from saklar.hsm_sim import HsmError
from saklar.switch.toml import ConfigurationError

if TYPE_CHECKING:
    from saklar.bench.contenders import Given

JsonFile = Annotated[Path | None, typer.Option("--json", help="Also write the result to this file.")]
HtmlFile = Annotated[Path | None, typer.Option("--html", help="Also write a page with plots to this file.")]
TargetOption = Annotated[
    str | None, typer.Option(help="HOST:PORT of the switch, as an acquirer sees it.", show_default=False)
]
OwnOption = Annotated[
    str | None,
    typer.Option(help="Instead of --target: strict, relaxed, pin, translate, raw or naive, started for it."),
]
DialectName = Annotated[
    str | None,
    typer.Option("--dialect", "-d", help="A shipped dialect's name, or a TOML file.", show_default=False),
]
FramingName = Annotated[str, typer.Option("--framing", help="binary-2 or ascii-4, without a mix.")]
ConnectionsOption = Annotated[int, typer.Option(help="Connections to open, without a mix.", min=1, max=50_000)]
PythonOption = Annotated[
    Path | None, typer.Option(help="Interpreter that runs the switch: of another version or a compiled build.")
]
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


class Rows:
    """A table whose rows are printed as they come, at fixed widths: live in a terminal, and whole in a file."""

    def __init__(self, console: Console, **widths: int) -> None:
        self._console = console
        self._widths = widths
        self._started = False

    def add(self, *cells: str) -> None:
        """A row; before the first goes the heading. The last column is to the left, and may be long."""
        if not self._started:
            self._started = True
            self._print([name.replace("_", " ") for name in self._widths], "bold")
        self._print(cells, None)

    def _print(self, cells: Sequence[str], style: str | None) -> None:
        *widths, last = self._widths.values()
        *numbers, text = cells
        line = "".join(f"{cell:>{width}}  " for cell, width in zip(numbers, widths, strict=True)) + f"{text:<{last}}"
        self._console.print(Text(line.rstrip(), style=style or ""), soft_wrap=True)


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?")


def duration(option: str, text: str) -> float:
    """Seconds of "90s", "30m", "1h30m" or plain "90"; the end of the program if it is none."""
    parts = list(_DURATION.finditer(text))
    seconds = sum(float(part[1]) * _UNITS[part[2] or "s"] for part in parts)
    if not parts or "".join(part[0] for part in parts) != text or seconds <= 0:
        raise fail(f"{option}: {text!r}: a duration is expected, as in 90s, 30m or 8h")
    return seconds


def numbers(option: str, text: str) -> list[float]:
    """Of "1000,2000"; the end of the program if they are none."""
    try:
        found = [float(each) for each in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(0 < each <= MOST for each in found):
        raise fail(f"{option}: {text!r}: numbers are expected, as in 1000,2000,4000")
    return found


MOST = 1e7
"""Of anything that is given in numbers."""


def python_of(path: Path | None) -> str:
    """The interpreter that runs the switch, which must be able to."""
    if path is None:
        return sys.executable
    with refusing():
        from saklar.bench.contenders import versions_of  # noqa: PLC0415 (an extra)

        versions_of(str(path))
    return str(path)


def one_of(target: str | None, own: str | None) -> str:
    """What is measured: --target or --own."""
    if (target is None) == (own is None):
        raise fail("give either --target HOST:PORT or --own NAME")
    return target or f"{own}"


def given(
    *,
    dialect: str | None = None,
    framing: str = "binary-2",
    mix: Path | None = None,
    pid: int | None = None,
    python: Path | None = None,
) -> Given:
    """What the options say of a target and of what it is sent."""
    with refusing():
        from saklar.bench.contenders import Given  # noqa: PLC0415 (an extra)
        from saklar.bench.load import load_mix  # noqa: PLC0415

        known_framing(framing)
        return Given(dialect, framing, None if mix is None else load_mix(mix), pid, python_of(python))
