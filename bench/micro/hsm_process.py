"""An HSM in a process of its own, on a core of its own where there are several."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

STOP_TIMEOUT_S = 5.0

_SERVER = """
import logging, os, sys
import structlog, trio
from saklar.hsm_sim import Hsm, load_lmk, serve_hsm

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

async def main():
    async with trio.open_nursery() as nursery:
        hsm = Hsm(load_lmk("test"))
        host, port = await nursery.start(serve_hsm, hsm, "127.0.0.1", 0)
        print(port, flush=True)
        await trio.to_thread.run_sync(sys.stdin.buffer.read)
        nursery.cancel_scope.cancel()

core = int(sys.argv[1])
if core >= 0:
    os.sched_setaffinity(0, {core})
trio.run(main)
"""


@contextmanager
def running_hsm(core: int | None) -> Iterator[int]:
    """The port of an HSM that runs until the block ends.

    Raises:
        OSError: it did not start.
    """
    command = [sys.executable, "-c", _SERVER, str(-1 if core is None else core)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 (our own)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            port = process.stdout.readline()
            if not port:
                raise OSError("the HSM did not start")
            yield int(port)
        finally:
            process.stdin.close()
            process.wait(STOP_TIMEOUT_S)
