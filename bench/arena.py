"""Targets in processes of their own on one core, the load and the issuer on another: what is compared runs in turn."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from saklar.switch.links import Address

START_TIMEOUT_S = 15.0
STOP_TIMEOUT_S = 15.0
BIN = "400000"
PAN = "4000000000000002"

Kind = Literal["strict", "relaxed", "raw", "naive"]

ROUTES = 10_000
"""Ranges in the routing table of the switch that is measured."""

_CONFIGURATION = """
[journal]
path = "bench.db"
durability = "{durability}"

[switch]
routes_file = "routes.csv"

[link.load]
role = "acquirer"
listen = "127.0.0.1:{listen}"
dialect = "{dialect}"
max_in_flight = 100000
max_connections = 10000

[link.issuer]
role = "issuer"
connect = "127.0.0.1:{issuer}"
dialect = "{issuer_dialect}"
sign_on = false
echo_interval_ms = 0
max_in_flight = 100000
"""


@dataclass(frozen=True)
class Running:
    """A target that runs."""

    address: Address
    pid: int

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def rss_bytes(self) -> int:
        """Memory that it holds."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def cores() -> tuple[int, int] | None:
    """A core for the target and one for the rest; None where there are not two."""
    mine = sorted(os.sched_getaffinity(0))
    return (mine[0], mine[1]) if len(mine) > 1 else None


@contextmanager
def running(kind: Kind, *, dialect: str = "iso87-ascii", issuer_dialect: str = "iso87-ascii") -> Iterator[Running]:
    """A target of this kind with an issuer behind it, until the block ends; this process moves to the other core.

    Args:
        kind: "strict" and "relaxed" are the switch, with such a journal; "raw" and "naive" the baselines.
        dialect: of the load.
        issuer_dialect: of the issuer, for the switch.

    Raises:
        OSError: it did not start.
    """
    listen, issuer = _free_port(), _free_port()
    two = cores()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="saklar-bench-")))
        if two is not None:
            stack.callback(os.sched_setaffinity, 0, os.sched_getaffinity(0))
            os.sched_setaffinity(0, {two[1]})
        behind = issuer_dialect if kind in ("strict", "relaxed") else dialect
        answerer = [sys.executable, "-m", "saklar.bench.answerer", str(issuer), behind]
        stack.enter_context(_process(answerer, folder, None if two is None else two[1]))
        _wait_for(issuer)
        command = _command(kind, folder, listen, issuer, dialect, issuer_dialect)
        process = stack.enter_context(_process(command, folder, None if two is None else two[0]))
        _wait_for(listen)
        yield Running(Address("127.0.0.1", listen), process.pid)


def _command(kind: Kind, folder: Path, listen: int, issuer: int, dialect: str, issuer_dialect: str) -> list[str]:
    if kind in ("raw", "naive"):
        return [sys.executable, "-m", f"saklar.bench.baselines.{kind}", str(listen), str(issuer)]
    text = _CONFIGURATION.format(
        durability=kind, listen=listen, issuer=issuer, dialect=dialect, issuer_dialect=issuer_dialect
    )
    (folder / "switch.toml").write_text(text)
    others = [f"{500_000 + number:06d},issuer" for number in range(ROUTES - 1)]
    (folder / "routes.csv").write_text("\n".join(["bin,issuers", f"{BIN},issuer", *others]) + "\n")
    program = "from saklar.cli import main; main()"
    return [sys.executable, "-c", program, "--log-level", "error", "run", str(folder / "switch.toml")]


@contextmanager
def _process(command: list[str], folder: Path, core: int | None) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, cwd=folder) as process:  # noqa: S603 (our own)
        try:
            if core is not None:
                os.sched_setaffinity(process.pid, {core})
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait_for(port: int) -> None:
    """Until somebody listens there.

    Raises:
        OSError: nobody does in time.
    """
    end = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
        except OSError:
            if time.monotonic() > end:
                raise OSError(f"nothing listens on port {port} after {START_TIMEOUT_S:g} s") from None
            time.sleep(0.02)
        else:
            return
