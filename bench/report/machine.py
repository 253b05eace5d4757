"""On what, and with what, something was measured."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("saklar", "trio", "cryptography", "pyiso8583")


def machine() -> dict[str, object]:
    """Processor, cores that this process may use, system, and versions."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
