"""How long a switch takes from the start of its process until it listens, with routes to read and a journal to recover.

Beside it, in turn: a Python that does nothing, and one that imports the switch and does nothing more.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from saklar.bench import proc
from saklar.bench.micro.journal import fill
from saklar.bench.report.machine import machine
from saklar.bench.targets.process import START_TIMEOUT_S, free_port, running, saklar

LOOK_S = 0.005
"""Between two looks whether it listens: a look takes CPU, which a busy machine takes from the switch."""

NOTHING = "python, nothing"
IMPORT = "the import"
LISTENS = "listens"

PROGRAMS = {NOTHING: "pass", IMPORT: "import saklar.cli.app, saklar.cli.verbs.run"}
"""What is started for scale, for `python -c`."""

_CONFIGURATION = """
[journal]
path = "bench.db"

[switch]
routes_file = "routes.csv"

[link.acquirer]
role = "acquirer"
listen = "127.0.0.1:{listen}"
dialect = "iso87-ascii"

[link.issuer]
role = "issuer"
connect = "127.0.0.1:{issuer}"
dialect = "iso87-ascii"
"""


def measure(routes: int, journaled: int, tries: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Measure it; the figures as JSON has them, in seconds.

    Args:
        routes: ranges in the routing table.
        journaled: transactions in the journal, all of today and settled.
        tries: of each; one more goes before, so that files and byte code are where they are at every later start.
        progress: told what is being done.

    Raises:
        OSError: the switch does not start.
        JournalError: the journal cannot be written.
    """
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in (*PROGRAMS, LISTENS)}
    with TemporaryDirectory(prefix="saklar-bench-") as name:
        folder = Path(name)
        listen = _configure(folder, routes)
        progress(f"writing {journaled:,} transactions")
        fill(folder / "bench.db", journaled)
        for number in range(tries + 1):
            progress(f"try {number} of {tries}" if number else "warming up")
            for program, code in PROGRAMS.items():
                taken[program].append(_runs(code))
            taken[LISTENS].append(_listens(folder, listen))
    wall, cpu = ({name: [both[which] for both in every[1:]] for name, every in taken.items()} for which in (0, 1))
    return {
        "mode": "startup",
        "machine": machine(),
        "configuration": {"routes": routes, "journaled": journaled, "tries": tries},
        "median_s": {name: statistics.median(values) for name, values in wall.items()},
        "median_cpu_s": {name: statistics.median(values) for name, values in cpu.items()},
        "tries_s": wall,
        "tries_cpu_s": cpu,
    }


def _configure(folder: Path, routes: int) -> int:
    listen = free_port()
    (folder / "switch.toml").write_text(_CONFIGURATION.format(listen=listen, issuer=free_port()))
    rows = [f"{400_000 + number:06d},issuer" for number in range(routes)]
    (folder / "routes.csv").write_text("\n".join(["bin,issuers", *rows]) + "\n")
    return listen


def _runs(code: str) -> tuple[float, float]:
    """Seconds until it has ended: by the clock, and of CPU."""
    before, began = _children_cpu_s(), time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 (our own)
    return time.perf_counter() - began, _children_cpu_s() - before


def _children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _listens(folder: Path, port: int) -> tuple[float, float]:
    """Seconds until it listens: by the clock, and of CPU."""
    command = saklar("run", "switch.toml")
    began = time.perf_counter()
    with running(command, folder, None) as process:
        while not proc.listens(port):
            if process.poll() is not None:
                raise OSError(f"the switch ended with exit code {process.returncode} instead of listening")
            if time.perf_counter() - began > START_TIMEOUT_S:
                raise OSError(f"the switch does not listen after {START_TIMEOUT_S:g} s")
            time.sleep(LOOK_S)
        return time.perf_counter() - began, proc.cpu_s(process.pid)
