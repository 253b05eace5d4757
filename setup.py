"""Builds the extension modules of a compiled saklar; all else is in pyproject.toml.

With SAKLAR_MYPYC=1 in the environment the modules that every message passes through are compiled by mypyc from the
same source: `make compiled` does it. They do what they do uncompiled, at some two thirds of the time.

It compiles them twice: with SAKLAR_PROFILE=write they count, while they are used, which way they went; with
SAKLAR_PROFILE=read gcc lays out what it makes by that. At half load, where whatever is run has been out of the caches
for a while, that is a twentieth off the p50.
"""

import os
import shlex
import subprocess
import sys
import sysconfig
from contextlib import chdir
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent
ROOMS = ("codecs", "hsm_sim", "switch", "network_sim", "bench", "cli")

COMPILED = [
    *(f"codecs/{name}.py" for name in ("check", "codes", "dialect", "framing", "message", "mti", "patch")),
    *(f"switch/engine/{path.name}" for path in sorted((ROOT / "switch" / "engine").glob("*.py"))),
    *(f"switch/links/{name}.py" for name in ("frame_socket", "inbox", "outbox")),
    *(f"switch/journal/{name}.py" for name in ("form", "group", "log")),
    "switch/hands.py",
]
NOT_COMPILED = {"switch/engine/__init__.py", "switch/engine/drawing.py"}

PROFILE = ROOT / "build" / "profile"
PROFILE_FLAGS = {
    "write": [f"-fprofile-generate={PROFILE}", "-fprofile-update=prefer-atomic"],
    "read": [f"-fprofile-use={PROFILE}", "-fprofile-correction", "-Wno-missing-profile"],
}
"""By what SAKLAR_PROFILE says. Two threads count, and not all modules are used: neither is an error."""


def extensions() -> list[object]:
    """What mypyc makes of the hot modules, under their import names."""
    from mypyc.build import mypycify  # noqa: PLC0415 (needed for a compiled build alone)

    # mypyc names a module by its path, and the rooms are no folders of a folder `saklar`: links make them so.
    stage = ROOT / "build" / "mypyc"
    (stage / "saklar").mkdir(parents=True, exist_ok=True)
    for room in ROOMS:
        link = stage / "saklar" / room
        if not link.is_symlink():
            link.symlink_to(ROOT / room)
    paths = [f"saklar/{name}" for name in COMPILED if name not in NOT_COMPILED]
    options = [
        "--config-file=",
        "--strict",
        "--disable-error-code=import-untyped",
        "--namespace-packages",
        "--explicit-package-bases",
    ]
    with chdir(stage):
        made = mypycify([*options, *paths], target_dir=str(stage / "c"), opt_level=os.environ.get("SAKLAR_OPT", "3"))
    flags = PROFILE_FLAGS.get(os.environ.get("SAKLAR_PROFILE", ""), [])
    if flags and is_gcc():
        for extension in made:
            extension.extra_compile_args += flags
            extension.extra_link_args += flags[:1]
    return list(made)


def is_gcc() -> bool:
    """Whether C is compiled by gcc; clang takes the same flags, and another form of profile."""
    command = os.environ.get("CC") or str(sysconfig.get_config_var("CC"))
    asked = [*shlex.split(command), "--version"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 (it is about to compile)
    return "Free Software Foundation" in said.stdout


def is_built() -> bool:
    """Whether modules are asked for; pip runs this file twice before that, to hear of requirements and metadata."""
    return os.environ.get("SAKLAR_MYPYC") == "1" and not {"egg_info", "dist_info"} & set(sys.argv)


setup(ext_modules=extensions() if is_built() else [])
