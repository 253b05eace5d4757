"""`saklar play --for`: scenarios as a load, with progress and reports."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from saklar.cli.durations import duration_option
from saklar.cli.service import fail
from saklar.network_sim.scenario import Case, Options
from saklar.network_sim.scenario.load import Load, LoadProgress, LoadResult, play_load
from saklar.network_sim.scenario.load.plan import has_rates
from saklar.network_sim.scenario.load.telling import load_summary, progress_line
from saklar.network_sim.scenario.rates import parse_rate
from saklar.network_sim.scenario.reports.load import load_document, load_page
from saklar.network_sim.scenario.telling import explanation

TOLD_EVERY = 10
"""Seconds between lines of progress where there is no terminal."""

SHOWN = 3
"""Failures that are shown whole; the reports have more."""

_FORMS = {"--json-file": load_document, "--html": load_page}


def load_of(
    cases: Sequence[Case],
    rate: str | None,
    duration: str | None,
    *,
    even: bool,
    paths: Sequence[str] = (),
    tags: Sequence[str] = (),
) -> Load | None:
    """The load that is asked for, if one is; the end of the program where the options do not fit together."""
    if duration is None:
        if rate is not None:
            raise fail("--rate needs --for: how long plays are begun, as in --rate 200/s --for 60s")
        if even:
            raise fail("--even is about a load: it needs --for")
        return None
    seconds = duration_option("--for", duration)
    if rate is None and not all(has_rates(case.setup.terminals) for case in cases):
        raise fail(
            "--for needs --rate, as in --rate 200/s, or a file whose terminals have one: terminals 500 of acq1 each 2/s"
        )
    try:
        per_second = parse_rate(rate) if rate is not None else 0.0
    except ValueError as error:
        raise fail(f"--rate: {error}") from None
    return Load(seconds, per_second, even=even, paths=tuple(paths), tags=tuple(tags))


def run_load(
    cases: Sequence[Case], load: Load, options: Options, reports: Mapping[str, Path], *, as_json: bool
) -> LoadResult:
    """Play it, tell how far it is on stderr, print what came of it, and write the reports."""
    console = Console(stderr=True)
    with console.status("playing") as status:

        def tell(progress: LoadProgress) -> None:
            if console.is_terminal:
                status.update(progress_line(progress))
            elif round(progress.elapsed_s) % TOLD_EVERY == 0:
                print(progress_line(progress), file=sys.stderr)  # noqa: T201

        result = play_load(cases, load, options, tell)
    if as_json:
        print(load_document(result), end="")  # noqa: T201
    else:
        for case in result.failures[:SHOWN]:
            print(explanation(case))  # noqa: T201
        print(load_summary(result))  # noqa: T201
    for option, path in reports.items():
        try:
            path.write_text(_FORMS[option](result), encoding="utf-8", errors="replace")
        except OSError as error:
            raise fail(f"{option}: {path}: {error.strerror}") from None
    return result
