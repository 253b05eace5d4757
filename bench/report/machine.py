"""On what, and with what, something was measured."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("saklar", "trio", "cryptography", "pyiso8583")


def machine() -> dict[str, Any]:
    """Processor, cores that this process may use, system, and versions."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def heading(mode: str, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """What each document begins with: the mode that made it, on what, with which versions, and as what it was told."""
    on = machine()
    return {
        "mode": mode,
        "machine": on,
        "versions": {"python": on["python"], **on["packages"]},
        "configuration": dict(configuration),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
