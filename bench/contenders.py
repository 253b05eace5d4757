"""What can be measured, by how it is named: a target of our own, an address, an interpreter, a configuration."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from saklar.bench.load.mix import Mix
from saklar.bench.load.plan import plain_mix
from saklar.bench.targets.arena import TARGETS, Running, arena
from saklar.bench.targets.configured import Configured, configured
from saklar.switch.links import Address


@dataclass(frozen=True)
class Contender:
    """One of what is measured.

    Attributes:
        name: of it.
        start: starts it, and ends it with the block.
        mix: what it is sent, on so many connections.
        dialect: that it speaks with the load.
        about: what else is known of it, as versions.
    """

    name: str
    start: Callable[[], AbstractContextManager[Running]]
    mix: Callable[[int], Mix]
    dialect: str | None
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """What the command line says of targets that are not our own, and of what is sent.

    Attributes:
        dialect, framing: that they speak.
        mix: what is sent, instead of one purchase.
        pid: of the process, where it is known.
        python: that runs a switch of ours.
    """

    dialect: str | None = None
    framing: str = "binary-2"
    mix: Mix | None = None
    pid: int | None = None
    python: str = sys.executable


def contender(name: str, python: str = sys.executable) -> Contender:
    """The target of our own that has this name; `python` runs it if it is a switch.

    Raises:
        ValueError: there is none.
    """
    if name not in TARGETS:
        raise ValueError(f"{name!r} is no target; there are: {', '.join(TARGETS)}")
    target = TARGETS[name]
    return Contender(name, partial(arena, target, python=python), target.mix, target.dialect)


def contender_of(text: str, given: Given) -> Contender:
    """What a text means: HOST:PORT, `python=PATH`, `config=FILE`, or the name of a target of our own.

    Raises:
        ValueError: nothing that can be measured.
        ConfigurationError: the configuration cannot be used.
        OSError: the interpreter cannot be started.
    """
    kind, equals, value = text.partition("=")
    if equals and kind in _KINDS:
        return _with_mix(_KINDS[kind](value, given), given.mix)
    if ":" in text:
        return _address(Address.parse(text), given)
    if text not in TARGETS:
        raise ValueError(f"{text!r}: HOST:PORT, python=PATH, config=FILE or one of {', '.join(TARGETS)} is expected")
    return _with_mix(contender(text, given.python), given.mix)


def _with_mix(found: Contender, mix: Mix | None) -> Contender:
    if mix is None:
        return found
    return Contender(found.name, found.start, lambda _: mix, found.dialect, found.about)


def _address(address: Address, given: Given) -> Contender:
    @contextmanager
    def start() -> Iterator[Running]:
        yield Running(address, given.pid)

    def mix(connections: int) -> Mix:
        return given.mix or plain_mix(connections=connections, framing=given.framing)

    return Contender(str(address), start, mix, given.dialect)


def _python(path: str, _: Given) -> Contender:
    strict = contender("strict", path)
    return Contender(f"python={path}", strict.start, strict.mix, strict.dialect, versions_of(path))


def _config(path: str, given: Given) -> Contender:
    found = Configured.load_file(Path(path))
    start = partial(configured, found, python=given.python)
    return Contender(f"config={path}", start, found.mix, found.dialect, {"config": path})


_KINDS: dict[str, Callable[[str, Given], Contender]] = {"python": _python, "config": _config}

_ASK = """
import json, platform
from importlib.metadata import version
import saklar.switch.engine.engine as engine
compiled = not engine.__file__.endswith(".py")
print(json.dumps({"python": platform.python_version(), "saklar": version("saklar"), "compiled": compiled}))
"""


def versions_of(python: str) -> dict[str, Any]:
    """The versions of an interpreter and of the switch that it has, and whether the latter's engine is compiled.

    Raises:
        OSError: it cannot be started.
        ValueError: it has no switch.
    """
    try:
        asked = subprocess.run([python, "-c", _ASK], capture_output=True, text=True, check=False)  # noqa: S603 (as told)
    except OSError as error:
        raise OSError(f"{python}: {error.strerror}") from None
    if asked.returncode:
        reason = asked.stderr.strip().rpartition("\n")[2]
        raise ValueError(f"{python} cannot run the switch: {reason}")
    return dict(json.loads(asked.stdout))
