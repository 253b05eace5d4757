"""What Linux says of processes and cores: CPU time, memory, and who else is at work."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_s(pid: int) -> float:
    """Seconds of CPU that a process and its threads have used, in steps of a hundredth.

    Raises:
        OSError: there is no such process.
    """
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_bytes(pid: int) -> int:
    """Memory that a process holds.

    Raises:
        OSError: there is no such process.
    """
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def busy_s(core: int) -> float:
    """Seconds that a core has worked since the machine started, for whomever; what a hypervisor took is among them.

    Raises:
        OSError: there is no such core.
    """
    for line in Path("/proc/stat").read_text().splitlines():
        name, _, rest = line.partition(" ")
        if name == f"cpu{core}":
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, rest.split()[:8])
            return (user + nice + system + irq + softirq + steal) / _TICKS
    raise OSError(f"there is no core {core}")


def cores() -> tuple[int, int] | None:
    """A core for what is measured and one for the rest; None where this process may use only one."""
    mine = sorted(os.sched_getaffinity(0))
    return (mine[0], mine[1]) if len(mine) > 1 else None


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who else used the machine meanwhile: of each core, the share that went to none of ours; the load average."""

    others: dict[int, float]
    load_average: float

    @property
    def is_there(self) -> bool:
        """Whether it may have changed what was measured."""
        return any(share > QUIET for share in self.others.values())


QUIET = 0.05
"""Of a core: what a machine does that nobody else uses."""
