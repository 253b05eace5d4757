"""Whether a run says something of its target, or only of those who measured it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from saklar.bench.load.result import Result
from saklar.bench.proc import QUIET, busy_s, cpu_s, rss_bytes

TOO_LATE_MS = 20.0
"""Own lateness (p99) from which a run says more about the generator than about the target."""

TOO_BUSY = 0.95
"""Of a core: who is that busy was the bottleneck."""


class Usage:
    """CPU of those who serve the load, and of whoever else is on the cores.

    Args:
        servers: processes by name: simulated issuers, an HSM.
        core: that they and the generator share, or None where each may be anywhere.
        target: the process that is measured, and its core, where they are known.
    """

    def __init__(
        self, servers: Mapping[str, int], core: int | None, target: tuple[int, int | None] | None = None
    ) -> None:
        self._servers = dict(servers)
        self.core = core
        self._target = target
        self._before: dict[str, float] = {}
        self._began = 0.0
        self._busy: dict[int, float] = {}
        self._all_busy = 0.0
        self._sampled: tuple[float, float] | None = None

    def begin(self) -> None:
        """What is counted begins now."""
        self._began = time.perf_counter()
        self._before = self._cpu()
        self._busy = {core: busy_s(core) for core in self._cores}
        self._all_busy = busy_s()
        self.sample()

    def sample(self) -> tuple[int | None, float | None]:
        """Memory that the target holds, in bytes, and its share of a core since the last call; None: not known."""
        if self._target is None:
            return None, None
        try:
            rss, now = rss_bytes(self._target[0]), (time.perf_counter(), cpu_s(self._target[0]))
        except OSError:
            return None, None
        before, self._sampled = self._sampled, now
        share = None if before is None else round((now[1] - before[1]) / max(now[0] - before[0], 1e-9), 4)
        return rss, share

    def end(self, result: Result) -> None:
        """What is counted ends now: say who used how much of a core, and note it if others were there too."""
        took = time.perf_counter() - self._began
        used = {name: (seconds - self._before.get(name, 0.0)) / took for name, seconds in self._cpu().items()}
        busy = {core: (busy_s(core) - before) / took for core, before in self._busy.items()}
        result.target_share = used.pop(_TARGET, None)
        own = used.pop(_OWN)
        result.shares = used
        result.together = None if self.core is None else own + sum(used.values())
        result.others = self._others(busy, own + sum(used.values()), result.target_share or 0.0)
        ours = own + sum(used.values()) + (result.target_share or 0.0)
        result.others_together = max(0.0, (busy_s() - self._all_busy) / took - ours)
        result.load_average = os.getloadavg()[0]

    @property
    def _cores(self) -> Sequence[int]:
        targets = self._target[1] if self._target is not None else None
        return [core for core in (self.core, targets) if core is not None]

    def _cpu(self) -> dict[str, float]:
        pids = self._servers | ({_TARGET: self._target[0]} if self._target is not None else {})
        seconds = {_OWN: time.process_time()}
        for name, pid in pids.items():
            with suppress(OSError):  # it has ended; that its connections are lost is told elsewhere
                seconds[name] = cpu_s(pid)
        return seconds

    def _others(self, busy: Mapping[int, float], ours: float, targets: float) -> dict[int, float]:
        """Of each core, what none of those who belong to the run used."""
        target_core = self._target[1] if self._target is not None else None
        mine = dict.fromkeys(busy, 0.0)
        if self.core is not None:
            mine[self.core] += ours
        if target_core is not None:
            mine[target_core] += targets
        return {core: max(0.0, share - mine[core]) for core, share in busy.items()}


_OWN, _TARGET = "the generator", "the target"


def judge(result: Result) -> None:
    """Say why a run says nothing of its target, if so; and note what may have changed it."""
    result.invalid = _why_invalid(result)
    for core, share in result.others.items():
        if share > QUIET:
            result.notes.append(f"others used {share:.0%} of core {core}")


def _why_invalid(result: Result) -> str | None:
    lateness = result.lateness.percentile_ms(99.0)[0]
    if lateness > TOO_LATE_MS:
        return f"the generator itself was {lateness:.0f} ms late (p99)"
    if result.cpu_share > TOO_BUSY:
        return f"the generator used {result.cpu_share:.0%} of a core"
    for name, share in result.shares.items():
        if share > TOO_BUSY:
            return f"{name} used {share:.0%} of a core"
    if result.together is not None and result.together > TOO_BUSY:
        return f"the generator and those who answer used {result.together:.0%} of the core that they share"
    return None
