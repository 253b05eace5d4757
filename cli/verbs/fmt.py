"""`saklar fmt`: scenario files written well."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import Annotated

import typer

from saklar.cli.service import BAD_INPUT, fail
from saklar.network_sim.scenario import SUFFIX, ScenarioError
from saklar.network_sim.scenario.language import Source
from saklar.network_sim.scenario.language.formatting import formatted

WOULD_CHANGE = 1
STANDARD_INPUT = "-"


def fmt(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="FILE|FOLDER…", help="Scenario files, or folders of them; - is standard input."),
    ],
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit code 1 if a file would be changed.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Change nothing; show what would be changed.")] = False,
) -> None:
    """Write scenario files well: two spaces a level, steps and tables in columns. What they mean stays the same.

    Exit code 0, 1 if --check or --diff found something to change, 2 if a file is no scenario file.
    """
    if paths == [STANDARD_INPUT]:
        sys.stdout.write(_formatted(Source.of(sys.stdin.read(), STANDARD_INPUT)))
        return
    changed = False
    for path in _files(paths):
        try:
            source = Source.read(path)
        except ScenarioError as error:
            print(error, file=sys.stderr)  # noqa: T201
            raise SystemExit(BAD_INPUT) from None
        before, after = "\n".join(source.lines), _formatted(source)
        if before == after:
            continue
        changed = True
        if diff:
            lines = difflib.unified_diff(before.splitlines(), after.splitlines(), str(path), str(path), lineterm="")
            print("\n".join(lines))  # noqa: T201
        elif check:
            print(f"{path} would be changed")  # noqa: T201
        else:
            path.write_text(after, encoding="utf-8")
            print(path)  # noqa: T201
    raise SystemExit(WOULD_CHANGE if changed and (check or diff) else 0)


def _formatted(source: Source) -> str:
    try:
        return formatted(source)
    except ScenarioError as error:
        print(error, file=sys.stderr)  # noqa: T201
        raise SystemExit(BAD_INPUT) from None


def _files(paths: list[str]) -> list[Path]:
    found: list[Path] = []
    for given in paths:
        path = Path(given)
        inside = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not inside:
            raise fail(f"{path}: no {SUFFIX} file is in this folder")
        found += inside
    return found
