"""Plays again what has changed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

LOOK_S = 0.3
"""Between two looks at the files."""

_KINDS = (".scenario", ".csv")
_PROGRAM = (sys.executable, "-c", "from saklar.cli import main; main()")

Seen = Mapping[Path, tuple[int, int]]
"""When each file was changed (ns), and how long it is (bytes)."""


def watch(paths: Sequence[str], arguments: Sequence[str]) -> None:
    """Play, and again whenever a file changes, until Ctrl-C.

    Each time is a process of its own, so that nothing of the last one is left, and one that hangs ends with Ctrl-C too.

    Args:
        paths: what is played.
        arguments: `saklar play` without its paths, and without `--watch`.
    """
    before = seen(paths)
    again: Sequence[str] = paths
    try:
        while True:
            subprocess.run([*_PROGRAM, "play", *again, *arguments], check=False)  # noqa: S603 (this program)
            print(f"watching {', '.join(paths)}; Ctrl-C ends it", flush=True)  # noqa: T201
            while not (changes := changed(before, after := seen(paths))):
                time.sleep(LOOK_S)
            before, again = after, to_play(paths, changes)
            print(f"\n{', '.join(sorted(map(str, changes)))}: changed", flush=True)  # noqa: T201
    except KeyboardInterrupt:
        pass


def seen(paths: Iterable[str]) -> Seen:
    """The files that count: those of each folder, and beside each file, since it may include them."""
    found: dict[Path, tuple[int, int]] = {}
    for text in paths:
        path = file_of(text)
        files = path.rglob("*") if path.is_dir() else path.parent.iterdir() if path.parent.is_dir() else ()
        for file in files:
            if file.suffix in _KINDS or file == path:
                try:
                    about = file.stat()
                except OSError:
                    continue  # it has just gone
                found[file] = about.st_mtime_ns, about.st_size
    return found


def changed(before: Seen, after: Seen) -> set[Path]:
    """Which files are new, gone or different."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def to_play(paths: Sequence[str], changes: Iterable[Path]) -> list[str]:
    """What to play after these changes: the changed files alone, unless one may be used by others."""
    own = {file_of(text): text for text in paths}
    again: dict[str, None] = {}
    for path in sorted(changes):
        if path in own:
            again[own[path]] = None
        elif path.suffix == ".scenario" and path.is_file() and "\nscenario " in f"\n{path.read_text(errors='replace')}":
            if not any(parent in own for parent in path.parents):
                return list(paths)  # beside what is played: it may be included
            again[str(path)] = None
        else:
            return list(paths)
    return list(again)


def as_given(options: Mapping[str, object]) -> Iterator[str]:
    """Options as a command line has them: a flag where it is set, each of several, nothing for None."""
    for name, value in options.items():
        if isinstance(value, bool):
            if value:
                yield name
        elif isinstance(value, list):
            yield from (f"{name}={each}" for each in value)
        elif value is not None:
            yield f"{name}={value}"


def file_of(text: str) -> Path:
    """The file or folder of what is played: FILE, FOLDER, FILE:LINE or FILE:LINE#ROW."""
    path, colon, line = text.rpartition(":")
    return Path(path) if colon and line.partition("#")[0].isdigit() else Path(text)
