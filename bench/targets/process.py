"""Processes of a measurement: started on a core, known by their use of it, and ended with the block."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from saklar.bench import proc

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0
FIRST_PORT, LAST_PORT = 12_000, 32_000
"""Below what Linux takes for outgoing connections (32,768 on)."""

_SAKLAR = "from saklar.cli import main; main()"
"""The program, for `python -c`: it is at the right end of all imports, so nothing here may import it."""


def saklar(*arguments: str, python: str = sys.executable) -> list[str]:
    """The command that runs `saklar`, quietly, in whatever folder.

    The interpreter's path is not resolved: that of a virtual environment is a link.
    """
    return [str(Path(python).absolute()), "-c", _SAKLAR, "--log-level", "error", *arguments]


@contextmanager
def running(
    command: Sequence[str], folder: Path, core: int | None, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process until the block ends, on a core of its own if one is given; SIGTERM ends it.

    It is a process group of its own: Ctrl-C is for who measures, who ends it then.
    """
    env = None if environment is None else {**os.environ, **environment}
    with subprocess.Popen(command, cwd=folder, env=env, process_group=0) as process:  # noqa: S603
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


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """This process on a core until the block ends."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    """A port that nobody listens on at the moment.

    Not one of those that the system takes for connections that go out: the next connection might take it, or might
    reach itself there.
    """
    while True:
        port = FIRST_PORT + secrets.randbelow(LAST_PORT - FIRST_PORT)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def wait_for(port: int, process: subprocess.Popen[bytes], what: str) -> None:
    """Until somebody listens there.

    Raises:
        OSError: the process ended, or nobody listens in time.
    """
    end = time.monotonic() + START_TIMEOUT_S
    while not proc.listens(port):
        if process.poll() is not None:
            raise OSError(f"{what} ended with exit code {process.returncode} instead of listening")
        if time.monotonic() > end:
            raise OSError(f"{what} does not listen after {START_TIMEOUT_S:g} s")
        time.sleep(0.01)
