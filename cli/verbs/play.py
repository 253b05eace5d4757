"""`saklar play`: play scenarios."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from saklar.cli.scenario_chaos import chaos_of
from saklar.cli.scenario_load import load_of, run_load
from saklar.cli.service import BAD_INPUT, address_option, fail
from saklar.cli.watching import as_given, watch
from saklar.network_sim.scenario import (
    Case,
    CaseResult,
    Options,
    RunResult,
    ScenarioError,
    Selection,
    load_cases,
    reports,
)
from saklar.network_sim.scenario import play as play_cases
from saklar.network_sim.scenario.telling import case_line, explanation, summary

NOT_PASSED = 1
INTERRUPTED = 130
"""As shells have it of a program that SIGINT ended."""

MAX_SEED = 1_000_000

_FORMS: Mapping[str, Callable[[RunResult], str]] = {
    "--json-file": reports.document,
    "--junit": reports.junit,
    "--html": reports.page,
}


def play(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|FOLDER…", help="Scenario files, or folders of them; FILE:LINE and FILE:LINE#ROW pick a case."
        ),
    ],
    *,
    tag: Annotated[list[str], typer.Option(help="Only cases with this tag; -TAG for those without.")] = [],  # noqa: B006 (typer)
    var: Annotated[list[str], typer.Option(metavar="NAME=VALUE", help="The value of a variable.")] = [],  # noqa: B006 (typer)
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop after the first case that fails.")] = False,
    parallel: Annotated[int, typer.Option(help="Cases at once.", min=1, max=1000)] = 1,
    seed: Annotated[int | None, typer.Option(help="Of all that is drawn; shown where a case fails.", min=0)] = None,
    against: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Your host, in place of saklar's own switch.")
    ] = None,
    real_time: Annotated[
        bool, typer.Option("--real-time", help="Real sockets and time, also where virtual ones would do.")
    ] = False,
    rate: Annotated[
        str | None,
        typer.Option(metavar="N/s", help="As a load: plays a second; or as terminals in the file say."),
    ] = None,
    duration: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="As a load: how long plays are begun, as 60s or 5min.")
    ] = None,
    even: Annotated[
        bool, typer.Option("--even", help="As a load: at equal times, not as independent customers come (Poisson).")
    ] = False,
    chaos: Annotated[
        int | None, typer.Option(metavar="SEED", min=0, help="Faults on the connections, drawn by this seed.")
    ] = None,
    chaos_percent: Annotated[
        float | None,
        typer.Option(metavar="N", min=0, max=100, help="With --chaos: of how many messages, each way. [default: 5]"),
    ] = None,
    chaos_faults: Annotated[
        str | None, typer.Option(metavar="KIND,…", help="With --chaos: these alone, as in drop,delay,disconnect.")
    ] = None,
    watching: Annotated[
        bool, typer.Option("--watch", help="Play again what changes, until Ctrl-C; what is included counts too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the files, and play nothing.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the talk of every case.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole result as JSON.")] = False,
    json_file: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the whole result as JSON.")] = None,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write JUnit XML, for a CI server.")] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page for people: every case, drawn, and every message.")
    ] = None,
) -> None:
    """Play scenarios against saklar, against its simulators, or against your own host, and give a verdict.

    Where a scenario's whole network is inside, time is virtual: a time-out of 35 s takes milliseconds. A case that
    fails is shown with the talk so far, what was expected, and the command that plays it again. Reports (--html,
    --junit, --json-file) are written also when Ctrl-C ends the run: they have what ran so far.

    With --for the cases are a load, in real time: plays begin by schedule whatever becomes of them, on shared links,
    and the summary has percentiles of each answer's time, and of how late the runner itself was.

    With --chaos faults hit the connections while cases are played. What is not as expected does not count where one has
    hit the case: it is disturbed. What the network promises counts all the same, and is looked at when it is quiet:
    one answer to each request, nothing approved that is neither told nor reversed, links that come back.

    Exit code 0 if all passed (or was disturbed), 1 if a case did not, 2 if a file or an option cannot be used.

    Try: saklar play scenarios --chaos 1, or: saklar play purchase.scenario --rate 200/s --for 60s
    """
    if watching:
        given = {
            "--tag": tag,
            "--var": var,
            "--fail-fast": fail_fast,
            "--parallel": parallel,
            "--seed": seed,
            "--against": against,
            "--real-time": real_time,
            "--rate": rate,
            "--for": duration,
            "--even": even,
            "--chaos": chaos,
            "--chaos-percent": chaos_percent,
            "--chaos-faults": chaos_faults,
            "--dry-run": dry_run,
            "--verbose": verbose,
            "--json": as_json,
            "--json-file": json_file,
            "--junit": junit,
            "--html": html,
        }
        watch(paths, list(as_given(given)))
        return
    spray = chaos_of(chaos, chaos_percent, chaos_faults, is_load=duration is not None)
    chosen = seed if seed is not None else secrets.randbelow(MAX_SEED) if chaos is None else chaos
    variables = dict(_assignment(text) for text in var)
    host = address_option("--against", against) if against is not None else None
    try:
        cases = load_cases(paths, variables, Selection(tuple(tag)))
    except ScenarioError as error:
        print(error, file=sys.stderr)  # noqa: T201
        raise SystemExit(BAD_INPUT) from None
    if not cases:
        raise fail(f"no case is to be played: {', '.join(paths)}{f' with --tag {tag}' if tag else ''}")
    load = load_of(cases, rate, duration, even=even, paths=paths, tags=tag)
    if load is not None and junit is not None:
        raise fail("--junit is about cases, and a load has none to tell: use --json-file or --html")
    if dry_run:
        _list(cases, as_json=as_json)
        return
    wanted = _reports({"--json-file": json_file, "--junit": junit, "--html": html})
    options = Options(
        chosen, parallel, fail_fast=fail_fast, real_time=real_time, against=host, variables=variables, chaos=spray
    )
    if load is not None:
        found = run_load(cases, load, options, wanted, as_json=as_json)
        raise SystemExit(INTERRUPTED if found.interrupted else 0 if found.passed else NOT_PASSED)
    with _progress(len(cases), hidden=as_json) as tell:
        result = play_cases(cases, options, lambda case: tell(case) if not as_json else None)
    if as_json:
        print(reports.document(result), end="")  # noqa: T201
    else:
        _show(result, verbose=verbose)
    _write(wanted, result)
    raise SystemExit(INTERRUPTED if result.interrupted else 0 if result.passed else NOT_PASSED)


def _reports(wanted: Mapping[str, Path | None]) -> dict[str, Path]:
    """The reports that are wanted, by option; the end of the program if one could not be written when all is played."""
    found = {option: path for option, path in wanted.items() if path is not None}
    for option, path in found.items():
        if path.is_dir():
            raise fail(f"{option}: {path} is a folder, not a file")
        if not path.parent.is_dir():
            raise fail(f"{option}: there is no folder {path.parent}")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise fail(f"{option}: {path} may not be written")
    if len({path.resolve() for path in found.values()}) < len(found):
        raise fail(f"{', '.join(found)}: two reports in one file")
    return found


def _write(wanted: Mapping[str, Path], result: RunResult) -> None:
    for option, path in wanted.items():
        try:
            path.write_text(_FORMS[option](result), encoding="utf-8", errors="replace")
        except OSError as error:
            raise fail(f"{option}: {path}: {error.strerror}") from None


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise fail(f"--var: {text!r} is no assignment: name=value is expected")
    return name, value


def _list(cases: Sequence[Case], *, as_json: bool) -> None:
    if as_json:
        found: list[Mapping[str, object]] = [{"id": c.id, "name": c.name, "tags": list(c.tags)} for c in cases]
        print(json.dumps({"cases": found}, ensure_ascii=False))  # noqa: T201
        return
    for case in cases:
        tags = f"  [{' '.join(case.tags)}]" if case.tags else ""
        print(f"{case.id}  {case.name}{tags}")  # noqa: T201
    print(f"{len(cases)} cases, nothing wrong with them")  # noqa: T201


def _show(result: RunResult, *, verbose: bool) -> None:
    for case in result.cases:
        if verbose or case.verdict in ("failed", "error"):
            print(explanation(case))  # noqa: T201
    print(summary(result))  # noqa: T201


@contextmanager
def _progress(cases: int, *, hidden: bool) -> Iterator[Callable[[CaseResult], None]]:
    """A bar on a terminal; elsewhere a line a case."""
    console = Console(stderr=True)
    if hidden or not console.is_terminal:
        yield lambda case: None if hidden else print(case_line(case))  # noqa: T201
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    failed = 0
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("playing", total=cases)

        def tell(case: CaseResult) -> None:
            nonlocal failed
            failed += case.verdict in ("failed", "error")
            progress.update(bar, advance=1, description=f"playing, {failed} failed" if failed else "playing")

        yield tell
