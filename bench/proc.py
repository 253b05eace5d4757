"""What Linux says of processes and cores: CPU time, memory, and who else is at work."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")

NEARLY_ALL = 0.9
"""Of a disk's interrupts: one with a queue for each core spreads them."""


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


def busy_s(core: int | None = None) -> float:
    """Seconds that a core, or all together, have worked since the machine started, for whomever.

    What a hypervisor took is among them.

    Raises:
        OSError: there is no such core.
    """
    for line in Path("/proc/stat").read_text().splitlines():
        name, _, rest = line.partition(" ")
        if name == ("cpu" if core is None else f"cpu{core}"):
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, rest.split()[:8])
            return (user + nice + system + irq + softirq + steal) / _TICKS
    raise OSError(f"there is no core {core}")


def cores() -> tuple[int, int] | None:
    """A core for what is measured and one for the rest; None where this process may use only one.

    What is measured has the core that the disk under its files interrupts, if it is one: there it hears at once that
    something is durable, and elsewhere by way of that core, which has work of its own.
    """
    mine = sorted(os.sched_getaffinity(0))
    if len(mine) < 2:
        return None
    disk = interrupted_core(Path(tempfile.gettempdir()))
    target = mine[0] if disk not in mine else disk
    return target, next(core for core in mine if core != target)


def interrupted_core(folder: Path, system: Path = Path("/")) -> int | None:
    """The core that gets nearly all interrupts of the disk under a folder; None if several do, or it cannot be told."""
    device = folder.stat().st_dev
    disk = system / f"sys/dev/block/{os.major(device)}:{os.minor(device)}"
    try:
        found = [parent / "msi_irqs" for parent in disk.resolve(strict=True).parents]
        numbers = {each.name for each in next((each for each in found if each.is_dir()), system / "none").iterdir()}
        heading, *lines = (system / "proc/interrupts").read_text().splitlines()
    except OSError:
        return None
    counts = dict.fromkeys((int(name.removeprefix("CPU")) for name in heading.split()), 0)
    for line in lines:
        number, _, rest = line.partition(":")
        if number.strip() in numbers:
            for core, count in zip(counts, rest.split(), strict=False):
                counts[core] += int(count)
    core = max(counts, key=counts.__getitem__)
    return core if counts[core] > NEARLY_ALL * sum(counts.values()) else None


def listens(port: int) -> bool:
    """Whether somebody listens on a TCP port of an IPv4 address; asking does not connect."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(fields[1].endswith(f":{port:04X}") and fields[3] == _LISTEN for fields in map(str.split, lines))


_LISTEN = "0A"

QUIET = 0.05
"""Of a core: what a machine does that nobody else uses."""
