"""What answers behind a target: issuers that approve everything, and an HSM, each a process."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from saklar.bench import proc
from saklar.bench.targets.process import free_port, on_core, running, saklar, wait_for


@contextmanager
def backstage() -> Iterator[Behind]:
    """What stands behind a target, in a folder of its own, until the block ends; this process moves to their core."""
    target_core, core = proc.cores() or (None, None)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="saklar-bench-")))
        stack.enter_context(on_core(core))
        yield Behind(stack, folder, core, target_core)


@dataclass
class Behind:
    """Starts them in a folder and on a core, until the stack is closed; `servers` are their processes by name.

    `target_core` is left to what is measured.
    """

    stack: ExitStack
    folder: Path
    core: int | None
    target_core: int | None
    servers: dict[str, int] = field(default_factory=dict)

    def issuer(self, dialect: str, framing: str = "binary-2", name: str = "the issuer") -> int:
        """An issuer; returns its port.

        Raises:
            OSError: it does not start.
        """
        port = free_port()
        return self._start(
            [sys.executable, "-m", "saklar.bench.targets.answerer", str(port), dialect, framing], port, name
        )

    def hsm(self) -> int:
        """An HSM with the test LMK; returns its port.

        Raises:
            OSError: it does not start.
        """
        port = free_port()
        return self._start(saklar("hsm", "--port", str(port)), port, "the HSM")

    def _start(self, command: list[str], port: int, name: str) -> int:
        process = self.stack.enter_context(running(command, self.folder, self.core))
        wait_for(port, process, name)
        self.servers[name] = process.pid
        return port
