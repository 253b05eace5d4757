"""How much memory an idle connection costs a switch: what its process holds more for so many, of each.

Connections that never said anything, and then the same after an echo test on each: reading and writing leaves buffers
behind, and connections of real processors have done both.
"""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from saklar.bench import proc
from saklar.bench.report.machine import machine
from saklar.bench.targets.arena import TARGETS, arena
from saklar.codecs import framing, load_dialect

OTHER_FILES = 100
"""That a process has open besides the connections."""

SETTLE_S = 60.0
"""Given to the switch for taking all connections in."""

ANSWER_S = 10.0
_ECHO = {"mti": "0800", 7: "0101000000", 11: "000001", 70: "301"}


def allowed(connections: int) -> int:
    """How many connections of those this process and its children may open, once its limit is as high as it may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHER_FILES
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return connections if soft == resource.RLIM_INFINITY else max(0, min(connections, soft - OTHER_FILES))


def measure(connections: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Measure it; the figures as JSON has them.

    Args:
        connections: how many are asked for; as many are opened as `allowed` says.
        progress: told what is being done.

    Raises:
        OSError: the switch does not start, or does not take the connections; or none is allowed.
    """
    count = allowed(connections)
    if not count:
        raise OSError("too few open files are allowed for a single connection (ulimit -n)")
    target = TARGETS["strict"]
    progress("starting the switch")
    with arena(target) as running, ExitStack() as stack:
        pid = running.pid
        assert pid is not None  # it is a process of ours
        files = _files(pid)
        before = _settled(pid)
        progress(f"opening {count:,} connections")
        where = running.address.host, running.address.port
        sockets = [stack.enter_context(socket.create_connection(where)) for _ in range(count)]
        _taken(pid, files + count)
        fresh = _settled(pid)
        progress("an echo test on each")
        _echo(sockets, target.dialect)
        used = _settled(pid)
    return {
        "mode": "idle",
        "machine": machine(),
        "configuration": {"asked": connections, "connections": count, "target": target.name},
        "rss_bytes": {"none": before, "open": fresh, "after an echo": used},
        "kb_each": {"open": (fresh - before) / count / 1000, "after an echo": (used - before) / count / 1000},
    }


def _files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _taken(pid: int, files: int) -> None:
    """Wait until the process has so many files open.

    Raises:
        OSError: it has not, in time.
    """
    end = time.monotonic() + SETTLE_S
    while (has := _files(pid)) < files:
        if time.monotonic() > end:
            raise OSError(f"after {SETTLE_S:g} s the switch has {has:,} files open, of {files:,}")
        time.sleep(0.02)


def _settled(pid: int) -> int:
    """The memory of the process once it has had nothing to do for a moment."""
    end = time.monotonic() + SETTLE_S
    used = -1.0
    while used != (used := proc.cpu_s(pid)) and time.monotonic() < end:
        time.sleep(0.5)
    return proc.rss_bytes(pid)


def _echo(sockets: list[socket.socket], dialect_name: str) -> None:
    """Ask each for an echo, and take the answer.

    Raises:
        OSError: one does not answer.
    """
    rule = framing("binary-2", 65_535)
    request = rule.encode(bytes(load_dialect(dialect_name).message(_ECHO)))
    for sock in sockets:
        sock.settimeout(ANSWER_S)
        sock.sendall(request)
    for sock in sockets:
        if not sock.recv(4096):
            raise OSError("the switch closed a connection instead of answering its echo test")
